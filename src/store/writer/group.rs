//! Requests to the writer, and the groups in which they become durable.
//!
//! This is group commit: [`Writer`](super::Writer) gathers what has queued up into a group, and one sync makes
//! all of it durable.

use std::sync::Arc;

use tokio::sync::{OwnedSemaphorePermit, oneshot};

use super::{
    answer_chain::Answer,
    overlay::Overlay,
    proposal::{Outcome, Unmatched, Write},
};
use crate::{
    filter::Document,
    index::{Clock, Index},
    store::{
        cursors::{CursorGroup, CursorRequest},
        error::StoreError,
        record::{Position, Record},
        view::head::Head,
    },
};

/// The limits of a group, which is full at the first one reached. A single write may be larger.
const GROUP_RECORDS_MAX: usize = 512;
const GROUP_BYTES_MAX: usize = 1 << 20;

/// A request to the writer.
pub(crate) enum Request {
    /// A write to the log.
    Write(WriteRequest),
    /// A change of a subscription.
    Cursor(CursorRequest),
}

/// A write that is queued for the writer.
pub(crate) struct WriteRequest {
    pub write: Write,
    pub answer: oneshot::Sender<Answer>,
    /// Bounds the queue. Returned when the request is done.
    pub _permit: OwnedSemaphorePermit,
}

/// Writes that are committed together, with the answers to send once they are durable.
#[derive(Default)]
pub(crate) struct Group {
    pub records: Vec<Arc<Record>>,
    pub bytes: usize,
    /// Records whose content the group erases, without that content.
    pub replaced: Vec<Arc<Record>>,
    pub overlay: Overlay,
    /// The records of the group as an index, as far as a precondition needed them. Position 1 is the first
    /// record of the group.
    pub pending: Index,
    pub committed: Vec<(WriteRequest, Outcome)>,
    pub settled: Vec<(WriteRequest, Result<Outcome, StoreError>)>,
    pub cursors: CursorGroup,
}

impl Group {
    /// Returns the number of writes to commit.
    pub(crate) fn len(&self) -> usize {
        self.committed.len()
    }

    /// Returns whether the group has room for another request.
    pub(crate) fn has_room(&self) -> bool {
        self.replaced.len() < GROUP_RECORDS_MAX
            && self.records.len() < GROUP_RECORDS_MAX
            && self.bytes < GROUP_BYTES_MAX
            && self.cursors.has_room()
    }

    /// Adds a request that is refused unchecked.
    pub(crate) fn refuse(&mut self, request: Request, error: StoreError) {
        match request {
            Request::Write(request) => self.settled.push((request, Err(error))),
            Request::Cursor(request) => self.cursors.refuse(request, error),
        }
    }

    /// Returns the end of a log that ended at `head`, once it has the records of the group.
    pub(crate) fn end(&self, head: Head) -> Head {
        self.records.last().map_or(head, |record| Head::of(record))
    }

    /// Returns the document of each record, for the index.
    pub(crate) fn documents(&self) -> impl Iterator<Item = &Document> {
        let committed = self.committed.iter();
        let written = committed
            .filter(|(_, outcome)| matches!(outcome, Outcome::Committed { .. }))
            .flat_map(|(request, _)| &request.write.changes);
        written.map(|proposal| &proposal.document)
    }

    /// Returns the newest revision in the group that matches a precondition: its name and position.
    pub(crate) fn matched(&mut self, unmatched: &Unmatched) -> Option<(String, Position)> {
        let indexed = self.pending.len();
        let new: Vec<(Document, i64)> = self
            .documents()
            .cloned()
            .zip(self.records.iter().map(|record| record.commit_micros))
            .skip(indexed as usize)
            .collect();
        for (document, micros) in &new {
            self.pending.push(document, *micros, None);
        }
        let expr = unmatched.filter.expr();
        let is_newest = |at: Position| self.pending.newest(self.pending.name(at)) == Some(at);
        let matches =
            |at: &Position| is_newest(*at) && self.pending.matches(expr, *at, Clock::AtCommit);
        let at = (1..=self.pending.len()).find(matches)?;
        let record = &self.records[at as usize - 1];
        Some((self.pending.name(at).to_owned(), record.position))
    }

    /// Returns the requests, to be added to another group.
    pub(crate) fn into_requests(self) -> impl Iterator<Item = Request> {
        let committed = self.committed.into_iter().map(|(request, _)| request);
        let settled = self.settled.into_iter().map(|(request, _)| request);
        let writes = committed.chain(settled).map(Request::Write);
        writes.chain(self.cursors.into_requests().map(Request::Cursor))
    }
}

#[cfg(test)]
impl WriteRequest {
    /// Makes a request without changes, and the receiver of its answer.
    pub(crate) fn empty() -> (WriteRequest, oneshot::Receiver<Answer>) {
        let (answer, answered) = oneshot::channel();
        let queue = Arc::new(tokio::sync::Semaphore::new(1));
        let request = WriteRequest {
            write: Write {
                changes: Vec::new(),
                request: None,
                author: String::new(),
                tracking: None,
                precondition: None,
            },
            answer,
            _permit: queue.try_acquire_owned().expect("there is room"),
        };
        (request, answered)
    }
}
