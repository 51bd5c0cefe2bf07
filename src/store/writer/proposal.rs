use std::sync::Arc;

use bytes::Bytes;

use crate::{
    domain::{Change, Micros},
    filter::{Document, Filter},
    store::record::{Position, Record, RequestKey, Tracking},
};

/// One write: changes that are committed together, at adjacent positions, or not at all.
#[derive(Debug)]
pub struct Write {
    /// At least one.
    pub changes: Vec<Proposal>,
    /// Makes the write safe to repeat.
    pub request: Option<RequestKey>,
    /// Who asks for the write.
    pub author: String,
    /// Where the write comes from.
    pub tracking: Option<Tracking>,
    /// What must not exist.
    pub precondition: Option<Unmatched>,
}

/// A change that was checked against what its author saw. It is committed only if that still holds.
#[derive(Debug)]
pub struct Proposal {
    /// The full name of the resource.
    pub name: String,
    pub change: Change,
    /// The position of the revision that the author saw; `None` when the resource must not exist.
    pub expected: Option<Position>,
    /// Other resources that the author saw, with the positions of their revisions, which must still be
    /// the newest.
    pub rests_on: Vec<(String, Position)>,
    /// The content fields of the resource, encoded.
    pub content: Bytes,
    /// The content fields that differ from the previous revision.
    pub changed_fields: Vec<String>,
    /// The note, encoded.
    pub note: Option<Bytes>,
    /// The terms by which the revision is found.
    pub document: Document,
    pub revision: i32,
    /// The commit time of the first revision, in microseconds since 1970; `None` when this is it.
    pub create_micros: Option<i64>,
    /// When it became known, if its publisher gave that.
    pub known_since: Option<Micros>,
}

/// A filter that no newest revision after a position may match. It names nothing that only a commit
/// gives a revision.
#[derive(Clone, Debug)]
pub struct Unmatched {
    /// The filter, with its names resolved.
    pub filter: Filter,
    /// What lies up to here was checked.
    pub after: Position,
}

impl Write {
    /// Returns whether the write erases content.
    pub fn redacts(&self) -> bool {
        self.changes
            .iter()
            .any(|proposal| proposal.change.redacts())
    }
}

/// The outcome of a write.
#[derive(Debug)]
pub enum Outcome {
    /// The write is durable, as these records, one per change.
    Committed { records: Vec<Arc<Record>> },
    /// The same request was committed before, at these positions.
    Replayed { first: Position, last: Position },
    /// The request id belongs to a request with other content.
    RequestIdReused { first: Position },
    /// This resource has changed since the author of a change saw it.
    Stale { name: String },
    /// This revision matches the filter of the write's precondition.
    Matched { name: String, position: Position },
    /// Its tracking source has reached this position already.
    NotAhead { tracked: u64 },
}
