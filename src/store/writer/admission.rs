//! Admits requests to a group: checks each against the state that the group so far leads to, and makes
//! records of it.

use std::sync::{Arc, RwLockReadGuard};

use super::{
    group::{Group, Request, WriteRequest},
    proposal::{Outcome, Proposal, Unmatched, Write},
};
use crate::{
    clock::WallClock,
    domain::Micros,
    index::{Clock, Index},
    store::{
        cursors::{CursorRequest, Cursors},
        error::StoreError,
        log::Log,
        record::{Commit, Position, Record, RequestKey},
        view::{View, head::Head},
    },
};

/// The state that requests are checked against, apart from their group. The read lock on the index
/// makes nobody wait: only the writer, which holds it, changes the index.
pub(crate) struct Admission<'a> {
    pub log: &'a dyn Log,
    pub view: &'a View,
    pub index: RwLockReadGuard<'a, Index>,
    pub head: Head,
    pub cursors: &'a Cursors,
    pub clock: &'a WallClock,
}

impl Admission<'_> {
    /// Adds a request to the group, or settles it.
    pub(crate) fn add(&self, group: &mut Group, request: Request) {
        match request {
            Request::Write(request) => self.add_write(group, request),
            Request::Cursor(request) => self.add_cursor(group, request),
        }
    }

    fn add_cursor(&self, group: &mut Group, request: CursorRequest) {
        let head = group.end(self.head).position;
        let now = self.clock.moment();
        group.cursors.add(self.cursors, request, head, now);
    }

    fn add_write(&self, group: &mut Group, request: WriteRequest) {
        let write = &request.write;
        let checked = match self.refusal(group, write) {
            None => self.replaced_by(write),
            // The first request may be in this group, and so not durable yet.
            Some(Ok(outcome @ Outcome::Replayed { .. })) => {
                return group.committed.push((request, outcome));
            }
            Some(outcome) => Err(outcome),
        };
        let replaced = match checked {
            Ok(replaced) => replaced,
            Err(outcome) => return group.settled.push((request, outcome)),
        };
        let records = self.records_of(group, write);
        for (proposal, record) in write.changes.iter().zip(&records) {
            group.overlay.add(&proposal.name, record);
            group.bytes += record.change.len();
        }
        group.replaced.extend(replaced);
        group.records.extend(records.iter().cloned());
        group
            .committed
            .push((request, Outcome::Committed { records }));
    }

    /// Returns the outcome of a write that is not to be committed; `None` if it may be committed. A
    /// failure to read affects this write alone.
    fn refusal(&self, group: &mut Group, write: &Write) -> Option<Result<Outcome, StoreError>> {
        let (index, overlay) = (&*self.index, &group.overlay);
        if let Some(key) = &write.request
            && let Some(first) = overlay.request(index, &key.id)
        {
            return Some(self.repeated(group, key, first));
        }
        let expected = write.changes.iter().map(|proposal| {
            let Proposal { name, expected, .. } = proposal;
            (name, *expected)
        });
        let seen = write.changes.iter().flat_map(|proposal| &proposal.rests_on);
        let seen = seen.map(|(name, position)| (name, Some(*position)));
        let mut stale = expected
            .chain(seen)
            .filter(|(name, expected)| overlay.newest(index, name) != *expected);
        if let Some((name, _)) = stale.next() {
            let name = name.clone();
            return Some(Ok(Outcome::Stale { name }));
        }
        if let Some(tracking) = &write.tracking
            && let Some(tracked) = overlay.tracked(index, &tracking.source)
            && tracked >= tracking.position
        {
            return Some(Ok(Outcome::NotAhead { tracked }));
        }
        let (name, position) = self.matched(group, write.precondition.as_ref()?)?;
        Some(Ok(Outcome::Matched { name, position }))
    }

    /// Returns a newest revision that matches a precondition, among those that its author has not seen.
    fn matched(&self, group: &mut Group, unmatched: &Unmatched) -> Option<(String, Position)> {
        let index = &*self.index;
        let is_newest = |position: Position| {
            let name = index.name(position);
            group.overlay.newest(index, name) == Some(position)
        };
        let matches = |position: &Position| {
            is_newest(*position)
                && index.matches(unmatched.filter.expr(), *position, Clock::AtCommit)
        };
        let committed = (unmatched.after + 1..=self.head.position).find(matches);
        match committed {
            Some(position) => Some((index.name(position).to_owned(), position)),
            None => group.matched(unmatched),
        }
    }

    /// Returns the records whose content a write erases, without that content. A failure to read
    /// affects this write alone.
    fn replaced_by(&self, write: &Write) -> Result<Vec<Arc<Record>>, Result<Outcome, StoreError>> {
        let mut replaced = Vec::new();
        let redactions = write
            .changes
            .iter()
            .filter(|proposal| proposal.change.redacts());
        for position in
            redactions.flat_map(|proposal| self.index.revisions(&proposal.name, Position::MAX))
        {
            let record = self.log.read(position).and_then(|record| record.redacted());
            replaced.push(Arc::new(record.map_err(Err)?));
        }
        Ok(replaced)
    }

    fn repeated(
        &self,
        group: &Group,
        key: &RequestKey,
        first: Position,
    ) -> Result<Outcome, StoreError> {
        let in_group = || {
            let mut records = group.records.iter();
            records.find(|record| record.position == first).cloned()
        };
        let record = match self.view.recent(first).or_else(in_group) {
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
        let Head {
            mut position,
            mut digest,
            commit_micros,
        } = group.end(self.head);
        // The clock may have been set back since the write was checked.
        let known = write.changes.iter().filter_map(|change| change.known_since);
        let known = known.max().map_or(i64::MIN, |Micros(micros)| micros);
        let micros = self.clock.now_micros().max(commit_micros).max(known);
        let mut records: Vec<Arc<Record>> = Vec::with_capacity(write.changes.len());
        for (at, proposal) in write.changes.iter().enumerate() {
            position += 1;
            let remaining = (write.changes.len() - 1 - at) as u32;
            let commit = Commit {
                epoch: self.log.epoch(),
                author: &write.author,
                position,
                micros,
                continued: remaining > 0,
            };
            let change = commit.encode(proposal);
            let request = write.request.clone().filter(|_| at == 0);
            let mut record = Record::chained(digest, position, change, request, remaining, micros);
            if let Some(tracking) = write.tracking.clone().filter(|_| at == 0) {
                record.track(digest, tracking);
            }
            digest = record.digest;
            records.push(Arc::new(record));
        }
        records
    }
}
