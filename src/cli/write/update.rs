use std::path::{Path, PathBuf};

use clap::Args;
use prost::{Message, Name};
use prost_types::FieldMask;

use crate::{
    cli::{
        connect::Connection, failure::Failure, files, output::Output, parse, remote::RemoteCommand,
    },
    proto::v1::{Event, Partnership, UpdateEventRequest, UpdatePartnershipRequest},
    transfer::from_json,
};

use super::{
    WriteOptions,
    answer::{Outcome, print},
    change_note::ChangeNoteOptions,
    content::ContentOptions,
};

/// `entente update`.
#[derive(Args, Debug)]
pub(in crate::cli) struct Update {
    /// An event's name or the slug in it, or partnerships/NAME.
    #[arg(value_name = "NAME", value_parser = parse::name)]
    name: String,

    /// The new values as JSON, with the fields to change and no others; - reads standard input.
    #[arg(short, long, value_name = "FILE", conflicts_with = "ContentOptions")]
    patch: Option<PathBuf>,

    /// The fields to change, in snake case with commas between; * means all. Those without a value
    /// are cleared. [default: those that have a value]
    #[arg(long, value_name = "FIELDS", value_delimiter = ',')]
    mask: Vec<String>,

    /// Write only if this is still the etag.
    #[arg(
        long,
        value_name = "ETAG",
        default_value = "",
        hide_default_value = true
    )]
    etag: String,

    #[command(flatten)]
    content: ContentOptions,

    #[command(flatten)]
    note: ChangeNoteOptions,

    #[command(flatten)]
    write: WriteOptions,
}

impl RemoteCommand for Update {
    async fn run(self, server: Connection, output: &mut Output) -> Result<(), Failure> {
        if self.name.starts_with("partnerships/") {
            update_partnership(self, &server, output).await
        } else {
            update_event(self, &server, output).await
        }
    }
}

async fn update_event(
    update: Update,
    server: &Connection,
    output: &mut Output,
) -> Result<(), Failure> {
    let (event, said) = match &update.patch {
        Some(path) => (patch::<Event>(path)?, Vec::new()),
        None => update.content.event(),
    };
    let paths = if update.mask.is_empty() {
        said
    } else {
        update.mask
    };
    if update.patch.is_none() && paths.is_empty() {
        return Err(nothing_to_change());
    }
    let WriteOptions {
        request_id,
        dry_run,
    } = update.write;
    let call = server.request(UpdateEventRequest {
        event: Some(Event {
            name: update.name,
            etag: update.etag,
            ..event
        }),
        update_mask: Some(FieldMask { paths }),
        change_note: update.note.change_note(),
        request_id,
        validate_only: dry_run,
    });
    let answer = server.answer(server.publisher().update_event(call)).await?;
    let outcome = Outcome::of_update(answer.replayed, answer.unchanged, dry_run);
    print(
        output,
        &answer,
        "updated",
        outcome,
        answer.event.iter().map(Into::into),
    )
}

async fn update_partnership(
    update: Update,
    server: &Connection,
    output: &mut Output,
) -> Result<(), Failure> {
    let Some(path) = &update.patch else {
        return Err(Failure::Failed(
            "a partnership is updated from a file: give --patch".into(),
        ));
    };
    let partnership = patch::<Partnership>(path)?;
    let WriteOptions {
        request_id,
        dry_run,
    } = update.write;
    let call = server.request(UpdatePartnershipRequest {
        partnership: Some(Partnership {
            name: update.name,
            etag: update.etag,
            ..partnership
        }),
        update_mask: Some(FieldMask { paths: update.mask }),
        change_note: update.note.change_note(),
        request_id,
        validate_only: dry_run,
    });
    let answer = server
        .answer(server.partnerships().update_partnership(call))
        .await?;
    let outcome = Outcome::of_update(answer.replayed, answer.unchanged, dry_run);
    print(
        output,
        &answer,
        "updated",
        outcome,
        answer.partnership.iter().map(Into::into),
    )
}

fn patch<M: Message + Name + Default>(path: &Path) -> Result<M, Failure> {
    let text = files::read(path)?;
    from_json(&text).map_err(|error| Failure::Failed(format!("{}: {error}", path.display())))
}

fn nothing_to_change() -> Failure {
    Failure::Failed("nothing to change: give the new values as options or with --patch".into())
}
