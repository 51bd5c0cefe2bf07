//! Counts what was sent under a lease. The stream that holds the lease counts each change before it
//! sends it, and the writer ends the count when it gives the lease to another. So no change is sent
//! uncounted, and the next lease knows of every one.

use std::sync::atomic::{AtomicU64, Ordering};

use crate::store::record::Position;

/// The bit that is set when the lease was taken away. No position is so high.
const CLOSED: u64 = 1 << 63;

/// How far a lease has sent.
#[derive(Debug, Default)]
pub(super) struct SentUpto {
    /// The position of the last change that was sent.
    changes: AtomicU64,
    /// The position up to which everything that matches was sent.
    covered: AtomicU64,
}

impl SentUpto {
    /// Makes the count of a lease under which everything up to a position was sent.
    pub(super) fn upto(position: Position) -> SentUpto {
        SentUpto {
            changes: AtomicU64::new(position),
            covered: AtomicU64::new(position),
        }
    }

    /// Returns the position up to which everything that matches was sent.
    pub(super) fn covered(&self) -> Position {
        self.covered.load(Ordering::Relaxed)
    }

    /// Notes that everything that matches up to a position was sent.
    pub(super) fn cover(&self, position: Position) {
        self.covered.fetch_max(position, Ordering::Relaxed);
    }

    /// Counts a change and returns true if it may be sent: unless the lease was taken away.
    pub(super) fn count_change(&self, position: Position) -> bool {
        let open = |last: u64| (last & CLOSED == 0).then_some(last.max(position));
        let counted = self
            .changes
            .fetch_update(Ordering::Relaxed, Ordering::Relaxed, open);
        if counted.is_ok() {
            self.cover(position);
        }
        counted.is_ok()
    }

    /// Prevents further changes from being sent, and returns the position of the last one that was.
    pub(super) fn close(&self) -> Position {
        self.changes.fetch_or(CLOSED, Ordering::Relaxed) & !CLOSED
    }

    /// Undoes [`close`](SentUpto::close), as the lease was not taken away after all.
    pub(super) fn reopen(&self) {
        self.changes.fetch_and(!CLOSED, Ordering::Relaxed);
    }
}
