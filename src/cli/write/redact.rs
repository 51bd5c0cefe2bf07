use std::io::{self, IsTerminal as _, Write as _};

use clap::Args;

use crate::{
    cli::{
        connect::Connection, failure::Failure, note::note, output::Output, parse,
        remote::RemoteCommand,
    },
    proto::v1::{
        GetEventRequest, RedactBodyRequest, RedactEventRequest, RedactPartnershipRequest, State,
    },
};

use super::{
    WriteOptions,
    answer::{Outcome, print},
    change_note::ReasonOptions,
};

const FINAL: &str = "\
This cannot be undone: the content of every revision is erased, also from the store's files, and \
every watch receives the redaction, so that its client erases its copies. To withdraw a wrong event but keep \
it readable, use `entente retract`, which `entente restore` undoes. Events that name a redacted body or \
partnership stay as they are. If an event was merged into another one, \
the sources and claims that it handed over stay there: correct or redact the other event too.";

/// `entente redact`.
#[derive(Args, Debug)]
#[command(after_help = FINAL)]
pub(in crate::cli) struct Redact {
    /// Name of the event; the prefix events/ is optional. Or partnerships/NAME or bodies/NAME.
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
        if !self.yes && !self.write.dry_run {
            confirmed(&self.name)?;
        }
        match self.name.split_once('/') {
            Some(("partnerships", _)) => self.partnership(&server, output).await,
            Some(("bodies", _)) => self.body(&server, output).await,
            _ => self.event(&server, output).await,
        }
    }
}

/// Builds the request of a redaction, which has the same fields for every resource.
macro_rules! request {
    ($request:ident, $redact:ident) => {
        $request {
            name: $redact.name,
            etag: $redact.etag,
            change_note: $redact.note.change_note(),
            request_id: $redact.write.request_id,
            validate_only: $redact.write.dry_run,
            known_since: $redact.write.known_since,
            tracking: $redact.write.tracking,
        }
    };
}

impl Redact {
    async fn event(self, server: &Connection, output: &mut Output) -> Result<(), Failure> {
        let dry_run = self.write.dry_run;
        let merged_into = merged_into(server, &self.name).await?;
        let call = server.request(request!(RedactEventRequest, self));
        let mut admin = server.client().admin();
        let answer = server.answer(admin.redact_event(call)).await?;
        note_pending(answer.erasure_pending);
        if !merged_into.is_empty() {
            note(format!(
                "its sources and claims were merged into {merged_into} and stay there; correct or \
                 redact that event too"
            ));
        }
        let outcome = Outcome::of(answer.replayed, dry_run);
        print(output, &answer, "redacted", outcome, &answer.event)
    }

    async fn partnership(self, server: &Connection, output: &mut Output) -> Result<(), Failure> {
        let dry_run = self.write.dry_run;
        let call = server.request(request!(RedactPartnershipRequest, self));
        let mut admin = server.client().admin();
        let answer = server.answer(admin.redact_partnership(call)).await?;
        note_pending(answer.erasure_pending);
        let outcome = Outcome::of(answer.replayed, dry_run);
        print(output, &answer, "redacted", outcome, &answer.partnership)
    }

    async fn body(self, server: &Connection, output: &mut Output) -> Result<(), Failure> {
        let dry_run = self.write.dry_run;
        let call = server.request(request!(RedactBodyRequest, self));
        let mut admin = server.client().admin();
        let answer = server.answer(admin.redact_body(call)).await?;
        note_pending(answer.erasure_pending);
        let outcome = Outcome::of(answer.replayed, dry_run);
        print(output, &answer, "redacted", outcome, &answer.body)
    }
}

/// Notes that the content is still in the files.
fn note_pending(erasure_pending: bool) {
    if erasure_pending {
        note(
            "its content is no longer served but still in the store's files, which could not \
             be rewritten; the server's log says why, and its next start tries again",
        );
    }
}

/// Returns the event that it was merged into; empty if there is none.
async fn merged_into(server: &Connection, name: &str) -> Result<String, Failure> {
    let call = server.request(GetEventRequest {
        name: name.to_owned(),
        ..GetEventRequest::default()
    });
    let read = server.answer(server.events().get_event(call)).await?;
    let event = read.event.filter(|event| event.state() == State::Merged);
    Ok(event.map(|event| event.superseded_by).unwrap_or_default())
}

/// Asks the user to type the name of what to erase.
fn confirmed(name: &str) -> Result<(), Failure> {
    if !io::stdin().is_terminal() || !io::stderr().is_terminal() {
        let retract = match is_event(name) {
            true => ", or use `entente retract`, which can be undone",
            false => "",
        };
        return Err(Failure::Failed(format!(
            "redacting {name} erases its content for good, and there is no terminal to confirm it: give \
             --yes{retract}"
        )));
    }
    let id = name.rsplit('/').next().unwrap_or(name);
    let retract = match is_event(name) {
        true => " `entente retract` withdraws a record and keeps it.",
        false => "",
    };
    note(format!(
        "This erases the content of {name} for good, from all of its revisions and from \
         the store's files.\nIt cannot be undone.{retract}"
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

/// Only events can be retracted.
fn is_event(name: &str) -> bool {
    name.starts_with("events/")
}

/// Returns whether the answer is the name or id of the resource.
fn is_meant(answer: &str, name: &str) -> bool {
    let answer = answer.trim();
    answer == name || name.rsplit('/').next() == Some(answer)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn d2_only_the_name_of_what_is_erased_confirms() {
        assert!(is_meant("council\n", "events/council"));
        assert!(is_meant("events/council\n", "events/council"));
        for answer in ["", "\n", "y\n", "yes\n", "events/\n", "counci\n"] {
            assert!(!is_meant(answer, "events/council"), "{answer:?}");
        }
    }
}
