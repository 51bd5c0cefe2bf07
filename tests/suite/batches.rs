//! Batches: all or nothing, next to one another.

use entente::proto::v1::{
    BatchCreateEventsRequest, BatchCreateEventsResponse, CreateEventRequest, Event,
};
use tonic::{Code, Status};

use crate::harness::{Build, Server, assert_invalid_fields, assert_refused, event};

async fn write(
    server: &Server,
    events: Vec<Event>,
    request_id: &str,
) -> Result<BatchCreateEventsResponse, Status> {
    let request = |event| CreateEventRequest {
        event: Some(event),
        ..Default::default()
    };
    let requests = events.into_iter().map(request).collect();
    let batch = BatchCreateEventsRequest {
        requests,
        request_id: request_id.to_owned(),
        ..Default::default()
    };
    server
        .publisher()
        .batch_create_events(batch)
        .await
        .map(tonic::Response::into_inner)
}

fn numbered(count: usize) -> Vec<Event> {
    (0..count).map(|n| event(&format!("e-{n}"))).collect()
}

#[tokio::test]
async fn a_batch_is_answered_in_its_order_with_adjacent_positions() {
    let server = Server::start().await;
    let answer = write(&server, numbered(1_000), "").await.expect("valid");
    assert_eq!(answer.events.len(), 1_000);
    for (n, event) in answer.events.iter().enumerate() {
        assert_eq!(
            (event.name.as_str(), event.position),
            (&*format!("events/e-{n}"), n as i64 + 1)
        );
    }
}

#[tokio::test]
async fn one_taken_id_refuses_the_whole_batch() {
    let server = Server::start().await;
    server.publish(event("e-7")).await;
    let refused = write(&server, numbered(10), "")
        .await
        .expect_err("one is taken");
    let metadata = assert_refused(&refused, Code::AlreadyExists, "EVENT_EXISTS");
    assert_eq!(metadata["event"], "events/e-7");
    assert_eq!(server.info().await.head_position, 1);
}

#[tokio::test]
async fn every_violation_of_every_event_is_told_at_once() {
    let server = Server::start().await;
    // A long batch is checked in parts, which are counted through.
    for count in [5, 1_000] {
        let at = |back: usize| count - back;
        let mut events = numbered(count);
        events[1].title.clear();
        events[at(2)].kind = 0;
        events[at(2)].sources.clear();
        events[at(1)].name = "events/e-0".into();
        let refused = write(&server, events, "").await.expect_err("invalid");
        let fields = [
            "requests[1].event.title",
            &format!("requests[{}].event.kind", at(2)),
            &format!("requests[{}].event.sources", at(2)),
            &format!("requests[{}].event_id", at(1)),
        ];
        assert_invalid_fields(&refused, &fields);
    }
    assert_eq!(server.info().await.head_position, 0);
}

#[tokio::test]
async fn a_batch_has_between_one_and_a_thousand_events() {
    let server = Server::start().await;
    for count in [0, 1_001] {
        let refused = write(&server, numbered(count), "")
            .await
            .expect_err("out of bounds");
        assert_invalid_fields(&refused, &["requests"]);
        assert!(refused.message().contains("1000"), "{refused:?}");
    }
    assert_eq!(server.info().await.head_position, 0);
}

#[tokio::test]
async fn a_batch_whose_answer_would_be_too_large_is_refused_before_it_is_written() {
    let server = Server::start().await;
    let with_text = |length: usize| {
        let mut events = numbered(1_000);
        for event in &mut events {
            event.summary = "x".repeat(length);
        }
        events
    };
    // The request is below 4 MiB, and what the server adds to each event is not.
    for _ in 0..2 {
        let refused = write(&server, with_text(4_080), "r-1").await;
        let refused = refused.expect_err("the answer is too large");
        let metadata = assert_refused(&refused, Code::ResourceExhausted, "MESSAGE_TOO_LARGE");
        assert_eq!(metadata["limit"], (4 << 20).to_string());
    }
    assert_eq!(server.info().await.head_position, 0);
    let answer = write(&server, with_text(3_950), "r-1").await;
    assert_eq!(answer.expect("it is small enough").events.len(), 1_000);
}

#[tokio::test]
async fn a_batch_has_one_request_id_and_one_mode() {
    let server = Server::start().await;
    let request = |id: &str| CreateEventRequest {
        event: Some(event(id)),
        ..Default::default()
    };
    let own_id = CreateEventRequest {
        request_id: "r".into(),
        ..request("a")
    };
    let checking = CreateEventRequest {
        validate_only: true,
        ..request("a")
    };
    for (odd, field) in [
        (own_id, "requests[0].request_id"),
        (checking.clone(), "requests[1].validate_only"),
    ] {
        let requests = vec![odd, request("b")];
        let batch = BatchCreateEventsRequest {
            requests,
            ..Default::default()
        };
        let refused = server
            .publisher()
            .batch_create_events(batch)
            .await
            .expect_err("unlike");
        assert_invalid_fields(&refused, &[field]);
    }
    let batch = BatchCreateEventsRequest {
        requests: vec![checking],
        ..Default::default()
    };
    let answer = server
        .publisher()
        .batch_create_events(batch)
        .await
        .expect("valid")
        .into_inner();
    assert_eq!(answer.events[0].position, 0);
    assert_eq!(server.info().await.head_position, 0);
}

#[tokio::test]
async fn s42_a_repeated_batch_is_answered_as_the_first_time() {
    let mut server = Server::start().await;
    let first = write(&server, numbered(70), "r-1").await.expect("valid");
    assert!(!first.replayed);
    server.update(event("e-3").titled("Corrected")).await;
    for restart in [false, true] {
        if restart {
            server.kill_and_start_again().await;
        }
        let again = write(&server, numbered(70), "r-1").await.expect("repeated");
        assert!(again.replayed);
        assert_eq!(again.events, first.events);
        let refused = write(&server, numbered(69), "r-1")
            .await
            .expect_err("other content");
        let metadata = assert_refused(&refused, Code::InvalidArgument, "REQUEST_ID_REUSED");
        assert_eq!(metadata["existingResource"], "events/e-0");
    }
    assert_eq!(server.info().await.head_position, 71);
}
