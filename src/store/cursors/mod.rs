//! Subscriptions on disk: named cursors that live beside the log, in the same database, and become
//! durable in the same steps.
//!
//! Every change of a cursor goes through the writer's queue, so that it has a place among the writes
//! to the log; it is answered, and seen by anybody, once it is durable. An acknowledgement that was
//! answered survives a crash, like a write.

mod change;
mod cursor;
mod cursors;
mod group;
mod history;
mod record;
mod sent_upto;
#[cfg(test)]
mod tests;

pub use change::{CursorChange, CursorEdit, CursorOutcome, CursorRefusal, NewCursor};
pub use cursor::{Cursor, FilterSegment};
pub use cursors::{Cursors, check_cursor};
pub(super) use cursors::{StoredCursor, check_cursors, restored_cursors};
pub(super) use group::{CursorGroup, CursorRequest};

/// Subscriptions that a store keeps at most.
pub const CURSORS_MAX: usize = 10_000;
