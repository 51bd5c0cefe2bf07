use clap::Args;

use crate::{
    cli::{
        connect::Connection, failure::Failure, note::note, output::Output, parse,
        remote::RemoteCommand,
    },
    proto::v1::{RedactEventRequest, admin_service_client::AdminServiceClient},
};

use super::{
    WriteOptions,
    answer::{Outcome, print},
    change_note::ChangeNoteOptions,
};

/// `entente redact`.
#[derive(Args, Debug)]
pub(in crate::cli) struct Redact {
    /// The event's name or the slug in it.
    #[arg(value_name = "NAME", value_parser = parse::name)]
    name: String,

    /// Erase only if this is still the etag.
    #[arg(
        long,
        value_name = "ETAG",
        default_value = "",
        hide_default_value = true
    )]
    etag: String,

    #[command(flatten)]
    note: ChangeNoteOptions,

    #[command(flatten)]
    write: WriteOptions,
}

impl RemoteCommand for Redact {
    async fn run(self, server: Connection, output: &mut Output) -> Result<(), Failure> {
        let WriteOptions {
            request_id,
            dry_run,
        } = self.write;
        let call = server.request(RedactEventRequest {
            name: self.name,
            etag: self.etag,
            change_note: self.note.change_note(),
            request_id,
            validate_only: dry_run,
        });
        let mut admin = AdminServiceClient::new(server.channel());
        let answer = server.answer(admin.redact_event(call)).await?;
        if answer.erasure_pending {
            note(
                "its content is no longer served, but still in the store's files, which could not \
                 be written anew; the server's log says why, and its next start tries again",
            );
        }
        let outcome = Outcome::of(answer.replayed, dry_run);
        print(
            output,
            &answer,
            "redacted",
            outcome,
            answer.event.iter().map(Into::into),
        )
    }
}
