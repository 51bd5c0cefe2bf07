//! One watch: a position in the log, what is read after it, and the wait for more.
//!
//! History and live are the same code. A watch holds a bounded batch and no queue, so that a slow
//! client slows itself alone, and to resume is to begin after a position.

use std::{collections::VecDeque, mem, sync::Arc, time::Duration};

use tokio::{
    sync::watch,
    time::{Instant, sleep_until},
};
use tokio_util::sync::CancellationToken;

use super::{
    frame::{Delivery, EndReason, Frame, Payload},
    frames::Frames,
    members::Members,
    outlet::Source,
    reading::{Looking, MatchCost},
    registry::Registration,
    request::{End, WatchRequest},
    stage::{Ended, Stage, Step, Waits},
    token::Phase,
    watch_state::WatchState,
};
use crate::{
    index::{Hit, Position},
    store::{Head, Store, StoreError},
};

/// A live stream that is further behind than this has fallen behind.
const LIVE_LAG_MAX: Position = 1_024;
/// A change may be committed under a time a moment before it shows in the index.
const CLOCK_MARGIN_MICROS: i64 = 100_000;

/// A watch that has been admitted.
pub struct Watch {
    pub(super) store: Store,
    pub(super) request: WatchRequest,
    pub(super) registration: Registration,
    pub(super) frames: Frames,
    pub(super) head: watch::Receiver<Head>,
    /// The head when its place in the log was chosen.
    pub(super) opened_at: Position,
    pub(super) drain: CancellationToken,
    /// Of this watch alone, and cancelled with `drain`.
    pub(super) ended: CancellationToken,
    pub(super) expires: Instant,
    pub(super) max_age: Duration,
    /// Where the client stands: what was handed to it.
    pub(super) phase: Phase,
    /// How far the log was looked at.
    pub(super) scanned: Position,
    /// How far the log may be looked at.
    pub(super) bound: Position,
    /// Changes committed before are not sent.
    pub(super) not_before: Option<i64>,
    /// Members of the snapshot that are not read yet.
    pub(super) members: Members,
    /// Changes that are not read yet.
    pub(super) hits: VecDeque<Hit>,
    /// What it has asked the index and has no answer to yet.
    pub(super) looking: Option<Looking>,
    pub(super) match_cost: MatchCost,
    /// Changes that are not sent yet.
    pub(super) ready: VecDeque<Delivery>,
    pub(super) scanned_changes: u64,
    pub(super) live: bool,
    pub(super) waits: Waits,
    pub(super) stage: Stage,
}

impl Watch {
    /// Whether the last frame was made.
    pub(super) fn is_ending(&self) -> bool {
        matches!(self.stage, Stage::Closing(_) | Stage::Closed)
    }

    /// The reason to end, once the last frame was made.
    pub(super) fn take_ended(&mut self) -> Option<Ended> {
        match mem::replace(&mut self.stage, Stage::Closed) {
            Stage::Closing(ended) => ended,
            Stage::Opening | Stage::Running | Stage::Closed => None,
        }
    }

    /// The next frame; an error is the last item.
    async fn next(&mut self) -> Option<Result<Frame, Ended>> {
        self.asked();
        match mem::replace(&mut self.stage, Stage::Closed) {
            Stage::Opening => {
                self.stage = Stage::Running;
                Some(Ok(self.started()))
            }
            Stage::Running => {
                self.stage = Stage::Running;
                Some(self.run().await.map_err(|error| {
                    self.stage = Stage::Closed;
                    Ended::Store(error)
                }))
            }
            Stage::Closing(ended) => ended.map(Err),
            Stage::Closed => None,
        }
    }

    /// The client has taken the last frame and wants another.
    pub(super) fn asked(&mut self) {
        self.waits.for_client += self.frames.since_last();
    }

    async fn run(&mut self) -> Result<Frame, StoreError> {
        loop {
            match self.step().await? {
                Step::Say(frame) => return Ok(frame),
                Step::GoOn => {}
                Step::Wait => self.wait().await,
            }
        }
    }

    /// A part of the work, short unless the store is slow.
    pub(super) async fn step(&mut self) -> Result<Step, StoreError> {
        if let Some(ending) = self.end_if_due() {
            return Ok(Step::Say(ending));
        }
        if let Some(delivery) = self.ready.pop_front() {
            return Ok(Step::Say(self.change(delivery)));
        }
        match self.progress_if_due() {
            Some(progress) => Ok(Step::Say(progress)),
            None => self.advance().await,
        }
    }

    /// The last frame, once there is a reason to end.
    pub(super) fn end_if_due(&mut self) -> Option<Frame> {
        let reason = if self.ended.is_cancelled() {
            if self.drain.is_cancelled() {
                EndReason::Draining
            } else {
                EndReason::DisconnectedByAdmin
            }
        } else if Instant::now() >= self.expires {
            EndReason::MaxAge
        } else if self.stop_reached() {
            EndReason::StopReached
        } else {
            return None;
        };
        Some(self.ending(reason))
    }

    /// A sign of life, once there has been none for long enough.
    pub(super) fn progress_if_due(&mut self) -> Option<Frame> {
        let due = Instant::now() >= self.frames.due(self.request.heartbeat);
        due.then(|| self.progress())
    }

    /// Reads on, or finds that there is nothing to read. There may be something to say about it.
    async fn advance(&mut self) -> Result<Step, StoreError> {
        if !self.members.is_empty() || !self.hits.is_empty() {
            self.read().await?;
            return Ok(Step::GoOn);
        }
        if self.looking.is_some() {
            return self.find().await;
        }
        if let Phase::Snapshot { at, after } = self.phase {
            if self.members.has_others() {
                self.find_members(at, after);
                return Ok(Step::GoOn);
            }
            self.phase = Phase::Log { after: at };
            return Ok(Step::Say(self.caught_up()));
        }
        let head = *self.head.borrow_and_update();
        let upto = self.upto(head);
        if self.live && head.position - self.scanned > LIVE_LAG_MAX {
            return Ok(Step::Say(self.fell_behind(head)));
        }
        if self.scanned < upto {
            self.look_up(upto);
            return Ok(Step::GoOn);
        }
        if !self.live {
            return Ok(Step::Say(self.caught_up()));
        }
        Ok(Step::Wait)
    }

    /// Everything matching up to here was sent, or will be by who goes on with the token.
    pub(super) fn position(&self) -> Position {
        let (Phase::Log { after: position } | Phase::Snapshot { at: position, .. }) = self.phase;
        position
    }

    /// How far the log is to be sent for now.
    fn upto(&self, head: Head) -> Position {
        let upto = match self.request.end {
            End::Position(stop) => head.position.min(stop),
            End::Time(stop) => head.position.min(self.store.index().position_at(stop)),
            _ => head.position,
        };
        upto.min(self.bound)
    }

    fn stop_reached(&self) -> bool {
        let Phase::Log { after } = self.phase else {
            let End::Count(count) = self.request.end else {
                return false;
            };
            return self.registration.state.sent_changes() >= count;
        };
        let sent = self.ready.is_empty() && self.hits.is_empty();
        match self.request.end {
            End::Never => false,
            End::CaughtUp => self.live,
            End::Count(count) => self.registration.state.sent_changes() >= count,
            End::Position(stop) => sent && after.max(self.scanned) >= stop,
            End::Time(stop) => {
                sent && self.store.clock().now_micros() > stop.saturating_add(CLOCK_MARGIN_MICROS)
                    && self.scanned >= self.store.index().position_at(stop)
            }
        }
    }

    /// Until the head moves or something else falls due. Dropped before that, it loses nothing.
    pub(super) async fn wait(&mut self) {
        let heartbeat = self.frames.due(self.request.heartbeat);
        let due = match self.request.end {
            // Never at once, as what is on its way to the log cannot be waited for otherwise.
            End::Time(stop) => heartbeat.min(
                self.instant_after(stop)
                    .max(Instant::now() + Duration::from_millis(5)),
            ),
            _ => heartbeat,
        };
        tokio::select! {
            changed = self.head.changed() => {
                if changed.is_err() {
                    // The writer is gone, so nothing will come; the drain ends the stream.
                    self.ended.cancelled().await;
                }
            }
            () = sleep_until(due.min(self.expires)) => {}
            () = self.ended.cancelled() => {}
        }
    }

    fn instant_after(&self, micros: i64) -> Instant {
        let wait = micros
            .saturating_sub(self.store.clock().now_micros())
            .saturating_add(2 * CLOCK_MARGIN_MICROS);
        Instant::now() + Duration::from_micros(u64::try_from(wait).unwrap_or(0))
    }

    /// The log has reached the time at which the watch begins: commit times never go back, so
    /// nothing that follows is left out.
    pub(super) fn begun(&mut self) {
        if self.not_before.take().is_some() {
            self.frames.set_not_before(None);
        }
    }

    /// The frame of a change.
    pub(super) fn change(&mut self, delivery: Delivery) -> Frame {
        self.begun();
        let position = delivery.record.position;
        self.phase = match self.phase {
            Phase::Log { .. } => Phase::Log { after: position },
            Phase::Snapshot { at, .. } => Phase::Snapshot {
                at,
                after: position,
            },
        };
        let frame = self.frames.frame(self.phase, Payload::Change(delivery));
        self.registration.state.sent_change();
        if self.ready.is_empty() && self.hits.is_empty() && matches!(self.phase, Phase::Log { .. })
        {
            // What follows up to here does not match, which the next frame will say.
            self.phase = Phase::Log {
                after: self.scanned,
            };
        }
        frame
    }
}

impl Source for Watch {
    type Frame = Frame;

    async fn next(&mut self) -> Option<Result<Frame, Ended>> {
        Watch::next(self).await
    }

    fn end(&mut self, reason: EndReason) -> (Option<Frame>, Option<Ended>) {
        let frame = (!self.is_ending()).then(|| self.ending(reason));
        (frame, self.take_ended())
    }

    fn fail(&mut self, error: StoreError) -> Ended {
        self.stage = Stage::Closed;
        Ended::Store(error)
    }

    fn state(&self) -> &Arc<WatchState> {
        &self.registration.state
    }
}
