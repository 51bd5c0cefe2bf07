use crate::{
    domain::{Micros, Violations},
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
    /// What must not exist. Boxed, because most writes have none and all move from future to future.
    pub precondition: Option<Box<Precondition>>,
    /// Where the write comes from.
    pub tracking: Option<Tracking>,
    /// Every time at which something became known, with its field in the request.
    pub known: Vec<(String, Micros)>,
    /// Violations that were found in the request already. They are reported together with those that are
    /// found later, and nothing is written.
    pub wrong: Violations,
}

impl WriteTerms {
    /// Returns when all that is written became known, if the request says so.
    pub fn known_since(&self) -> Option<Micros> {
        self.known.first().map(|(_, known)| *known)
    }

    /// Adds a violation for each time that is later than `latest`.
    pub(super) fn check_known(&mut self, latest: Micros) {
        for (field, known) in std::mem::take(&mut self.known) {
            if known > latest {
                let why = format!(
                    "is in the future, after {latest}; give a time up to now, leave it out, or send the request \
                     again when the server's clock has reached it"
                );
                self.wrong.add(&field, why);
            }
        }
    }
}

/// Refuses a write if the newest revision of a record matches.
#[derive(Clone, Debug)]
pub struct Precondition {
    /// The filter with the defaults of watches.
    pub filter: Filter,
    /// Only revisions after this position count.
    pub after: Position,
}
