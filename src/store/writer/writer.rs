//! The one writer: a plain thread that takes what has queued up, makes it durable in one step, and
//! only then publishes the head and answers.
//!
//! Group commit comes by itself: whatever arrived during the last sync is the next group. When many
//! clients write, the writer waits a moment for more of them, as each sync costs the processor about
//! as much as ten writes. After a failure nothing is acknowledged any more, since what reached the
//! disk is not known; reads go on.

use std::{
    sync::{Arc, PoisonError, RwLock},
    time::{Duration, Instant},
};

use tokio::sync::watch;

use super::{
    ahead::AheadLog,
    answers::Answers,
    group::{Group, Request},
    held::Held,
    queue::Queue,
};
use crate::{
    clock::WallClock,
    index::Index,
    store::{
        care::redaction::Redaction,
        cursors::{CursorRequest, Cursors},
        disk::{
            compaction::make_pending,
            directory::Directory,
            erasure::Erasure,
            high_water::HighWater,
            log::{Log, Syncer},
        },
        error::StoreError,
        record::Record,
        view::{head::Head, ring::Ring},
    },
};

/// How far the high-water mark may be behind the head in time after a power cut.
const MARK_DELAY: Duration = Duration::from_secs(1);

/// The writer waits for more writes when it expects at least so many of them,
const LINGER_LEN_MIN: usize = 8;
/// until there are that many, so that the others are at work meanwhile,
const LINGER_LEN_MAX: usize = 32;
/// and no longer than this.
const LINGER_MAX: Duration = Duration::from_millis(4);

/// How often it is looked for subscriptions that have been idle too long, for room on the disk, and
/// at the clock and whether the directory is still there.
const LOOK_INTERVAL: Duration = Duration::from_secs(1);

pub(crate) struct Writer {
    pub clock: WallClock,
    pub log: Log,
    pub syncer: Syncer,
    pub index: Arc<RwLock<Index>>,
    pub ring: Arc<Ring>,
    pub cursors: Arc<Cursors>,
    pub head: watch::Sender<Head>,
    pub failure: watch::Sender<Option<StoreError>>,
    /// Why writes are refused at the moment, be it that failure or something that passes.
    pub refusal: watch::Sender<Option<StoreError>>,
    pub high_water: HighWater,
    pub directory: Arc<Directory>,
    pub epoch: String,
    pub ahead: AheadLog,
    /// What is left to do until no file holds what was redacted.
    pub erasure: Erasure,
    /// Writes that were answered together last.
    pub last_group_len: usize,
}

impl Writer {
    /// Works until the queue is closed and empty.
    pub(crate) fn run(mut self, queue: Queue) {
        // Those who ask whether writes are taken get a true answer from the beginning.
        self.look_for_room();
        let mut looked = Instant::now();
        self.look_at_the_clock();
        while let Some(len) = queue.wait(1, MARK_DELAY) {
            if len > 0 {
                self.commit_group(&queue);
            }
            if looked.elapsed() >= LOOK_INTERVAL {
                looked = Instant::now();
                self.look_at_the_clock();
                self.look_for_directory();
                self.look_for_room();
                self.expire_cursors();
                self.finish_erasing();
            }
            self.sync_mark(MARK_DELAY);
        }
        self.keep_idle();
        self.sync_mark(Duration::ZERO);
    }

    /// Time without a consumer counts on when the store is opened again.
    fn keep_idle(&mut self) {
        let mut group = Group::default();
        group
            .cursors
            .keep_idle(&self.cursors, self.clock.steady_micros());
        if !group.cursors.is_clean() && self.accepts_writes().is_ok() {
            self.commit(group);
        }
    }

    fn look_at_the_clock(&mut self) {
        let head = *self.head.borrow();
        self.ahead.look(head, &self.clock);
    }

    fn commit_group(&mut self, queue: &Queue) {
        let ready = self.accepts_writes();
        let mut group = Group::default();
        self.add_queued(&mut group, queue, &ready);
        // Whoever was answered last is likely to be about to write again.
        let expected = (self.last_group_len + group.len()).min(LINGER_LEN_MAX);
        let begun = Instant::now();
        while expected >= LINGER_LEN_MIN
            && group.len() < expected
            && group.has_room()
            && let Some(rest) = LINGER_MAX.checked_sub(begun.elapsed())
            && queue.wait(expected - group.len(), rest).is_some()
        {
            self.add_queued(&mut group, queue, &ready);
        }
        self.last_group_len = group.len();
        self.commit(group);
    }

    fn add_queued(&self, group: &mut Group, queue: &Queue, ready: &Result<(), StoreError>) {
        let mut index = Held::new(&self.index);
        while group.has_room()
            && let Some(request) = queue.pop()
        {
            match (request, ready) {
                (Request::Write(request), Ok(())) => self.add_write(group, &mut index, request),
                (Request::Write(request), Err(error)) => {
                    group.settled.push((request, Err(error.clone())));
                }
                (Request::Cursor(request), ready) => {
                    index.release();
                    self.add_cursor(group, request, ready);
                }
            }
        }
    }

    fn commit(&mut self, group: Group) {
        let result = self.make_durable(&group);
        if let Err(error) = &result {
            self.fail(error.clone());
        }
        let failure = self.failure.borrow().clone();
        // Before the head, so that whoever sees a position knows the filters that apply to it.
        group.cursors.finish(&self.cursors, failure.as_ref());
        if let Ok(redaction) = &result {
            self.publish(&group.records, redaction);
        }
        let (mut answers, mut redactions) = (Answers::default(), Answers::default());
        for (request, outcome) in group.committed {
            let outcome = failure.clone().map_or(Ok(outcome), Err);
            match request.write.redacts() {
                true => redactions.push(request, outcome),
                false => answers.push(request, outcome),
            }
        }
        for (request, outcome) in group.settled {
            answers.push(request, outcome);
        }
        answers.give();
        if !group.redacted.is_empty() && failure.is_none() {
            self.erase();
        }
        redactions.give();
    }

    fn expire_cursors(&mut self) {
        let mut group = Group::default();
        let expired = group
            .cursors
            .expire(&self.cursors, self.clock.steady_micros());
        if expired.is_empty() || self.accepts_writes().is_err() {
            return;
        }
        self.commit(group);
        if self.failure.borrow().is_some() {
            return;
        }
        for subscription in expired {
            tracing::info!(
                subscription,
                "deleted, as nobody has consumed it for its idle time"
            );
        }
    }

    fn add_cursor(
        &self,
        group: &mut Group,
        request: CursorRequest,
        ready: &Result<(), StoreError>,
    ) {
        if let Err(error) = ready {
            return group.cursors.refuse(request, error.clone());
        }
        let newest = group.records.last().map(|record| record.position);
        let head = newest.unwrap_or_else(|| self.head.borrow().position);
        group
            .cursors
            .add(&self.cursors, request, head, self.clock.moment());
    }

    fn make_durable(&self, group: &Group) -> Result<Redaction, StoreError> {
        if group.records.is_empty() && group.cursors.is_clean() {
            return Ok(Redaction::default());
        }
        let redaction = Redaction::of(&self.log, &group.redacted)?;
        if !redaction.records.is_empty() {
            make_pending(&self.directory)?;
        }
        if !group.records.is_empty() {
            self.log.append(&group.records, redaction.blocks.clone())?;
        }
        // Behind the log, so that no cursor is ever ahead of it.
        if !group.cursors.is_clean() {
            group.cursors.write(&self.cursors)?;
        }
        self.syncer.sync()?;
        self.syncer.check_no_blobs()?;
        Ok(redaction)
    }

    fn publish(&mut self, records: &[Arc<Record>], redaction: &Redaction) {
        let Some(newest) = records.last() else { return };
        self.forget(redaction);
        let head = Head {
            position: newest.position,
            digest: newest.digest,
            commit_micros: newest.commit_micros,
        };
        // First, so that what anybody has seen is never missed in silence.
        self.raise_mark(head);
        self.ring.push(records);
        self.head.send_replace(head);
    }

    /// Takes what was erased out of memory.
    fn forget(&self, redaction: &Redaction) {
        self.ring.replace(&redaction.records);
        let mut replaced = Vec::with_capacity(redaction.records.len());
        for record in &redaction.records {
            match record.document() {
                Ok(document) => replaced.push((record.position, document)),
                Err(error) => tracing::error!(%error, "a redacted record cannot be indexed"),
            }
        }
        if !replaced.is_empty() {
            let mut index = self.index.write().unwrap_or_else(PoisonError::into_inner);
            index.replace(&replaced);
        }
    }

    /// The mark is a lower bound, so that failing to raise it loses nothing but a check.
    fn raise_mark(&mut self, head: Head) {
        if let Err(error) = self.high_water.raise(head.position, head.digest) {
            tracing::warn!(%error, "cannot raise the high-water mark");
        }
    }

    pub(crate) fn fail(&self, error: StoreError) {
        tracing::error!(%error, "writing stopped; reads go on; restart after looking into the cause");
        self.refusal.send_replace(Some(error.clone()));
        self.failure.send_replace(Some(error));
    }

    fn sync_mark(&mut self, delay: Duration) {
        if let Err(error) = self.high_water.sync(delay) {
            tracing::warn!(%error, "cannot sync the high-water mark");
        }
    }
}
