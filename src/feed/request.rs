use std::time::Duration;

use crate::{filter::Filter, index::Position};

/// The principal of a client without an identity.
pub const ANONYMOUS: &str = "anonymous";

/// A request to watch the log.
#[derive(Clone, Debug)]
pub struct WatchRequest {
    /// The filter with its defaults.
    pub filter: Filter,
    /// The position at which its names are resolved; `None` for that of the token, or else the head.
    pub resolved: Option<Position>,
    pub begin: Begin,
    pub end: End,
    pub heartbeat: Duration,
    /// Maximum age, if below the server's.
    pub max_age: Option<Duration>,
    /// Whether to also send the revision before each change.
    pub include_previous: bool,
    pub client: Client,
}

/// A request to consume a subscription.
#[derive(Clone, Debug)]
pub struct ConsumeRequest {
    /// The subscription's id.
    pub slug: String,
    /// The client. Operators see its label as the name of the consumer.
    pub client: Client,
    /// Maximum number of unacknowledged changes.
    pub max_unacked: usize,
    pub heartbeat: Duration,
}

/// The client of a watch, as operators see it.
#[derive(Clone, Debug, Default)]
pub struct Client {
    pub peer: String,
    pub principal: String,
    pub label: String,
    pub user_agent: String,
}

impl Client {
    /// The principal whose limit of open watches applies, or the address of a client without an identity.
    pub(super) fn holder(&self) -> String {
        match self.principal.as_str() {
            "" | ANONYMOUS => match self.peer.rsplit_once(':') {
                Some((address, _port)) => address.to_owned(),
                None => self.peer.clone(),
            },
            principal => principal.to_owned(),
        }
    }
}

/// Where a watch begins.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Begin {
    Latest,
    Snapshot,
    /// After this position; 0 is the beginning of the log.
    After(Position),
    /// Microseconds since 1970.
    Time(i64),
    Token(String),
}

/// When a watch ends with OK.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum End {
    Never,
    CaughtUp,
    Position(Position),
    /// Microseconds since 1970.
    Time(i64),
    Count(u64),
}
