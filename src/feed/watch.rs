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
    frames::{Delivery, Frames},
    outlet::{Item, Source},
    registry::{Registration, WatchState},
    request::{End, WatchRequest},
    token::Phase,
};
use crate::{
    index::{Hit, Position},
    proto::v1,
    store::{Head, Store, StoreError, now_micros},
    wire::Encoded,
};

/// Changes looked up in the index at a time.
const HITS_MAX: usize = 4_096;
/// Changes read from the log at a time, each at most 60 KiB.
const BATCH_LEN_MAX: usize = 128;
/// A live stream that is further behind than this has fallen behind.
const LIVE_LAG_MAX: Position = 1_024;
/// A change may be committed under a time a moment before it shows in the index.
const CLOCK_MARGIN_MICROS: i64 = 100_000;

/// Why a stream ended otherwise than with OK.
#[derive(Clone, Debug)]
pub enum Ended {
    /// It was as old as streams get.
    MaxAge { position: Position, retry: Duration },
    /// The server is shutting down.
    Draining { position: Position, retry: Duration },
    /// Another consumer holds the lease of the subscription, or its cursor was moved.
    LeaseLost {
        name: String,
        epoch: u64,
        position: Position,
    },
    /// The subscription was deleted.
    SubscriptionGone { name: String },
    /// Its client accepted no frame for too long.
    Stalled { position: Position, retry: Duration },
    /// An operator ended it.
    Disconnected { position: Position, retry: Duration },
    /// Our own failure.
    Store(StoreError),
}

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
    pub(super) not_before: i64,
    /// Members of the snapshot that are not read yet.
    pub(super) members: VecDeque<Position>,
    /// Changes that are not read yet.
    pub(super) hits: VecDeque<Hit>,
    /// Changes that are not sent yet.
    pub(super) ready: VecDeque<Delivery>,
    pub(super) scanned_changes: u64,
    pub(super) live: bool,
    pub(super) waits: Waits,
    pub(super) stage: Stage,
}

/// What a watch has waited for since it had last caught up.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Waits {
    for_client: Duration,
    for_store: Duration,
}

impl Waits {
    /// What it waited for longer.
    pub(super) fn bottleneck(self) -> v1::Bottleneck {
        if self.for_store > self.for_client {
            v1::Bottleneck::Store
        } else {
            v1::Bottleneck::Client
        }
    }
}

/// How far a stream is in its own life.
pub(super) enum Stage {
    Opening,
    Running,
    Closing(Option<Ended>),
    Closed,
}

/// What a watch does next.
pub(super) enum Step {
    /// Sends a frame.
    Say(Encoded),
    /// Goes on at once.
    GoOn,
    /// Waits, for it has nothing to send.
    Wait,
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
    async fn next(&mut self) -> Option<Result<Encoded, Ended>> {
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

    async fn run(&mut self) -> Result<Encoded, StoreError> {
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
            return self.change(&delivery).map(Step::Say);
        }
        match self.progress_if_due() {
            Some(progress) => Ok(Step::Say(progress)),
            None => self.advance().await,
        }
    }

    /// The last frame, once there is a reason to end.
    pub(super) fn end_if_due(&mut self) -> Option<Encoded> {
        let reason = if self.ended.is_cancelled() {
            if self.drain.is_cancelled() {
                v1::EndReason::Draining
            } else {
                v1::EndReason::DisconnectedByAdmin
            }
        } else if Instant::now() >= self.expires {
            v1::EndReason::MaxAge
        } else if self.stop_reached() {
            v1::EndReason::StopReached
        } else {
            return None;
        };
        Some(self.ending(reason))
    }

    /// A sign of life, once there has been none for long enough.
    pub(super) fn progress_if_due(&mut self) -> Option<Encoded> {
        let due = Instant::now() >= self.frames.due(self.request.heartbeat);
        due.then(|| self.progress())
    }

    /// Reads on, or finds that there is nothing to read. There may be something to say about it.
    async fn advance(&mut self) -> Result<Step, StoreError> {
        if !self.members.is_empty() || !self.hits.is_empty() {
            self.read().await?;
            return Ok(Step::GoOn);
        }
        if let Phase::Snapshot { at, .. } = self.phase {
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
                sent && now_micros() > stop.saturating_add(CLOCK_MARGIN_MICROS)
                    && self.scanned >= self.store.index().position_at(stop)
            }
        }
    }

    fn look_up(&mut self, upto: Position) {
        let index = self.store.index();
        let (hits, reached) =
            index.changes(self.request.filter.expr(), self.scanned, upto, HITS_MAX);
        let not_before = self.not_before;
        self.hits.extend(
            hits.into_iter()
                .filter(|hit| index.commit_micros(hit.position) >= not_before),
        );
        drop(index);
        self.scanned_changes += reached - self.scanned;
        self.scanned = reached;
        if self.hits.is_empty() {
            self.phase = Phase::Log { after: reached };
            self.registration.state.moved_to(reached);
        }
    }

    async fn read(&mut self) -> Result<(), StoreError> {
        let begun = Instant::now();
        self.registration.state.set_reading(true);
        let read = if self.members.is_empty() {
            self.read_changes().await
        } else {
            self.read_members().await
        };
        self.registration.state.set_reading(false);
        self.waits.for_store += begun.elapsed();
        read
    }

    async fn read_members(&mut self) -> Result<(), StoreError> {
        let count = self.members.len().min(BATCH_LEN_MAX);
        let positions: Vec<Position> = self.members.drain(..count).collect();
        let records = self.store.read(positions).await?;
        let delivery = |record| Delivery {
            record,
            previous: None,
            crossing: None,
        };
        self.ready.extend(records.into_iter().map(delivery));
        Ok(())
    }

    async fn read_changes(&mut self) -> Result<(), StoreError> {
        let count = self.hits.len().min(BATCH_LEN_MAX);
        let hits: Vec<Hit> = self.hits.drain(..count).collect();
        let records = self
            .store
            .read(hits.iter().map(|hit| hit.position).collect())
            .await?;
        for (hit, record) in hits.into_iter().zip(records) {
            let previous = match hit.previous.filter(|_| self.request.include_previous) {
                Some(position) => self.store.read(vec![position]).await?.pop(),
                None => None,
            };
            self.ready.push_back(Delivery {
                record,
                previous,
                crossing: Some(hit.crossing),
            });
        }
        Ok(())
    }

    /// Until the head moves or something else falls due. Dropped before that, it loses nothing.
    pub(super) async fn wait(&mut self) {
        let heartbeat = self.frames.due(self.request.heartbeat);
        let due = match self.request.end {
            // Never at once, as what is on its way to the log cannot be waited for otherwise.
            End::Time(stop) => {
                heartbeat.min(instant_after(stop).max(Instant::now() + Duration::from_millis(5)))
            }
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

    fn change(&mut self, delivery: &Delivery) -> Result<Encoded, StoreError> {
        let position = delivery.record.position;
        self.phase = match self.phase {
            Phase::Log { .. } => Phase::Log { after: position },
            Phase::Snapshot { at, .. } => Phase::Snapshot {
                at,
                after: position,
            },
        };
        let frame = self.frames.change(self.phase, delivery)?;
        self.registration.state.sent_change();
        if self.ready.is_empty() && self.hits.is_empty() && matches!(self.phase, Phase::Log { .. })
        {
            // What follows up to here does not match, which the next frame will say.
            self.phase = Phase::Log {
                after: self.scanned,
            };
        }
        Ok(frame)
    }
}

impl Source for Watch {
    async fn next(&mut self) -> Option<Item> {
        Watch::next(self).await
    }

    fn end(&mut self, reason: v1::EndReason) -> (Option<Encoded>, Option<Ended>) {
        let frame = (!self.is_ending()).then(|| self.ending(reason));
        (frame, self.take_ended())
    }

    fn state(&self) -> &Arc<WatchState> {
        &self.registration.state
    }
}

fn instant_after(micros: i64) -> Instant {
    let wait = micros
        .saturating_sub(now_micros())
        .saturating_add(2 * CLOCK_MARGIN_MICROS);
    Instant::now() + Duration::from_micros(u64::try_from(wait).unwrap_or(0))
}
