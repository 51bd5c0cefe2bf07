use std::sync::Arc;

use bytes::Bytes;

use crate::{
    domain::Change,
    filter::Document,
    store::record::{Position, Record, RequestKey},
};

/// One write: changes that are committed together, next to one another, or not at all.
#[derive(Debug)]
pub struct Write {
    /// At least one.
    pub changes: Vec<Proposal>,
    /// Makes the write safe to repeat.
    pub request: Option<RequestKey>,
    /// Whoever asks for it.
    pub author: String,
}

/// A change that was checked against what its author saw. It is committed only if that still holds.
#[derive(Debug)]
pub struct Proposal {
    /// Full name of the resource.
    pub name: String,
    pub change: Change,
    /// Position of the revision that the author saw; `None` when the resource must not exist.
    pub expected: Option<Position>,
    /// Other resources that its author looked at, with the revisions that were seen, which have to be
    /// the newest still.
    pub rests_on: Vec<(String, Position)>,
    /// Content fields of the resource, encoded.
    pub content: Bytes,
    /// Content fields in which it differs from the revision before.
    pub changed_fields: Vec<String>,
    /// The note, encoded.
    pub note: Option<Bytes>,
    /// Terms by which the revision is found.
    pub document: Document,
    pub revision: i32,
    /// Commit time of the first revision; `None` when this is it.
    pub create_micros: Option<i64>,
}

impl Write {
    /// Whether it erases content.
    pub fn redacts(&self) -> bool {
        self.changes
            .iter()
            .any(|proposal| proposal.change.redacts())
    }
}

/// What became of a write.
#[derive(Debug)]
pub enum Outcome {
    /// Durable, as these records, one for each change.
    Committed { records: Vec<Arc<Record>> },
    /// The same request was committed before, at these positions.
    Replayed { first: Position, last: Position },
    /// The request id belongs to a request with other content.
    RequestIdReused { first: Position },
    /// This resource is not as the author of a change saw it.
    Stale { name: String },
}
