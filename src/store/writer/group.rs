//! What the writer is asked for, and what of it becomes durable together.

use std::sync::Arc;

use tokio::sync::{OwnedSemaphorePermit, oneshot};

use super::{
    answers::Answer,
    proposal::{Outcome, Write},
};
use crate::store::{
    cursors::{CursorGroup, CursorRequest},
    error::StoreError,
    record::{Position, Record},
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
    /// Positions whose content is erased by it.
    pub redacted: Vec<Position>,
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
        self.redacted.len() < GROUP_RECORDS_MAX
            && self.records.len() < GROUP_RECORDS_MAX
            && self.bytes < GROUP_BYTES_MAX
            && self.cursors.has_room()
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
