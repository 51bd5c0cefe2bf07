//! What was sent under a lease. The stream that holds it counts here as it sends, and the writer ends
//! the count when it gives the lease to another: no change is sent before it is counted, and none
//! that the next lease does not know of.

use std::sync::atomic::{AtomicU64, Ordering};

use crate::store::record::Position;

/// Set in the count of a lease that was taken away. No position is so high.
const CLOSED: u64 = 1 << 63;

/// How far a lease has got.
#[derive(Debug, Default)]
pub(super) struct SentUpto {
    /// Position of the last change that was sent.
    changes: AtomicU64,
    /// Everything matching up to here was sent.
    covered: AtomicU64,
}

impl SentUpto {
    /// Everything up to there was sent.
    pub(super) fn upto(position: Position) -> SentUpto {
        SentUpto {
            changes: AtomicU64::new(position),
            covered: AtomicU64::new(position),
        }
    }

    /// Everything matching up to there was sent.
    pub(super) fn covered(&self) -> Position {
        self.covered.load(Ordering::Relaxed)
    }

    /// What does not match is passed as well.
    pub(super) fn cover(&self, position: Position) {
        self.covered.fetch_max(position, Ordering::Relaxed);
    }

    /// Counts a change, which may be sent then, unless the lease was taken away.
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

    /// Lets no further change be sent, and gives the position of the last that was.
    pub(super) fn close(&self) -> Position {
        self.changes.fetch_or(CLOSED, Ordering::Relaxed) & !CLOSED
    }

    /// The lease was not taken away after all.
    pub(super) fn reopen(&self) {
        self.changes.fetch_and(!CLOSED, Ordering::Relaxed);
    }
}
