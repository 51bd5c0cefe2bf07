//! Stored subscriptions: named cursors beside the log, in the same database, which become durable
//! in the same steps.
//!
//! Every change of a cursor goes through the writer's queue, so that it is ordered among the writes to
//! the log. It is answered and published once it is durable. An answered acknowledgement survives a
//! crash, like a write.

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

/// The most subscriptions that a store keeps.
pub const CURSORS_MAX: usize = 10_000;
