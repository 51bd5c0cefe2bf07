use std::io::{self, IsTerminal as _, Write as _};

use clap::Args;

use crate::{
    cli::{
        connect::Connection, failure::Failure, note::note, output::Output, parse,
        remote::RemoteCommand,
    },
    proto::v1::{
        GetEventRequest, RedactEventRequest, State, admin_service_client::AdminServiceClient,
        event_service_client::EventServiceClient,
    },
};

use super::{
    WriteOptions,
    answer::{Outcome, print},
    change_note::ReasonOptions,
};

const FINAL: &str = "\
This cannot be undone: the content of every revision is erased, also from the store's files, and \
every watch receives the redaction, so that its client erases its copies. To withdraw a wrong record but keep \
it readable, use `entente retract`, which `entente restore` undoes. If this event was merged into another one, \
the sources and claims that it handed over stay there: correct or redact that event too.";

/// `entente redact`.
#[derive(Args, Debug)]
#[command(after_help = FINAL)]
pub(in crate::cli) struct Redact {
    /// Name of the event; the prefix events/ is optional.
    #[arg(value_name = "NAME", value_parser = parse::name)]
    name: String,

    /// Erase only if the current revision still has this etag.
    #[arg(long, default_value_t, hide_default_value = true)]
    etag: String,

    /// Do not ask for confirmation. Required without a terminal.
    #[arg(short, long)]
    yes: bool,

    #[command(flatten)]
    note: ReasonOptions,

    #[command(flatten)]
    write: WriteOptions,
}

impl RemoteCommand for Redact {
    async fn run(self, server: Connection, output: &mut Output) -> Result<(), Failure> {
        let dry_run = self.write.dry_run;
        if !self.yes && !dry_run {
            confirmed(&self.name)?;
        }
        let merged_into = merged_into(&server, &self.name).await?;
        let call = server.request(RedactEventRequest {
            name: self.name,
            etag: self.etag,
            change_note: self.note.change_note(),
            request_id: self.write.request_id,
            validate_only: dry_run,
            ..Default::default()
        });
        let mut admin = AdminServiceClient::new(server.channel());
        let answer = server.answer(admin.redact_event(call)).await?;
        if answer.erasure_pending {
            note(
                "its content is no longer served but still in the store's files, which could not \
                 be rewritten; the server's log says why, and its next start tries again",
            );
        }
        if !merged_into.is_empty() {
            note(format!(
                "its sources and claims were merged into {merged_into} and stay there; correct or \
                 redact that event too"
            ));
        }
        let outcome = Outcome::of(answer.replayed, dry_run);
        print(output, &answer, "redacted", outcome, &answer.event)
    }
}

/// Returns the event that it was merged into; empty if there is none.
async fn merged_into(server: &Connection, name: &str) -> Result<String, Failure> {
    let call = server.request(GetEventRequest {
        name: name.to_owned(),
        ..GetEventRequest::default()
    });
    let mut events = EventServiceClient::new(server.channel());
    let read = server.answer(events.get_event(call)).await?;
    let event = read.event.filter(|event| event.state() == State::Merged);
    Ok(event.map(|event| event.superseded_by).unwrap_or_default())
}

/// Asks the user to type the name of the event to erase.
fn confirmed(name: &str) -> Result<(), Failure> {
    if !io::stdin().is_terminal() || !io::stderr().is_terminal() {
        return Err(Failure::Failed(format!(
            "redacting {name} erases its content for good, and there is no terminal to confirm it: give \
             --yes, or use `entente retract`, which can be undone"
        )));
    }
    let id = name.rsplit('/').next().unwrap_or(name);
    note(format!(
        "This erases the content of {name} for good, from all of its revisions and from \
         the store's files.\nIt cannot be undone. `entente retract` withdraws a record and keeps it."
    ));
    let mut stderr = io::stderr();
    let asked = write!(stderr, "Type {id} to erase it: ").and_then(|()| stderr.flush());
    let mut answer = String::new();
    let answered = asked.and_then(|()| io::stdin().read_line(&mut answer));
    answered.map_err(|error| Failure::Failed(format!("cannot ask: {error}")))?;
    match is_meant(&answer, name) {
        true => Ok(()),
        false => Err(Failure::Failed("nothing was erased".to_owned())),
    }
}

/// Returns whether the answer is the name or id of the event.
fn is_meant(answer: &str, name: &str) -> bool {
    let answer = answer.trim();
    answer == name || name.rsplit('/').next() == Some(answer)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn d2_only_the_name_of_the_event_confirms() {
        assert!(is_meant("council\n", "events/council"));
        assert!(is_meant("events/council\n", "events/council"));
        for answer in ["", "\n", "y\n", "yes\n", "events/\n", "counci\n"] {
            assert!(!is_meant(answer, "events/council"), "{answer:?}");
        }
    }
}
