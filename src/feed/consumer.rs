//! The stream of a subscription: a tail of the log that begins at the cursor, follows the edits of its
//! filter, waits while too much is not acknowledged, and ends when the lease is lost.

use std::collections::VecDeque;

use super::{
    filter_hints::hints,
    frame::{Consumed, EndReason, FilterChanged, Frame},
    lag::{filter_after, first_unacked},
    lease::{Lease, LeaseState},
    outgoing::Source,
    registry::Registration,
    stage::{Ended, Stage, Step},
    tail::Tail,
};
use crate::{
    index::Position,
    store::{Cursor, FilterSegment, Store, StoreError},
};

/// A stream that holds the lease.
pub(super) struct Consumer {
    tail: Tail,
    store: Store,
    lease: Lease,
    /// The filter in force.
    segment: FilterSegment,
    /// Changes sent and not acknowledged.
    unacked: VecDeque<Position>,
    max_unacked: usize,
}

impl Consumer {
    /// Consumes from where the cursor stands, with a tail that begins there.
    pub(super) fn new(
        tail: Tail,
        store: Store,
        lease: Lease,
        cursor: &Cursor,
        max_unacked: usize,
    ) -> Consumer {
        Consumer {
            tail,
            store,
            lease,
            segment: cursor.segment_after(cursor.acked).0.clone(),
            unacked: VecDeque::new(),
            max_unacked,
        }
    }

    async fn next_frame(&mut self) -> Option<Result<Consumed, Ended>> {
        let frame = match self.tail.asked() {
            Stage::Opening => self.started().await,
            Stage::Running => self.run().await,
            Stage::Closing(ended) => return ended.map(Err),
            Stage::Closed => return None,
        };
        Some(frame.map_err(|error| self.tail.fail(error)))
    }

    async fn started(&mut self) -> Result<Consumed, StoreError> {
        let frame = self.tail.started();
        let LeaseState::Holds(cursor) = self.lease.standing() else {
            return Ok(self.notice(frame, 1));
        };
        let first = first_unacked(&self.store, &cursor).await?;
        Ok(self.notice(frame, first.map_or(1, |first| cursor.attempt(first))))
    }

    async fn run(&mut self) -> Result<Consumed, StoreError> {
        loop {
            // Before the subscription, so that its filters are those for everything up to there.
            let head = self.store.head().position;
            let cursor = match self.lease.standing() {
                LeaseState::Holds(cursor) => cursor,
                lost => return Ok(self.ending(&lost)),
            };
            while self
                .unacked
                .front()
                .is_some_and(|sent| *sent <= cursor.acked)
            {
                self.unacked.pop_front();
            }
            if let Some(frame) = self.follow_filter(&cursor, head).await? {
                return Ok(frame);
            }
            if let Some(frame) = self.advance(&cursor, head).await? {
                return Ok(frame);
            }
        }
    }

    /// Sees to it that the tail looks no further than its filter applies. Says so where another one
    /// begins, once everything before was sent.
    async fn follow_filter(
        &mut self,
        cursor: &Cursor,
        head: Position,
    ) -> Result<Option<Consumed>, StoreError> {
        let scanned = self.tail.reader().scanned();
        let (segment, end) = cursor.segment_after(scanned);
        if self.segment.is_same_filter(segment) {
            self.tail.set_bound(end.min(head));
            return Ok(None);
        }
        self.tail.set_bound(scanned);
        if !self.tail.reader().is_settled() {
            return Ok(None);
        }
        let filter = filter_after(&self.store, cursor, scanned).await?;
        self.segment = segment.clone();
        let changed = FilterChanged {
            after: scanned,
            normalized_filter: filter.normalized().to_owned(),
            hints: hints(&self.store, &filter, head),
            bodies: filter.bodies().to_vec(),
        };
        self.tail.set_filter(filter, self.segment.resolved);
        let frame = self.tail.progress();
        cursor.lease.note_sent(scanned);
        let attempt = self.attempt(cursor);
        Ok(Some(self.answer(frame, attempt, Some(Box::new(changed)))))
    }

    async fn advance(
        &mut self,
        cursor: &Cursor,
        head: Position,
    ) -> Result<Option<Consumed>, StoreError> {
        if let Some(ending) = self.tail.end_if_due() {
            let attempt = self.attempt(cursor);
            return Ok(Some(self.notice(ending, attempt)));
        }
        if self.is_paused() {
            return Ok(self.pause(cursor).await);
        }
        if let Some(position) = self.tail.reader().next_position() {
            if !cursor.lease.may_send(position) {
                // Whoever has taken it is about to be seen.
                return Ok(self.pause(cursor).await);
            }
            return Ok(self.change(cursor, position));
        }
        match self.tail.step().await? {
            Step::Say(frame) => {
                let attempt = self.attempt(cursor);
                Ok(Some(self.notice(frame, attempt)))
            }
            Step::GoOn => Ok(None),
            // The head has moved since it was looked at.
            Step::Wait if self.store.head().position > head => Ok(None),
            Step::Wait => {
                self.wait().await;
                Ok(None)
            }
        }
    }

    /// The frame of the change that is next, which counts as sent.
    fn change(&mut self, cursor: &Cursor, position: Position) -> Option<Consumed> {
        let frame = self.tail.change()?;
        self.unacked.push_back(position);
        Some(self.answer(frame, cursor.attempt(position), None))
    }

    /// Sends no change for now, and shows that it lives.
    async fn pause(&mut self, cursor: &Cursor) -> Option<Consumed> {
        let Some(progress) = self.tail.heartbeat_if_due() else {
            self.wait().await;
            return None;
        };
        let attempt = self.attempt(cursor);
        Some(self.notice(progress, attempt))
    }

    async fn wait(&mut self) {
        tokio::select! {
            () = self.tail.wait() => {}
            () = self.lease.changed() => {}
        }
    }

    /// Whether there is more to send than the consumer wants to have at a time.
    fn is_paused(&self) -> bool {
        self.tail.reader().has_changes() && self.unacked.len() >= self.max_unacked
    }

    fn ending(&mut self, standing: &LeaseState) -> Consumed {
        let name = self.lease.name();
        let position = self.tail.position();
        let ended = match standing {
            LeaseState::Lost { epoch } => Ended::LeaseLost {
                name,
                epoch: *epoch,
                position,
            },
            LeaseState::Holds(_) | LeaseState::Gone => Ended::SubscriptionGone { name },
        };
        let frame = self.tail.close(EndReason::LeaseLost, Some(ended));
        self.answer(frame, 1, None)
    }

    /// For frames without a change: that of the first change that is not acknowledged.
    fn attempt(&self, cursor: &Cursor) -> u32 {
        let found = || self.tail.reader().first_found();
        let first = self.unacked.front().copied().or_else(found);
        first.map_or(1, |first| cursor.attempt(first))
    }

    /// A frame without a change, whose position may be acknowledged as well.
    fn notice(&mut self, frame: Frame, attempt: u32) -> Consumed {
        if let LeaseState::Holds(cursor) = self.lease.standing() {
            cursor.lease.note_sent(self.tail.position());
        }
        self.answer(frame, attempt, None)
    }

    fn answer(
        &self,
        frame: Frame,
        attempt: u32,
        filter_changed: Option<Box<FilterChanged>>,
    ) -> Consumed {
        Consumed {
            lease_epoch: self.lease.epoch(),
            attempt,
            frame,
            filter_changed,
        }
    }
}

impl Source for Consumer {
    type Frame = Consumed;

    async fn next(&mut self) -> Option<Result<Consumed, Ended>> {
        self.next_frame().await
    }

    fn end(&mut self, reason: EndReason) -> (Option<Consumed>, Option<Ended>) {
        let (frame, ended) = self.tail.end(reason);
        let frame = frame.map(|frame| self.notice(frame, 1));
        (frame, ended)
    }

    fn fail(&mut self, error: StoreError) -> Ended {
        self.tail.fail(error)
    }

    fn registration(&self) -> &Registration {
        self.tail.registration()
    }
}
