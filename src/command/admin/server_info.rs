use std::time::Duration;

use crate::{
    command::{Command, Context, Method, access::Access},
    filter::{Expr, Field, Predicate},
    index::{Clock, Resources, Scope},
    rejection::Rejection,
    store::Head,
};

/// Describes the running server.
#[derive(Clone, Copy, Debug)]
pub(crate) struct GetServerInfo;

/// A description of the running server.
#[derive(Clone, Debug)]
pub(crate) struct ServerInfo {
    pub epoch: String,
    pub head: Head,
    /// How far the commit time of the head is ahead of the clock.
    pub head_ahead: Duration,
    pub open_watches: usize,
    pub start_micros: i64,
    pub active_events: u64,
    pub partnerships: u64,
    pub bodies: u64,
    /// Sources that writes have named.
    pub tracking_sources: usize,
}

impl Command for GetServerInfo {
    const METHOD: Method = Method::GetServerInfo;

    type Answer = ServerInfo;

    async fn run(self, access: Access<'_, Self>, _: &Context) -> Result<ServerInfo, Rejection> {
        let head = access.head();
        let scope = Scope {
            upto: head.position,
            known_at: None,
            clock: Clock::AtCommit,
        };
        let active = Expr::Leaf(Predicate::term(Field::State, "ACTIVE"));
        let redacted = Expr::Leaf(Predicate::term(Field::State, "REDACTED"));
        let there = Expr::Not(Box::new(redacted));
        let count = |expr, resources| access.index().select_newest(expr, resources, scope).len();
        Ok(ServerInfo {
            epoch: access.epoch().to_owned(),
            head,
            head_ahead: access.ahead(),
            open_watches: access.watches().len(),
            start_micros: access.start_micros(),
            active_events: count(&active, Resources::Events),
            partnerships: count(&there, Resources::Partnerships),
            bodies: count(&there, Resources::Bodies),
            tracking_sources: access.index().tracked_len(),
        })
    }
}
