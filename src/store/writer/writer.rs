//! The single writer: a plain thread that takes the queued requests, makes them durable in one
//! step, and only then publishes the head and answers.
//!
//! Requests that arrive during a sync form the next group, so groups need no timer. When many
//! clients write, the writer waits a moment for more of them, as a sync costs about as much
//! processor time as ten writes. After a failure nothing is acknowledged any more, since what
//! reached the disk is unknown; reads go on.

use std::{
    mem,
    sync::Arc,
    time::{Duration, Instant},
};

use super::{
    admission::Admission, answer_chain::AnswerChain, clock_lag::ClockLagLog, group::Group,
    queue::Queue, write_gate::WriteGate,
};
use crate::{
    clock::WallClock,
    store::{
        cursors::Cursors,
        error::StoreError,
        log::{Appended, Batch, Log},
        record::{Position, Record},
        view::View,
    },
};

/// The least number of expected writes for which the writer waits before it commits a group.
const LINGER_LEN_MIN: usize = 8;
/// The most writes that it waits for. When more clients write, the others are at work meanwhile.
const LINGER_LEN_MAX: usize = 32;
/// The longest time that it waits for them.
const LINGER_MAX: Duration = Duration::from_millis(4);

/// How often the writer expires idle subscriptions, checks the free space and the clock, and maintains
/// the log. After a power cut, the marks of a log on disk are behind by no more than this.
const MAINTENANCE_INTERVAL: Duration = Duration::from_secs(1);

/// The number of records of another server that are read at a time.
const BATCH_LEN: usize = 256;

pub(crate) struct Writer {
    clock: WallClock,
    log: Arc<dyn Log>,
    view: Arc<View>,
    cursors: Arc<Cursors>,
    gate: WriteGate,
    ahead: ClockLagLog,
    /// The number of writes in the last group.
    last_group_len: usize,
}

impl Writer {
    /// Makes the only writer of this log. The view and the cursors must have been read from the log.
    pub(crate) fn new(
        clock: WallClock,
        log: Arc<dyn Log>,
        view: Arc<View>,
        cursors: Arc<Cursors>,
    ) -> Writer {
        let gate = WriteGate::new(log.clone(), view.clone());
        Writer {
            clock,
            log,
            view,
            cursors,
            gate,
            ahead: ClockLagLog::default(),
            last_group_len: 0,
        }
    }

    /// Returns the gate, which knows whether writes are accepted.
    pub(crate) fn gate(&self) -> &WriteGate {
        &self.gate
    }

    /// Runs until the queue is closed and empty.
    pub(crate) fn run(mut self, queue: Queue) {
        // So that the gate's answer is right from the beginning.
        self.gate.check_room();
        let mut maintained = self.clock.now();
        self.ahead.check(self.view.head(), &self.clock);
        while let Some(len) = queue.wait(1, MAINTENANCE_INTERVAL) {
            if len > 0 {
                self.commit_group(&queue);
            }
            if self.clock.since(maintained) >= MAINTENANCE_INTERVAL {
                maintained = self.clock.now();
                self.maintain();
            }
        }
        self.keep_idle();
        self.log.close();
    }

    fn maintain(&mut self) {
        self.ahead.check(self.view.head(), &self.clock);
        if self.gate.failure().is_none()
            && let Err(error) = self.log.maintain()
        {
            self.gate.fail(error);
        }
        self.gate.check_room();
        self.expire_cursors();
    }

    /// Stores how long each subscription has been without a consumer, so that the count continues when
    /// the store is opened again.
    fn keep_idle(&mut self) {
        let mut group = Group::default();
        group
            .cursors
            .keep_idle(&self.cursors, self.clock.steady_micros());
        if !group.cursors.is_clean() && self.gate.accepts().is_ok() {
            self.commit(group);
        }
    }

    fn expire_cursors(&mut self) {
        let mut group = Group::default();
        let expired = group
            .cursors
            .expire(&self.cursors, self.clock.steady_micros());
        if expired.is_empty() || self.gate.accepts().is_err() {
            return;
        }
        self.commit(group);
        let deleted = expired
            .into_iter()
            .filter(|slug| self.cursors.get(slug).is_none());
        for subscription in deleted {
            tracing::info!(
                subscription,
                "deleted, because it had no consumer for its idle time"
            );
        }
    }

    fn commit_group(&mut self, queue: &Queue) {
        let ready = self.gate.accepts();
        let mut group = Group::default();
        self.add_queued(&mut group, queue, &ready);
        // Clients that were answered last are likely to write again soon.
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
        let admission = self.admission();
        while group.has_room()
            && let Some(request) = queue.pop()
        {
            match ready {
                Ok(()) => admission.add(group, request),
                Err(error) => group.refuse(request, error.clone()),
            }
        }
    }

    fn admission(&self) -> Admission<'_> {
        Admission {
            log: &*self.log,
            view: &self.view,
            index: self.view.index(),
            head: self.view.head(),
            cursors: &self.cursors,
            clock: &self.clock,
        }
    }

    /// Makes a group durable, publishes it, and answers.
    fn commit(&mut self, group: Group) {
        let mut group = self.make_durable(group);
        let failure = self.gate.failure();
        // Before the head, so that a reader that sees a position sees the filters that apply to it.
        let cursors = mem::take(&mut group.cursors);
        cursors.finish(&self.cursors, failure.as_ref());
        if failure.is_none() {
            self.view
                .apply(&group.records, group.documents(), &group.replaced);
        }
        let (mut answers, mut redactions) = (AnswerChain::default(), AnswerChain::default());
        for (request, outcome) in group.committed {
            let outcome = failure.clone().map_or(Ok(outcome), Err);
            match request.write.redacts() {
                true => redactions.push(request.answer, request.write, outcome),
                false => answers.push(request.answer, request.write, outcome),
            }
        }
        for (request, outcome) in group.settled {
            answers.push(request.answer, request.write, outcome);
        }
        answers.send();
        if !group.replaced.is_empty()
            && failure.is_none()
            && let Err(error) = self.log.erase_replaced()
        {
            self.gate.fail(error);
        }
        redactions.send();
    }

    /// Makes a group durable and returns it. When another server has appended to the log meanwhile,
    /// its records go first: the requests are then checked again behind them, and the returned group is
    /// a new one.
    fn make_durable(&self, mut group: Group) -> Group {
        loop {
            let edits = group.cursors.edits();
            if group.records.is_empty() && edits.is_empty() {
                return group;
            }
            let appended = self.log.append(&Batch {
                after: self.view.head().position,
                records: &group.records,
                replaced: &group.replaced,
                edits: &edits,
            });
            let superseded = match appended {
                Appended::Applied => return group,
                Appended::Superseded => self.catch_up(),
                Appended::Unknown(error) => Err(error),
            };
            if let Err(error) = superseded {
                self.gate.fail(error);
                return group;
            }
            let admission = self.admission();
            let mut again = Group::default();
            for request in group.into_requests() {
                admission.add(&mut again, request);
            }
            group = again;
        }
    }

    /// Applies the records that another server has appended. Fails if there are none, as the log then
    /// refuses what does follow its end.
    fn catch_up(&self) -> Result<(), StoreError> {
        let begin = self.view.head();
        loop {
            let head = self.view.head();
            let records = self
                .log
                .read_after(head.position, Position::MAX, BATCH_LEN)?;
            let (mut position, mut digest) = (head.position, head.digest);
            for record in &records {
                record.check_after(position, digest)?;
                (position, digest) = (record.position, record.digest);
            }
            if records.is_empty() && head == begin {
                let what = "the log refuses records that follow its end";
                return Err(StoreError::Failed(what.to_owned()));
            }
            if records.is_empty() {
                return Ok(());
            }
            let documents = records.iter().map(Record::document);
            let documents = documents.collect::<Result<Vec<_>, _>>()?;
            let replaced = self.replaced_by(&records)?;
            let records: Vec<_> = records.into_iter().map(Arc::new).collect();
            self.view.apply(&records, &documents, &replaced);
        }
    }

    /// Reads the earlier records whose content these records of another server have erased.
    fn replaced_by(&self, records: &[Record]) -> Result<Vec<Arc<Record>>, StoreError> {
        let names = records.iter().filter_map(Record::redacted_name);
        let index = self.view.index();
        let positions = names.flat_map(|name| index.revisions(&name, Position::MAX));
        positions
            .map(|position| self.log.read(position).map(Arc::new))
            .collect()
    }
}

impl Drop for Writer {
    fn drop(&mut self) {
        self.view.close();
    }
}
