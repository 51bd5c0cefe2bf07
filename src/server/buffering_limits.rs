use std::time::Duration;

use super::byte_budget::ByteBudget;
use crate::clock::WallClock;

/// Bounds on what clients make the server hold.
#[derive(Clone, Debug)]
pub(super) struct BufferingLimits {
    /// Longest message.
    pub message_len_max: usize,
    /// Maximum time for a whole request to arrive, and for a client to read a piece of an answer.
    pub stall_timeout: Duration,
    /// The clock of these times.
    pub clock: WallClock,
    /// Memory for unfinished requests.
    pub requests: ByteBudget,
    /// Memory for unread answers.
    pub answers: ByteBudget,
    /// Whether compressed requests are accepted, and answers compressed on request.
    pub compression: bool,
}
