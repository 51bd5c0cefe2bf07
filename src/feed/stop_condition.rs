use std::time::Duration;

use tokio::time::Instant;

use super::{reader::Reader, request::End, token::Phase};
use crate::{
    index::Position,
    store::{Head, Store},
};

/// A change may have a commit time that is a moment earlier than its appearance in the index.
const CLOCK_MARGIN_MICROS: i64 = 100_000;
/// Minimum wait, because changes that are being committed are not visible yet.
const LOOK_AGAIN_AFTER: Duration = Duration::from_millis(5);

/// Decides when a stream has sent everything that its client wants.
pub(super) struct StopCondition {
    end: End,
    store: Store,
}

impl StopCondition {
    pub(super) fn new(end: End, store: Store) -> StopCondition {
        StopCondition { end, store }
    }

    /// Returns the position up to which the log may be sent now.
    pub(super) fn upto(&self, head: Head) -> Position {
        match self.end {
            End::Position(stop) => head.position.min(stop),
            End::Time(stop) => head.position.min(self.store.index().position_at(stop)),
            _ => head.position,
        }
    }

    /// Whether a stream is complete, given how far it has read, how many changes it has sent, and whether it
    /// has caught up with the head.
    pub(super) fn is_reached(&self, reader: &Reader, sent_changes: u64, live: bool) -> bool {
        let Phase::Log { after } = reader.place().phase else {
            return matches!(self.end, End::Count(count) if sent_changes >= count);
        };
        let sent = !reader.has_changes();
        let scanned = reader.scanned();
        match self.end {
            End::Never => false,
            End::CaughtUp => live,
            End::Count(count) => sent_changes >= count,
            End::Position(stop) => sent && after.max(scanned) >= stop,
            End::Time(stop) => {
                sent && self.store.clock().now_micros() > stop.saturating_add(CLOCK_MARGIN_MICROS)
                    && scanned >= self.store.index().position_at(stop)
            }
        }
    }

    /// Returns when a stream that waits until `due` must look again at the latest.
    pub(super) fn look_again(&self, due: Instant) -> Instant {
        match self.end {
            End::Time(stop) => {
                let now = self.store.clock().now();
                due.min(self.instant_after(stop, now).max(now + LOOK_AGAIN_AFTER))
            }
            _ => due,
        }
    }

    fn instant_after(&self, micros: i64, now: Instant) -> Instant {
        let wait = micros
            .saturating_sub(self.store.clock().now_micros())
            .saturating_add(2 * CLOCK_MARGIN_MICROS);
        now + Duration::from_micros(u64::try_from(wait).unwrap_or(0))
    }
}
