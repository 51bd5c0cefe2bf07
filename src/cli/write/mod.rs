//! The commands that write: publish, update, retract, restore, merge, redact, and those of partnerships.

mod additions;
mod amount;
mod answer;
mod change_note;
mod content;
mod figure;
mod identifier;
mod merge;
mod partnership;
mod party;
mod publish;
mod quantity;
mod redact;
mod restore;
mod retract;
mod source;
mod standing;
mod translation;
mod unusual_words;
mod update;

pub(super) use merge::Merge;
pub(super) use partnership::{CreatePartnership, UpdatePartnership};
pub(super) use publish::Publish;
pub(super) use redact::Redact;
pub(super) use restore::Restore;
pub(super) use retract::Retract;
pub(super) use update::Update;

use clap::Args;

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
}
