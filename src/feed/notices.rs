//! What a watch says of itself, between the changes.

use std::time::Duration;

use super::{
    frame::{EndReason, Frame, Payload, Started},
    hints::hints,
    stage::{Ended, Stage, Waits},
    watch::Watch,
};
use crate::store::Head;

/// Clients wait this long before they go on elsewhere.
const RETRY_DELAY: Duration = Duration::from_secs(1);

impl Watch {
    pub(super) fn started(&mut self) -> Frame {
        let started = Started {
            watch: self.registration.state.name(),
            normalized_filter: self.request.filter.normalized().to_owned(),
            oldest: 1,
            head: self.opened_at,
            heartbeat: self.request.heartbeat,
            max_age: self.max_age,
            store_epoch: self.store.epoch().to_owned(),
            hints: hints(&self.store, &self.request.filter, self.opened_at),
        };
        let started = Payload::Started(Box::new(started));
        self.frames.frame(self.phase, started)
    }

    pub(super) fn progress(&mut self) -> Frame {
        let progress = Payload::Progress {
            head: self.store.head().position,
            scanned_changes: self.scanned_changes,
        };
        self.frames.frame(self.phase, progress)
    }

    pub(super) fn caught_up(&mut self) -> Frame {
        self.live = true;
        self.waits = Waits::default();
        self.registration.state.set_live(true);
        let sent_changes = self.registration.state.sent_changes();
        let caught_up = Payload::CaughtUp { sent_changes };
        self.frames.frame(self.phase, caught_up)
    }

    pub(super) fn fell_behind(&mut self, head: Head) -> Frame {
        self.live = false;
        self.registration.state.set_live(false);
        let oldest = self.store.index().commit_micros(self.scanned + 1);
        let lag =
            u64::try_from(self.store.clock().now_micros().saturating_sub(oldest)).unwrap_or(0);
        let fell_behind = Payload::FellBehind {
            head: head.position,
            lag: Duration::from_micros(lag),
            cause: self.waits.bottleneck(),
        };
        self.frames.frame(self.phase, fell_behind)
    }

    pub(super) fn ending(&mut self, reason: EndReason) -> Frame {
        let position = self.position();
        let retry = RETRY_DELAY;
        let ended = match reason {
            EndReason::Draining => Some(Ended::Draining { position, retry }),
            EndReason::MaxAge => Some(Ended::MaxAge { position, retry }),
            EndReason::ConsumerStalled => Some(Ended::Stalled { position, retry }),
            EndReason::DisconnectedByAdmin => Some(Ended::Disconnected { position, retry }),
            EndReason::StopReached | EndReason::LeaseLost => None,
        };
        let retry = ended.as_ref().map_or(Duration::ZERO, |_| retry);
        self.stage = Stage::Closing(ended);
        let ending = Payload::Ending { reason, retry };
        self.frames.frame(self.phase, ending)
    }
}
