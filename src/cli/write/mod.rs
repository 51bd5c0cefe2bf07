//! The commands that write: publish, update, retract, restore, merge, redact, and those that create
//! and update partnerships and bodies.

mod additions;
mod amount;
mod answer;
mod body;
mod change_note;
mod content;
mod figure;
mod identifier;
mod merge;
mod partnership;
mod party;
mod precondition;
mod publish;
mod quantity;
mod redact;
mod replaced_lists;
mod resource;
mod restore;
mod retract;
mod source;
mod standing;
mod translation;
mod unusual_words;
mod update;

pub(super) use merge::Merge;
pub(super) use publish::Publish;
pub(super) use redact::Redact;
pub(super) use resource::{CreateResource, UpdateResource};
pub(super) use restore::Restore;
pub(super) use retract::Retract;
pub(super) use update::Update;

use clap::Args;
use prost_types::Timestamp;

use super::parse;
use crate::proto::v1::Tracking;

/// Options that all writes have.
#[derive(Args, Debug)]
struct WriteOptions {
    /// Idempotency key, which makes the write safe to repeat, for ever: 1 to 100 printable ASCII
    /// characters without spaces.
    #[arg(long, value_name = "ID", default_value = "", hide_default_value = true)]
    request_id: String,

    /// Check only; write nothing.
    #[arg(long)]
    dry_run: bool,

    /// When it became known, if that was before this write: 2025-05-12T09:00:00Z, or 2025-05-12
    /// for midnight UTC. `--known-at` reads what was known at a time.
    #[arg(long, value_name = "TIME", value_parser = parse::time)]
    known_since: Option<Timestamp>,

    /// The place in your own source that the write comes from. The write is refused unless its
    /// position is higher than that of the last write; `entente tracking SOURCE` shows that one.
    #[arg(long, value_name = "SOURCE=POSITION", value_parser = tracking)]
    tracking: Option<Tracking>,
}

/// Parses `minutes=41`.
fn tracking(text: &str) -> Result<Tracking, String> {
    let (source, position) = text.split_once('=').unwrap_or((text, ""));
    match position.parse() {
        Ok(position @ 1..) => Ok(Tracking {
            source: source.to_owned(),
            position,
        }),
        _ => Err(format!(
            "{text:?} has no position; write SOURCE=POSITION, where positions are whole numbers from 1 up"
        )),
    }
}
