use crate::{domain::Violations, store::RequestKey};

/// On what terms a write is asked for.
#[derive(Clone, Debug)]
pub struct Terms {
    /// Makes the write safe to repeat.
    pub request: Option<RequestKey>,
    /// Check only.
    pub validate_only: bool,
    /// What of the request is refused already. It is told with what else is wrong, and nothing is
    /// written.
    pub wrong: Violations,
}
