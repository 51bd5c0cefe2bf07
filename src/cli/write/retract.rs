use clap::Args;

use crate::{
    cli::{connect::Connection, failure::Failure, output::Output, parse, remote::RemoteCommand},
    proto::v1::RetractEventRequest,
};

use super::{
    WriteOptions,
    answer::{Outcome, print},
    change_note::ChangeNoteOptions,
};

const KEPT: &str = "\
The record stays readable by its name, with all of its revisions, and `entente restore` undoes the retraction. To \
erase content that must no longer exist, use `entente redact`.";

/// `entente retract`.
#[derive(Args, Debug)]
#[command(after_help = KEPT)]
pub(in crate::cli) struct Retract {
    /// Name of the event; the prefix events/ is optional.
    #[arg(value_name = "NAME", value_parser = parse::name)]
    name: String,

    /// The event that replaces it.
    #[arg(long, value_name = "NAME", value_parser = parse::name)]
    superseded_by: Option<String>,

    /// Write only if the current revision still has this etag.
    #[arg(long, default_value_t, hide_default_value = true)]
    etag: String,

    #[command(flatten)]
    note: ChangeNoteOptions,

    #[command(flatten)]
    write: WriteOptions,
}

impl RemoteCommand for Retract {
    async fn run(self, server: Connection, output: &mut Output) -> Result<(), Failure> {
        let dry_run = self.write.dry_run;
        let call = server.request(RetractEventRequest {
            name: self.name,
            etag: self.etag,
            change_note: self.note.change_note(),
            superseded_by: self.superseded_by.unwrap_or_default(),
            request_id: self.write.request_id,
            validate_only: dry_run,
            known_since: self.write.known_since,
            tracking: self.write.tracking,
        });
        let answer = server
            .answer(server.publisher().retract_event(call))
            .await?;
        let outcome = Outcome::of(answer.replayed, dry_run);
        print(output, &answer, "retracted", outcome, &answer.event)
    }
}
