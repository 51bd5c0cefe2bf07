//! What watches and subscriptions have in common: a reader that turns the log into frames and then waits
//! for more.
//!
//! History and live changes are the same code. A tail holds a bounded batch and no queue, so a slow client
//! slows only itself, and resuming means beginning after a position.

use std::{mem, time::Duration};

use tokio::sync::watch;

use super::{
    filter_hints::hints,
    frame::{EndReason, Frame, Payload, Started},
    frames::Frames,
    reader::Reader,
    registry::Registration,
    request::WatchRequest,
    stage::{Ended, Stage, Step},
    stop_condition::StopCondition,
    stream_lifetime::StreamLifetime,
    token::{Checkpoint, Phase, TokenWriter},
    watch_state::WatchState,
};
use crate::{
    filter::Filter,
    index::Position,
    store::{Head, Store, StoreError},
};

/// A live stream that is behind by more than this has fallen behind.
const LIVE_LAG_MAX: Position = 1_024;

/// An admitted stream.
pub(super) struct Tail {
    store: Store,
    registration: Registration,
    reader: Reader,
    frames: Frames,
    head: watch::Receiver<Head>,
    /// The head at the time when the starting position was chosen.
    opened_at: Position,
    stop: StopCondition,
    heartbeat: Duration,
    life: StreamLifetime,
    /// The position up to which the log may be read.
    bound: Position,
    stage: Stage,
}

/// Where a stream begins.
pub(super) struct Opening {
    pub place: Checkpoint,
    /// The head at the time when the starting position was chosen.
    pub head: Position,
    /// Subscribed before the starting position was chosen, so that no change is missed.
    pub follow: watch::Receiver<Head>,
}

impl Tail {
    pub(super) fn new(
        store: Store,
        request: WatchRequest,
        registration: Registration,
        life: StreamLifetime,
        opening: Opening,
    ) -> Tail {
        let tokens = TokenWriter::new(store.epoch(), &request.filter, opening.place.resolved);
        let clock = store.clock().clone();
        let stop = StopCondition::new(request.end, store.clone());
        Tail {
            frames: Frames::new(tokens, registration.state().clone(), clock),
            reader: Reader::new(
                store.clone(),
                request.filter,
                request.include_previous,
                opening.place,
            ),
            store,
            registration,
            head: opening.follow,
            opened_at: opening.head,
            stop,
            heartbeat: request.heartbeat,
            life,
            bound: Position::MAX,
            stage: Stage::Opening,
        }
    }

    /// Its registration among the open watches.
    pub(super) fn registration(&self) -> &Registration {
        &self.registration
    }

    fn state(&self) -> &WatchState {
        self.registration.state()
    }

    /// The records that were read, and how far.
    pub(super) fn reader(&self) -> &Reader {
        &self.reader
    }

    /// Notes that the client has taken the last frame and wants another. Returns the stage of the stream.
    pub(super) fn asked(&mut self) -> Stage {
        self.frames.taken();
        let (now, next) = match mem::replace(&mut self.stage, Stage::Closed) {
            Stage::Opening => (Stage::Opening, Stage::Running),
            Stage::Running => (Stage::Running, Stage::Running),
            over => (over, Stage::Closed),
        };
        self.stage = next;
        now
    }

    /// Ends without a last frame.
    pub(super) fn fail(&mut self, error: StoreError) -> Ended {
        self.stage = Stage::Closed;
        Ended::Store(error)
    }

    /// Returns the last frame, unless it was made already, and the error that ends the stream.
    pub(super) fn end(&mut self, reason: EndReason) -> (Option<Frame>, Option<Ended>) {
        let is_ending = matches!(self.stage, Stage::Closing(_) | Stage::Closed);
        let frame = (!is_ending).then(|| self.ending(reason));
        let ended = match mem::replace(&mut self.stage, Stage::Closed) {
            Stage::Closing(ended) => ended,
            Stage::Opening | Stage::Running | Stage::Closed => None,
        };
        (frame, ended)
    }

    /// Does one step, which is short unless the store is slow.
    pub(super) async fn step(&mut self) -> Result<Step, StoreError> {
        if let Some(ending) = self.end_if_due() {
            return Ok(Step::Say(ending));
        }
        if let Some(change) = self.change() {
            return Ok(Step::Say(change));
        }
        match self.heartbeat_if_due() {
            Some(progress) => Ok(Step::Say(progress)),
            None => self.advance().await,
        }
    }

    /// Returns the last frame if the stream must end.
    pub(super) fn end_if_due(&mut self) -> Option<Frame> {
        let stop = || {
            let sent = self.state().sent_changes();
            let reached = self
                .stop
                .is_reached(&self.reader, sent, self.frames.is_live());
            reached.then_some(EndReason::StopReached)
        };
        let reason = self.life.over().or_else(stop)?;
        Some(self.ending(reason))
    }

    /// Returns a heartbeat if one is due.
    pub(super) fn heartbeat_if_due(&mut self) -> Option<Frame> {
        let due = self.store.clock().now() >= self.frames.due(self.heartbeat);
        due.then(|| self.progress())
    }

    /// Returns the frame of the oldest change that was read.
    pub(super) fn change(&mut self) -> Option<Frame> {
        let delivery = self.reader.take()?;
        let frame = self.frames.change(self.reader.place(), delivery);
        // The next frame will say so.
        self.reader.pass_over();
        Some(frame)
    }

    /// Continues reading, or finds that there is nothing to read. May return a frame about that.
    async fn advance(&mut self) -> Result<Step, StoreError> {
        if self.reader.has_found() {
            self.read().await?;
            return Ok(Step::GoOn);
        }
        if self.reader.is_looking() {
            self.find().await?;
            return Ok(Step::GoOn);
        }
        if matches!(self.reader.place().phase, Phase::Snapshot { .. }) {
            // A snapshot that is resumed ends before the head, and what follows it is not sent yet.
            if self.reader.find_members() || self.position() < self.opened_at {
                return Ok(Step::GoOn);
            }
            return Ok(Step::Say(self.caught_up()));
        }
        let head = *self.head.borrow_and_update();
        let upto = self.stop.upto(head).min(self.bound);
        let scanned = self.reader.scanned();
        if self.frames.is_live() && head.position - scanned > LIVE_LAG_MAX {
            return Ok(Step::Say(self.fell_behind(head)));
        }
        if scanned < upto {
            self.reader.look_up(upto);
            self.moved();
            return Ok(Step::GoOn);
        }
        if !self.frames.is_live() {
            return Ok(Step::Say(self.caught_up()));
        }
        Ok(Step::Wait)
    }

    /// Reads a batch of the matching records.
    async fn read(&mut self) -> Result<(), StoreError> {
        let begun = self.store.clock().now();
        self.state().set_reading(true);
        let read = self.reader.read().await;
        self.state().set_reading(false);
        self.frames.waited_for_store(begun);
        read
    }

    /// Waits for an answer of the index or until something else is due. Dropping the future early loses
    /// nothing.
    async fn find(&mut self) -> Result<(), StoreError> {
        let due = self.frames.due(self.heartbeat);
        tokio::select! {
            biased;
            found = self.reader.find() => found?,
            () = self.life.over_or(due) => return Ok(()),
        }
        self.moved();
        Ok(())
    }

    /// Records up to where the log was found to have nothing for the client.
    fn moved(&self) {
        self.state().moved_to(self.reader.place().phase.covered());
    }

    /// Waits until the head moves or something else is due. Dropping the future early loses nothing.
    pub(super) async fn wait(&mut self) {
        let heartbeat = self.frames.due(self.heartbeat);
        let due = self.stop.look_again(heartbeat);
        tokio::select! {
            changed = self.head.changed() => {
                if changed.is_err() {
                    // The writer is gone, so nothing more will come; the shutdown ends the stream.
                    self.life.cancelled().await;
                }
            }
            () = self.life.over_or(due) => {}
        }
    }

    /// The position up to which every matching change was sent.
    pub(super) fn position(&self) -> Position {
        self.reader.place().phase.position()
    }

    /// Reads no further than this from now on.
    pub(super) fn set_bound(&mut self, bound: Position) {
        self.bound = bound;
    }

    /// Continues with another filter.
    pub(super) fn set_filter(&mut self, filter: Filter, resolved: Position) {
        let tokens = TokenWriter::new(self.store.epoch(), &filter, resolved);
        self.frames.set_tokens(tokens);
        self.reader.set_filter(filter);
    }

    /// The first frame.
    pub(super) fn started(&mut self) -> Frame {
        let filter = self.reader.filter();
        let started = Started {
            watch: self.state().name(),
            normalized_filter: filter.normalized().to_owned(),
            oldest: 1,
            head: self.opened_at,
            heartbeat: self.heartbeat,
            max_age: self.life.max_age(),
            store_epoch: self.store.epoch().to_owned(),
            hints: hints(&self.store, filter, self.opened_at),
            bodies: filter.bodies().to_vec(),
        };
        self.frame(Payload::Started(Box::new(started)))
    }

    /// A heartbeat.
    pub(super) fn progress(&mut self) -> Frame {
        let progress = Payload::Progress {
            head: self.store.head().position,
            scanned_changes: self.reader.scanned_changes(),
        };
        self.frame(progress)
    }

    fn caught_up(&mut self) -> Frame {
        self.frames.caught_up(self.reader.place())
    }

    fn fell_behind(&mut self, head: Head) -> Frame {
        let first = self.reader.scanned() + 1;
        let oldest = self.store.index().commit_micros(first);
        let place = self.reader.place();
        self.frames.fell_behind(place, head.position, oldest)
    }

    fn ending(&mut self, reason: EndReason) -> Frame {
        let ended = Ended::of(reason, self.position());
        self.close(reason, ended)
    }

    /// The last frame, and the error that follows it; without an error the stream ends with OK.
    pub(super) fn close(&mut self, reason: EndReason, ended: Option<Ended>) -> Frame {
        self.stage = Stage::Closing(ended);
        self.frames.ending(self.reader.place(), reason)
    }

    fn frame(&mut self, payload: Payload) -> Frame {
        self.frames.frame(self.reader.place(), payload)
    }
}
