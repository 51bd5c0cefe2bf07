//! What the writer is asked for, and what of it becomes durable together.

use std::sync::Arc;

use tokio::sync::{OwnedSemaphorePermit, oneshot};

use super::{
    answer_chain::Answer,
    overlay::Overlay,
    proposal::{Outcome, Write},
};
use crate::{
    filter::Document,
    store::{
        cursors::{CursorGroup, CursorRequest},
        error::StoreError,
        record::Record,
        view::head::Head,
    },
};

/// A group ends at whichever is reached first, unless one write alone is larger.
const GROUP_RECORDS_MAX: usize = 512;
const GROUP_BYTES_MAX: usize = 1 << 20;

/// What the writer is asked for.
pub(crate) enum Request {
    /// A write to the log.
    Write(WriteRequest),
    /// A change of a subscription.
    Cursor(CursorRequest),
}

/// A write on its way to the writer.
pub(crate) struct WriteRequest {
    pub write: Write,
    pub answer: oneshot::Sender<Answer>,
    /// Bounds the queue; given back when the request is done.
    pub _permit: OwnedSemaphorePermit,
}

/// Writes that are committed together, with the answers to give once they are durable.
#[derive(Default)]
pub(crate) struct Group {
    pub records: Vec<Arc<Record>>,
    pub bytes: usize,
    /// Records whose content is erased by it, without that.
    pub replaced: Vec<Arc<Record>>,
    pub overlay: Overlay,
    pub committed: Vec<(WriteRequest, Outcome)>,
    pub settled: Vec<(WriteRequest, Result<Outcome, StoreError>)>,
    pub cursors: CursorGroup,
}

impl Group {
    /// How many writes it has.
    pub(crate) fn len(&self) -> usize {
        self.committed.len()
    }

    /// Whether it takes another request.
    pub(crate) fn has_room(&self) -> bool {
        self.replaced.len() < GROUP_RECORDS_MAX
            && self.records.len() < GROUP_RECORDS_MAX
            && self.bytes < GROUP_BYTES_MAX
            && self.cursors.has_room()
    }

    /// Refuses a request without looking at it.
    pub(crate) fn refuse(&mut self, request: Request, error: StoreError) {
        match request {
            Request::Write(request) => self.settled.push((request, Err(error))),
            Request::Cursor(request) => self.cursors.refuse(request, error),
        }
    }

    /// The end of a log that ended at `head`, with the records of the group.
    pub(crate) fn end(&self, head: Head) -> Head {
        self.records.last().map_or(head, |record| Head::of(record))
    }

    /// What the index is to know of each record.
    pub(crate) fn documents(&self) -> impl Iterator<Item = &Document> {
        let committed = self.committed.iter();
        let written = committed
            .filter(|(_, outcome)| matches!(outcome, Outcome::Committed { .. }))
            .flat_map(|(request, _)| &request.write.changes);
        written.map(|proposal| &proposal.document)
    }

    /// Its requests, to be added to another group.
    pub(crate) fn into_requests(self) -> impl Iterator<Item = Request> {
        let committed = self.committed.into_iter().map(|(request, _)| request);
        let settled = self.settled.into_iter().map(|(request, _)| request);
        let writes = committed.chain(settled).map(Request::Write);
        writes.chain(self.cursors.into_requests().map(Request::Cursor))
    }
}

#[cfg(test)]
impl WriteRequest {
    /// Of no change, with where it is answered.
    pub(crate) fn empty() -> (WriteRequest, oneshot::Receiver<Answer>) {
        let (answer, answered) = oneshot::channel();
        let queue = Arc::new(tokio::sync::Semaphore::new(1));
        let request = WriteRequest {
            write: Write {
                changes: Vec::new(),
                request: None,
                author: String::new(),
            },
            answer,
            _permit: queue.try_acquire_owned().expect("there is room"),
        };
        (request, answered)
    }
}
