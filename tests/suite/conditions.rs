//! Conditions of a write: what must not exist, and where it comes from.

use entente::proto::v1::{
    BatchCreateEventsRequest, CreateEventRequest, Event, GetTrackingRequest, GetTrackingResponse,
    Precondition, RetractEventRequest, Tracking,
};
use tonic::{Code, Status};

use crate::harness::{Build, Server, assert_invalid_fields, assert_refused, entente, event};

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
async fn s58_a_write_is_refused_if_something_like_it_exists() {
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
async fn s58_of_many_writers_that_exclude_each_other_one_writes() {
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
    let batch = BatchCreateEventsRequest {
        requests: vec![unless(event("e"), "topic:x", 0)],
        ..BatchCreateEventsRequest::default()
    };
    let refused = server.publisher().batch_create_events(batch).await;
    assert_invalid_fields(&refused.expect_err("of its own"), &["requests"]);
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
async fn s59_a_source_is_written_once_up_to_each_of_its_positions() {
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
