use crate::{domain::Violations, store::RequestKey};

/// What every write comes with.
#[derive(Clone, Debug)]
pub struct Context {
    /// Makes the write safe to repeat.
    pub request: Option<RequestKey>,
    /// Whoever asks for it.
    pub author: String,
    /// Check only.
    pub validate_only: bool,
    /// What of the request is refused already. It is told with what else is wrong, and nothing is
    /// written.
    pub wrong: Violations,
}

/// What a write led to.
#[derive(Clone, Debug)]
pub struct Written {
    /// The encoded resources to answer with, in order.
    pub resources: Vec<bytes::Bytes>,
    /// The request was seen before and nothing was written.
    pub replayed: bool,
    /// The content would stay as it is, and nothing was written.
    pub unchanged: bool,
}
