//! Subscriptions on disk: named cursors that live beside the log, in the same database, and become
//! durable in the same steps.
//!
//! Every change of a cursor goes through the writer's queue, so that it has a place among the writes
//! to the log; it is answered, and seen by anybody, once it is durable. An acknowledgement that was
//! answered survives a crash, like a write.

mod change;
mod cursor;
mod group;
mod past;
mod record;
mod sent;
mod table;
#[cfg(test)]
mod tests;

pub use change::{CursorChange, CursorEdit, CursorOutcome, CursorRefusal, NewCursor};
pub use cursor::{Cursor, FilterSegment};
pub(super) use group::{CursorGroup, CursorRequest};
pub use table::{Cursors, check_cursor};
pub(super) use table::{StoredCursor, check_cursors, restored_cursors};

/// Subscriptions that a store keeps at most.
pub const CURSORS_MAX: usize = 10_000;
