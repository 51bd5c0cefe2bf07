//! Conditions of a write: what must not exist, and where it comes from.

use entente::proto::v1::{
    BatchCreateEventsRequest, Body, CreateEventRequest, Event, GetTrackingRequest,
    GetTrackingResponse, MergeEventsRequest, Precondition, RetractEventRequest, Tracking,
    UpdateBodyRequest, UpdateEventRequest,
};
use tonic::{Code, Status};

use crate::harness::{Build, Server, assert_invalid_fields, assert_refused, body, entente, event};

fn unless(event: Event, filter: &str, after_position: i64) -> CreateEventRequest {
    CreateEventRequest {
        event: Some(event),
        precondition: Some(Precondition {
            filter: filter.to_owned(),
            after_position,
        }),
        ..CreateEventRequest::default()
    }
}

async fn create(server: &Server, request: CreateEventRequest) -> Result<Event, Status> {
    let answer = server.publisher().create_event(request).await?;
    Ok(answer.into_inner().event.expect("the answer has the event"))
}

#[tokio::test]
async fn s62_a_write_is_refused_if_something_like_it_exists() {
    let server = Server::start().await;
    let council = || event("council-a").with_topic("council").with_state("JP");
    let first = create(&server, unless(council(), "topic:council AND party:JP", 0)).await;
    assert_eq!(first.expect("there is none").position, 1);
    let other = || event("council-b").with_topic("council").with_state("JP");
    let refused = create(&server, unless(other(), "topic:council AND party:JP", 0)).await;
    let metadata = assert_refused(
        &refused.expect_err("there is one"),
        Code::FailedPrecondition,
        "PRECONDITION_FAILED",
    );
    assert_eq!(metadata["existingResource"], "events/council-a");
    assert_eq!(metadata["position"], "1");
    let seen = create(&server, unless(other(), "topic:council", 1)).await;
    assert_eq!(seen.expect("its writer has seen it").position, 2);
    server.retract("events/council-a").await;
    server.retract("events/council-b").await;
    let third = event("council-c").with_topic("council");
    let retracted = create(
        &server,
        unless(third, "topic:council AND state = ACTIVE", 0),
    )
    .await;
    assert_eq!(retracted.expect("only newest revisions count").position, 5);
}

#[tokio::test]
async fn s62_of_many_writers_that_exclude_each_other_one_writes() {
    let server = Server::start().await;
    for round in 0..5 {
        let topic = format!("council-{round}");
        let filter = format!("topic:{topic}");
        let writers = (0..16).map(|n| {
            let mut publisher = server.publisher();
            let event = event(&format!("e-{round}-{n}")).with_topic(&topic);
            let request = unless(event, &filter, 0);
            tokio::spawn(async move { publisher.create_event(request).await.map(|_| ()) })
        });
        let writers: Vec<_> = writers.collect();
        let mut written = 0;
        for writer in writers {
            match writer.await.expect("it ends") {
                Ok(()) => written += 1,
                Err(status) => {
                    let code = Code::FailedPrecondition;
                    assert_refused(&status, code, "PRECONDITION_FAILED");
                }
            }
        }
        assert_eq!(written, 1);
    }
}

#[tokio::test]
async fn a_bad_condition_is_refused_with_everything_else_that_is_wrong() {
    let server = Server::start().await;
    let mut request = unless(event("e"), "position > 3", -1);
    request.tracking = Some(Tracking {
        source: "Feed 1".to_owned(),
        position: 0,
    });
    let refused = create(&server, request).await.expect_err("it is bad");
    assert_invalid_fields(
        &refused,
        &[
            "precondition.after_position",
            "precondition.filter",
            "tracking.position",
            "tracking.source",
        ],
    );
    let mut unreadable = unless(event("E"), "partey:JP", -1);
    unreadable.request_id = "with space".to_owned();
    let refused = create(&server, unreadable).await.expect_err("it is bad");
    assert_invalid_fields(
        &refused,
        &[
            "event.name",
            "precondition.after_position",
            "precondition.filter",
            "request_id",
        ],
    );
}

/// Each violation used to come alone, without the index of its request.
#[tokio::test]
async fn everything_wrong_in_a_batch_is_told_at_once_with_its_index() {
    let server = Server::start().await;
    let own = CreateEventRequest {
        request_id: "own".to_owned(),
        tracking: from("feed", 1),
        validate_only: true,
        ..unless(event("b").titled(""), "topic:x", 0)
    };
    let batch = BatchCreateEventsRequest {
        requests: vec![
            CreateEventRequest {
                event: Some(event("a").titled("")),
                ..Default::default()
            },
            own,
            CreateEventRequest::default(),
            CreateEventRequest {
                event: Some(event("d")),
                known_since: Some(prost_types::Timestamp {
                    seconds: 100_000_000_000,
                    nanos: 0,
                }),
                ..Default::default()
            },
        ],
        request_id: "with space".to_owned(),
        precondition: Some(Precondition {
            filter: "topic:".to_owned(),
            after_position: 0,
        }),
        tracking: from("feed", 0),
    };
    let refused = server.publisher().batch_create_events(batch).await;
    assert_invalid_fields(
        &refused.expect_err("it is bad"),
        &[
            "precondition.filter",
            "request_id",
            "requests[0].event.title",
            "requests[1].event.title",
            "requests[1].precondition",
            "requests[1].request_id",
            "requests[1].tracking",
            "requests[1].validate_only",
            "requests[2].event",
            "requests[2].event_id",
            "requests[3].known_since",
            "tracking.position",
        ],
    );
    let merge = MergeEventsRequest {
        into: "events/a".to_owned(),
        names: ["events/B", "events/c", "events/c", "events/a"]
            .map(str::to_owned)
            .to_vec(),
        request_id: "with space".to_owned(),
        ..Default::default()
    };
    let refused = server.publisher().merge_events(merge).await;
    assert_invalid_fields(
        &refused.expect_err("it is bad"),
        &["names[0]", "names[2]", "names[3]", "request_id"],
    );
    assert_eq!(server.info().await.head_position, 0);
}

/// Such a precondition was met whatever was there.
#[tokio::test]
async fn a_precondition_after_the_head_is_refused() {
    let server = Server::start().await;
    server.publish(event("a").with_topic("council")).await;
    for validate_only in [false, true] {
        let request = CreateEventRequest {
            validate_only,
            ..unless(event("b"), "topic:council", 2)
        };
        let refused = create(&server, request).await.expect_err("it is beyond");
        let metadata = assert_refused(&refused, Code::OutOfRange, "POSITION_IN_FUTURE");
        assert_eq!(metadata["requestedPosition"], "2");
        assert_eq!(metadata["headPosition"], "1");
    }
    let at_head = create(&server, unless(event("b"), "topic:council", 1)).await;
    assert_eq!(at_head.expect("nothing came since").position, 2);
}

#[tokio::test]
async fn s63_a_write_that_is_only_validated_is_refused_as_it_would_be() {
    let server = Server::start().await;
    let tracked_at = |id: &str, position, validate_only| CreateEventRequest {
        event: Some(event(id)),
        tracking: from("feed", position),
        validate_only,
        ..Default::default()
    };
    let first = create(&server, tracked_at("a", 5, false)).await;
    first.expect("it is the first");
    let refused = create(&server, tracked_at("b", 5, true)).await;
    let metadata = assert_refused(
        &refused.expect_err("it was written"),
        Code::FailedPrecondition,
        "TRACKING_NOT_AHEAD",
    );
    assert_eq!(metadata["trackedPosition"], "5");
    let ahead = create(&server, tracked_at("b", 6, true)).await;
    assert_eq!(ahead.expect("it is ahead").position, 0);
    let mut unless = unless(event("b"), "name = a", 0);
    unless.validate_only = true;
    let refused = create(&server, unless).await.expect_err("there is one");
    assert_refused(&refused, Code::FailedPrecondition, "PRECONDITION_FAILED");
    assert_eq!(tracked(&server, "feed").await.position, 5);
}

/// An importer whose line changed nothing found its old place after a restart.
#[tokio::test]
async fn s63_an_update_that_changes_nothing_is_tracked_as_well() {
    let mut server = Server::start().await;
    server.publish(event("a")).await;
    let body = server.publish_body(body("b", &["An office"])).await;
    let update = |tracking, validate_only| UpdateEventRequest {
        event: Some(event("a")),
        tracking,
        validate_only,
        ..Default::default()
    };
    let idle = server.publisher().update_event(update(None, false)).await;
    assert!(idle.expect("valid").into_inner().unchanged);
    let checked = server
        .publisher()
        .update_event(update(from("feed", 7), true))
        .await;
    assert!(checked.expect("valid").into_inner().unchanged);
    let written = server
        .publisher()
        .update_event(update(from("feed", 7), false))
        .await;
    let written = written.expect("valid").into_inner();
    assert!(!written.unchanged);
    assert_eq!(written.event.expect("the event").revision, 2);
    let refused = server
        .publisher()
        .update_event(update(from("feed", 7), true))
        .await;
    let refused = refused.expect_err("it was written");
    assert_refused(&refused, Code::FailedPrecondition, "TRACKING_NOT_AHEAD");
    let same_body = UpdateBodyRequest {
        body: Some(Body {
            name: body.name,
            display_name: body.display_name,
            ..Default::default()
        }),
        tracking: from("feed", 8),
        ..Default::default()
    };
    let written = server.bodies().update_body(same_body).await.expect("valid");
    assert!(!written.into_inner().unchanged);
    server.kill_and_start_again().await;
    let expected = GetTrackingResponse {
        position: 8,
        log_position: 4,
    };
    assert_eq!(tracked(&server, "feed").await, expected);
}

async fn tracked(server: &Server, source: &str) -> GetTrackingResponse {
    let request = GetTrackingRequest {
        source: source.to_owned(),
    };
    let answer = server.publisher().get_tracking(request).await;
    answer.expect("a good name").into_inner()
}

fn from(source: &str, position: i64) -> Option<Tracking> {
    Some(Tracking {
        source: source.to_owned(),
        position,
    })
}

#[tokio::test]
async fn s63_a_source_is_written_once_up_to_each_of_its_positions() {
    let mut server = Server::start().await;
    assert_eq!(
        tracked(&server, "feed").await,
        GetTrackingResponse::default()
    );
    let batch = BatchCreateEventsRequest {
        requests: ["a", "b"]
            .map(|id| CreateEventRequest {
                event: Some(event(id)),
                ..CreateEventRequest::default()
            })
            .to_vec(),
        tracking: from("feed", 10),
        ..BatchCreateEventsRequest::default()
    };
    server
        .publisher()
        .batch_create_events(batch)
        .await
        .expect("valid");
    server.publish(event("else")).await;
    let retraction = |tracking| RetractEventRequest {
        name: "events/a".to_owned(),
        tracking,
        ..RetractEventRequest::default()
    };
    let refused = server
        .publisher()
        .retract_event(retraction(from("feed", 10)))
        .await;
    let metadata = assert_refused(
        &refused.expect_err("it was written"),
        Code::FailedPrecondition,
        "TRACKING_NOT_AHEAD",
    );
    assert_eq!(metadata["trackedPosition"], "10");
    let retracted = server
        .publisher()
        .retract_event(retraction(from("feed", 12)))
        .await;
    retracted.expect("it is ahead");
    server.kill_and_start_again().await;
    let expected = GetTrackingResponse {
        position: 12,
        log_position: 4,
    };
    assert_eq!(tracked(&server, "feed").await, expected);
    assert_eq!(
        tracked(&server, "other").await,
        GetTrackingResponse::default()
    );
    let address = server.grpc_address().to_string();
    let verified = entente(&["verify", "--server", &address], "").await;
    assert_eq!(verified.code, Some(0), "{verified:?}");
}
