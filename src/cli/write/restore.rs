use clap::Args;

use crate::{
    cli::{connect::Connection, failure::Failure, output::Output, parse, remote::RemoteCommand},
    proto::v1::RestoreEventRequest,
};

use super::{
    WriteOptions,
    answer::{Outcome, print},
    change_note::ChangeNoteOptions,
};

/// `entente restore`.
#[derive(Args, Debug)]
pub(in crate::cli) struct Restore {
    /// Name of the event; the prefix events/ is optional.
    #[arg(value_name = "NAME", value_parser = parse::name)]
    name: String,

    /// Write only if the current revision still has this etag.
    #[arg(long, default_value_t, hide_default_value = true)]
    etag: String,

    #[command(flatten)]
    note: ChangeNoteOptions,

    #[command(flatten)]
    write: WriteOptions,
}

impl RemoteCommand for Restore {
    async fn run(self, server: Connection, output: &mut Output) -> Result<(), Failure> {
        let dry_run = self.write.dry_run;
        let call = server.request(RestoreEventRequest {
            name: self.name,
            etag: self.etag,
            change_note: self.note.change_note(),
            request_id: self.write.request_id,
            validate_only: dry_run,
            known_since: self.write.known_since,
            tracking: self.write.tracking,
        });
        let answer = server
            .answer(server.publisher().restore_event(call))
            .await?;
        let outcome = Outcome::of(answer.replayed, dry_run);
        print(output, &answer, "restored", outcome, &answer.event)
    }
}
