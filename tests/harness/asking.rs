use entente::proto::v1::{Start, WatchEventsRequest, watch_events_request::Begin};

/// A watch of everything from the beginning of the log.
pub fn earliest(filter: &str) -> WatchEventsRequest {
    begin(filter, Begin::Start(Start::Earliest.into()))
}

/// A watch of what comes from now on.
pub fn latest(filter: &str) -> WatchEventsRequest {
    begin(filter, Begin::Start(Start::Latest.into()))
}

/// A watch that begins with what there is.
pub fn snapshot(filter: &str) -> WatchEventsRequest {
    begin(filter, Begin::Start(Start::Snapshot.into()))
}

/// A watch of what comes after a position.
pub fn after(filter: &str, position: i64) -> WatchEventsRequest {
    begin(filter, Begin::AfterPosition(position))
}

/// A watch that goes on from a token.
pub fn resumed(filter: &str, token: &str) -> WatchEventsRequest {
    begin(filter, Begin::ResumeToken(token.to_owned()))
}

fn begin(filter: &str, begin: Begin) -> WatchEventsRequest {
    WatchEventsRequest {
        filter: filter.to_owned(),
        begin: Some(begin),
        ..WatchEventsRequest::default()
    }
}
