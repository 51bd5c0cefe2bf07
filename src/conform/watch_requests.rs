//! Requests of watches.

use crate::proto::v1::{
    Start, WatchEventsRequest,
    watch_events_request::{Begin, End},
};

/// A filter that matches everything, drills included.
pub(super) const EVERYTHING: &str = "exercise = true OR NOT exercise = true";

/// Watches from the beginning of the log.
pub(super) fn earliest(filter: &str) -> WatchEventsRequest {
    begin(filter, Begin::Start(Start::Earliest.into()))
}

/// Watches changes made from now on.
pub(super) fn latest(filter: &str) -> WatchEventsRequest {
    begin(filter, Begin::Start(Start::Latest.into()))
}

/// Watches a snapshot and every change after it.
pub(super) fn snapshot(filter: &str) -> WatchEventsRequest {
    begin(filter, Begin::Start(Start::Snapshot.into()))
}

/// Watches changes above a position.
pub(super) fn after(filter: &str, position: i64) -> WatchEventsRequest {
    begin(filter, Begin::AfterPosition(position))
}

/// Watches changes after the frame or list that gave the token.
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

/// Ends a watch at its first `caught_up`.
pub(super) fn until_caught_up(request: WatchEventsRequest) -> WatchEventsRequest {
    until(End::StopWhenCaughtUp(true), request)
}
