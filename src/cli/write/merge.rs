use clap::Args;

use crate::{
    cli::{connect::Connection, failure::Failure, output::Output, parse, remote::RemoteCommand},
    proto::v1::MergeEventsRequest,
};

use super::{
    WriteOptions,
    answer::{Outcome, print},
    change_note::ChangeNoteOptions,
};

/// `entente merge`.
#[derive(Args, Debug)]
pub(in crate::cli) struct Merge {
    /// The event to keep.
    #[arg(long, value_name = "NAME", value_parser = parse::name)]
    into: String,

    /// The duplicates, which become pointers to it.
    #[arg(value_name = "NAME", required = true, value_parser = parse::name)]
    names: Vec<String>,

    /// Write only if the kept event still has this etag.
    #[arg(long, default_value_t, hide_default_value = true)]
    etag: String,

    #[command(flatten)]
    note: ChangeNoteOptions,

    #[command(flatten)]
    write: WriteOptions,
}

impl RemoteCommand for Merge {
    async fn run(self, server: Connection, output: &mut Output) -> Result<(), Failure> {
        let dry_run = self.write.dry_run;
        let call = server.request(MergeEventsRequest {
            into: self.into,
            names: self.names,
            etag: self.etag,
            change_note: self.note.change_note(),
            request_id: self.write.request_id,
            validate_only: dry_run,
            known_since: self.write.known_since,
            tracking: self.write.tracking,
        });
        let answer = server.answer(server.publisher().merge_events(call)).await?;
        let outcome = Outcome::of(answer.replayed, dry_run);
        print(
            output,
            &answer,
            "merged with its duplicates",
            outcome,
            &answer.event,
        )
    }
}
