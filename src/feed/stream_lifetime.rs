use std::time::Duration;

use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

use super::frame::EndReason;
use crate::clock::WallClock;

/// How long a stream may last.
#[derive(Debug)]
pub(super) struct StreamLifetime {
    clock: WallClock,
    drain: CancellationToken,
    /// Of this stream alone, and cancelled with `drain`.
    ended: CancellationToken,
    expires: Instant,
    max_age: Duration,
}

impl StreamLifetime {
    /// From now on, for `max_age` at the most, and until one of the two is cancelled.
    pub(super) fn new(
        clock: WallClock,
        drain: CancellationToken,
        ended: CancellationToken,
        max_age: Duration,
    ) -> StreamLifetime {
        StreamLifetime {
            expires: clock.now() + max_age,
            clock,
            drain,
            ended,
            max_age,
        }
    }

    pub(super) fn max_age(&self) -> Duration {
        self.max_age
    }

    /// Why the stream is to end, once there is a reason.
    pub(super) fn over(&self) -> Option<EndReason> {
        if self.ended.is_cancelled() {
            if self.drain.is_cancelled() {
                Some(EndReason::Draining)
            } else {
                Some(EndReason::DisconnectedByAdmin)
            }
        } else if self.clock.now() >= self.expires {
            Some(EndReason::MaxAge)
        } else {
            None
        }
    }

    /// Until it is over, or until `due`.
    pub(super) async fn over_or(&self, due: Instant) {
        tokio::select! {
            biased;
            () = self.cancelled() => {}
            () = self.clock.sleep_until(due.min(self.expires)) => {}
        }
    }

    /// Until it is over before its age.
    pub(super) async fn cancelled(&self) {
        self.ended.cancelled().await;
    }
}
