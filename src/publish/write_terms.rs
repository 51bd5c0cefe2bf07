use crate::{domain::Violations, store::RequestKey};

/// The terms of a write.
#[derive(Clone, Debug)]
pub struct WriteTerms {
    /// Makes the write safe to repeat.
    pub request: Option<RequestKey>,
    /// Only check, do not write.
    pub validate_only: bool,
    /// Violations that were found in the request already. They are reported together with those that are
    /// found later, and nothing is written.
    pub wrong: Violations,
}
