//! What a watch says of itself, between the changes.

use std::time::Duration;

use super::{
    hints::hints,
    stage::{Ended, Stage, Waits},
    watch::Watch,
};
use crate::{
    proto::v1::{self, watch_events_response::Payload},
    store::Head,
    wire::Encoded,
};

/// Clients wait this long before they go on elsewhere.
const RETRY_DELAY: Duration = Duration::from_secs(1);

impl Watch {
    pub(super) fn started(&mut self) -> Encoded {
        let started = v1::WatchStarted {
            watch: self.registration.state.name(),
            normalized_filter: self.request.filter.normalized().to_owned(),
            oldest_position: 1,
            head_position: signed(self.opened_at),
            heartbeat_interval: duration(self.request.heartbeat),
            max_age: duration(self.max_age),
            store_epoch: self.store.epoch().to_owned(),
            hints: hints(&self.store, &self.request.filter, self.opened_at),
        };
        self.frames.notice(self.phase, Payload::Started(started))
    }

    pub(super) fn progress(&mut self) -> Encoded {
        let progress = v1::WatchProgress {
            head_position: signed(self.store.head().position),
            scanned_changes: signed(self.scanned_changes),
        };
        self.frames.notice(self.phase, Payload::Progress(progress))
    }

    pub(super) fn caught_up(&mut self) -> Encoded {
        self.live = true;
        self.waits = Waits::default();
        self.registration.state.set_live(true);
        let sent_changes = signed(self.registration.state.sent_changes());
        let caught_up = v1::WatchCaughtUp { sent_changes };
        self.frames.notice(self.phase, Payload::CaughtUp(caught_up))
    }

    pub(super) fn fell_behind(&mut self, head: Head) -> Encoded {
        self.live = false;
        self.registration.state.set_live(false);
        let oldest = self.store.index().commit_micros(self.scanned + 1);
        let lag =
            u64::try_from(self.store.clock().now_micros().saturating_sub(oldest)).unwrap_or(0);
        let fell_behind = v1::WatchFellBehind {
            head_position: signed(head.position),
            lag: duration(Duration::from_micros(lag)),
            cause: self.waits.bottleneck().into(),
        };
        self.frames
            .notice(self.phase, Payload::FellBehind(fell_behind))
    }

    pub(super) fn ending(&mut self, reason: v1::EndReason) -> Encoded {
        let position = self.position();
        let retry = RETRY_DELAY;
        let (ended, delay) = match reason {
            v1::EndReason::Draining => (Some(Ended::Draining { position, retry }), retry),
            v1::EndReason::MaxAge => (Some(Ended::MaxAge { position, retry }), retry),
            v1::EndReason::ConsumerStalled => (Some(Ended::Stalled { position, retry }), retry),
            v1::EndReason::DisconnectedByAdmin => {
                (Some(Ended::Disconnected { position, retry }), retry)
            }
            _ => (None, Duration::ZERO),
        };
        self.stage = Stage::Closing(ended);
        let ending = v1::WatchEnding {
            reason: reason.into(),
            retry_delay: duration(delay),
        };
        self.frames.notice(self.phase, Payload::Ending(ending))
    }
}

fn signed(count: u64) -> i64 {
    i64::try_from(count).unwrap_or(i64::MAX)
}

fn duration(duration: Duration) -> Option<prost_types::Duration> {
    // Bounded by the limits on heartbeats and ages, so that it always fits.
    prost_types::Duration::try_from(duration).ok()
}
