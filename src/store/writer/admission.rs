//! How a write is taken into a group: checked against the state that the group so far leads to, and
//! made into records.

use std::sync::Arc;

use super::{
    group::{Group, WriteRequest},
    held::Held,
    proposal::{Outcome, Proposal, Write},
    writer::Writer,
};
use crate::{
    index::Index,
    store::{
        care::redaction::Redaction,
        error::StoreError,
        record::{Commit, Position, Record, RequestKey},
    },
};

/// A write of more changes is long: nobody waits for the index while it is encoded.
const SHORT_LEN_MAX: usize = 8;

impl Writer {
    /// Checks a write against the state that the group so far leads to, and adds it.
    pub(crate) fn add_write(&self, group: &mut Group, index: &mut Held<'_>, request: WriteRequest) {
        let write = &request.write;
        if is_short(write) && !index.ask(|index| is_repeated(index, write)) {
            index.hold();
        } else {
            index.release();
        }
        match index.ask(|index| self.check(group, index, write)) {
            Ok(None) => {}
            // The first request may be in this very group and not durable yet.
            Ok(Some(outcome @ Outcome::Replayed { .. })) => {
                return group.committed.push((request, outcome));
            }
            Ok(Some(outcome)) => return group.settled.push((request, Ok(outcome))),
            Err(error) => return group.settled.push((request, Err(error))),
        }
        let records = self.records_of(group, write);
        index.change(|index| group.redacted.extend(pushed(index, write, &records)));
        group.bytes += records
            .iter()
            .map(|record| record.change.len())
            .sum::<usize>();
        group.records.extend(records.iter().cloned());
        group
            .committed
            .push((request, Outcome::Committed { records }));
    }

    /// What is there to say of a write without committing it, if anything. A failure to read is that
    /// of this write alone.
    fn check(
        &self,
        group: &Group,
        index: &Index,
        write: &Write,
    ) -> Result<Option<Outcome>, StoreError> {
        if let Some(key) = &write.request
            && let Some(first) = index.request(&key.id)
        {
            return self.repeated(group, key, first).map(Some);
        }
        let stale = |proposal: &&Proposal| index.newest(&proposal.name) != proposal.expected;
        if let Some(proposal) = write.changes.iter().find(stale) {
            let name = proposal.name.clone();
            return Ok(Some(Outcome::Stale { name }));
        }
        let seen = write.changes.iter().flat_map(|proposal| &proposal.rests_on);
        for (name, position) in seen {
            if index.newest(name) != Some(*position) {
                let name = name.clone();
                return Ok(Some(Outcome::Stale { name }));
            }
        }
        for proposal in write
            .changes
            .iter()
            .filter(|proposal| proposal.change.redacts())
        {
            // Once the index knows of it, it has to succeed.
            let revisions = index.revisions(&proposal.name, Position::MAX);
            Redaction::of(&self.log, &revisions)?;
        }
        Ok(None)
    }

    fn repeated(
        &self,
        group: &Group,
        key: &RequestKey,
        first: Position,
    ) -> Result<Outcome, StoreError> {
        let unpublished = || {
            group
                .records
                .iter()
                .find(|record| record.position == first)
                .cloned()
        };
        let record = match self.ring.get(first).or_else(unpublished) {
            Some(record) => record,
            None => Arc::new(self.log.read(first)?),
        };
        Ok(if record.request.as_ref() == Some(key) {
            Outcome::Replayed {
                first,
                last: first + Position::from(record.remaining),
            }
        } else {
            Outcome::RequestIdReused { first }
        })
    }

    fn records_of(&self, group: &Group, write: &Write) -> Vec<Arc<Record>> {
        let head = *self.head.borrow();
        let (mut position, mut digest, previous_micros) = match group.records.last() {
            Some(record) => (record.position, record.digest, record.commit_micros),
            None => (head.position, head.digest, head.commit_micros),
        };
        let micros = self.clock.now_micros().max(previous_micros);
        let mut records: Vec<Arc<Record>> = Vec::with_capacity(write.changes.len());
        for (at, proposal) in write.changes.iter().enumerate() {
            position += 1;
            let remaining = (write.changes.len() - 1 - at) as u32;
            let commit = Commit {
                epoch: &self.epoch,
                author: &write.author,
                position,
                micros,
                continued: remaining > 0,
            };
            let change = commit.encode(proposal);
            let request = write.request.clone().filter(|_| at == 0);
            let record = Record::chained(digest, position, change, request, remaining, micros);
            digest = record.digest;
            records.push(Arc::new(record));
        }
        records
    }
}

/// Whether adding it takes no longer than others may wait for the index: it is not long, and nothing
/// is read from the log for it, unless it is repeated.
fn is_short(write: &Write) -> bool {
    write.changes.len() <= SHORT_LEN_MAX && !write.redacts()
}

fn is_repeated(index: &Index, write: &Write) -> bool {
    let first = |key: &RequestKey| index.request(&key.id);
    write.request.as_ref().and_then(first).is_some()
}

/// Adds the changes of a write to the index, and gives the positions of what they erase.
fn pushed(index: &mut Index, write: &Write, records: &[Arc<Record>]) -> Vec<Position> {
    let mut redacted = Vec::new();
    for (proposal, record) in write.changes.iter().zip(records) {
        if proposal.change.redacts() {
            redacted.extend(index.revisions(&proposal.name, Position::MAX));
        }
        let key = record.request.as_ref();
        index.push(
            &proposal.document,
            record.commit_micros,
            key.map(|key| key.id.as_str()),
        );
    }
    redacted
}
