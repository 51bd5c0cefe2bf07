use std::time::Duration;

use crate::{filter::Filter, index::Position};

/// The principal of a client that did not say who it is.
pub const ANONYMOUS: &str = "anonymous";

/// What a client asks to watch.
#[derive(Clone, Debug)]
pub struct WatchRequest {
    /// With its defaults written out.
    pub filter: Filter,
    pub begin: Begin,
    pub end: End,
    pub heartbeat: Duration,
    /// Ends the stream earlier than the server would.
    pub max_age: Option<Duration>,
    /// Also send what stood before each change.
    pub include_previous: bool,
    pub client: Client,
}

/// What a consumer asks for.
#[derive(Clone, Debug)]
pub struct ConsumeRequest {
    /// Id of the subscription.
    pub slug: String,
    /// Its label is what operators see as the consumer.
    pub client: Client,
    /// Changes that may be sent and not acknowledged.
    pub max_unacked: usize,
    pub heartbeat: Duration,
}

/// Who watches, for operators.
#[derive(Clone, Debug, Default)]
pub struct Client {
    pub peer: String,
    pub principal: String,
    pub label: String,
    pub user_agent: String,
}

impl Client {
    /// Whose share of the open watches it takes: the principal's, or that of the address when
    /// nobody said who they are.
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
    /// 0 is the beginning of the log.
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
