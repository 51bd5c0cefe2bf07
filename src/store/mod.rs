//! The durable log and what is derived from it.
//!
//! A [`Store`] promises: a write that was answered survives a crash; positions are dense; what is
//! written never changes; nothing is shown before it is durable. Readers never see beyond the
//! [`Head`].

mod admission;
mod ahead;
mod answers;
mod block;
#[cfg(test)]
mod churn_tests;
mod compaction;
mod compression;
mod cursors;
#[cfg(test)]
mod damage_tests;
mod digest;
mod directory;
mod erasure;
mod error;
mod export;
mod group;
mod handle;
mod head;
mod held;
mod high_water;
mod log;
mod manifest;
mod opening;
mod private;
mod proposal;
mod questions;
mod queue;
mod read_only;
mod readers;
mod rebuild;
mod record;
mod recovery;
mod redaction;
mod ring;
mod room;
#[cfg(test)]
mod rot_tests;
mod salvage;
mod scan;
mod scrubbed;
mod segment;
mod surface;
#[cfg(test)]
mod tests;
mod unfinished;
mod verify;
mod writer;

pub use block::{Block, FORMAT, pack};
pub use cursors::{
    CURSORS_MAX, Changes, Cursor, CursorChange, CursorEdit, CursorOutcome, CursorRefusal, Cursors,
    FilterSegment, NewCursor, check_cursor,
};
pub use digest::Digest;
pub use error::{OpenError, StoreError};
pub use handle::{Store, StoreOptions};
pub use head::Head;
pub use proposal::{Outcome, Proposal, Write};
pub use rebuild::Rebuild;
pub use record::{Position, RECORD_FORMAT, RECORD_LEN_MAX, Record, RequestKey, Resource};
pub use redaction::Erasures;
pub use salvage::Salvage;
pub use surface::Surface;
pub use verify::{Verified, verify};
