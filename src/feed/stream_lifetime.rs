use std::time::Duration;

use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

use super::frame::EndReason;
use crate::clock::WallClock;

/// Decides how long a stream may stay open.
#[derive(Debug)]
pub(super) struct StreamLifetime {
    clock: WallClock,
    drain: CancellationToken,
    /// Ends this stream alone; also cancelled with `drain`.
    ended: CancellationToken,
    expires: Instant,
    max_age: Duration,
}

impl StreamLifetime {
    /// Lets a stream stay open for at most `max_age`, until one of the two tokens is cancelled.
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

    /// Returns the reason for which the stream must end, if there is one.
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

    /// Waits until the stream must end, or until `due`.
    pub(super) async fn over_or(&self, due: Instant) {
        tokio::select! {
            biased;
            () = self.cancelled() => {}
            () = self.clock.sleep_until(due.min(self.expires)) => {}
        }
    }

    /// Waits until the stream must end for another reason than its age.
    pub(super) async fn cancelled(&self) {
        self.ended.cancelled().await;
    }
}
