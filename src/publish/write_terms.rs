use crate::{
    domain::Violations,
    filter::Filter,
    index::Position,
    store::{RequestKey, Tracking},
};

/// The terms of a write.
#[derive(Clone, Debug)]
pub struct WriteTerms {
    /// Makes the write safe to repeat.
    pub request: Option<RequestKey>,
    /// Only check, do not write.
    pub validate_only: bool,
    /// What must not exist.
    pub precondition: Option<Precondition>,
    /// Where the write comes from.
    pub tracking: Option<Tracking>,
    /// Violations that were found in the request already. They are reported together with those that are
    /// found later, and nothing is written.
    pub wrong: Violations,
}

/// Refuses a write if the newest revision of a record matches.
#[derive(Clone, Debug)]
pub struct Precondition {
    /// The filter with the defaults of watches.
    pub filter: Filter,
    /// Only revisions after this position count.
    pub after: Position,
}
