//! Requests to watch.

use crate::proto::v1::{
    Start, WatchEventsRequest,
    watch_events_request::{Begin, End},
};

/// What the log holds, drills included.
pub(super) const EVERYTHING: &str = "exercise = true OR NOT exercise = true";

/// Every change of the log.
pub(super) fn earliest(filter: &str) -> WatchEventsRequest {
    begin(filter, Begin::Start(Start::Earliest.into()))
}

/// What comes from now on.
pub(super) fn latest(filter: &str) -> WatchEventsRequest {
    begin(filter, Begin::Start(Start::Latest.into()))
}

/// What stands, and what comes after.
pub(super) fn snapshot(filter: &str) -> WatchEventsRequest {
    begin(filter, Begin::Start(Start::Snapshot.into()))
}

/// What comes after a position.
pub(super) fn after(filter: &str, position: i64) -> WatchEventsRequest {
    begin(filter, Begin::AfterPosition(position))
}

/// What comes after the frame or listing that a token is from.
pub(super) fn resumed(filter: &str, token: &str) -> WatchEventsRequest {
    begin(filter, Begin::ResumeToken(token.to_owned()))
}

pub(super) fn begin(filter: &str, begin: Begin) -> WatchEventsRequest {
    WatchEventsRequest {
        filter: filter.to_owned(),
        begin: Some(begin),
        ..WatchEventsRequest::default()
    }
}

pub(super) fn until(end: End, request: WatchEventsRequest) -> WatchEventsRequest {
    WatchEventsRequest {
        end: Some(end),
        ..request
    }
}

/// With an end at the first `caught_up`.
pub(super) fn whole(request: WatchEventsRequest) -> WatchEventsRequest {
    until(End::StopWhenCaughtUp(true), request)
}
