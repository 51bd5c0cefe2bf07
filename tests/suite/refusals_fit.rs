//! S54: every refusal reaches a stock client: its trailers stay below 7 KiB.

use entente::proto::v1::{
    BatchGetEventsRequest, CreateEventRequest, Event, GetEventRequest, ListEventsRequest, Party,
    UpdateEventRequest,
};
use prost_types::FieldMask;
use tonic::Code;
use tonic_types::StatusExt as _;

use crate::harness::{Http2, Server, assert_refused, event, framed, info};

const TRAILERS_LEN_MAX: usize = 7 << 10;

#[tokio::test]
async fn s54_b7_every_refusal_fits_into_what_clients_accept() {
    let server = Server::start().await;
    server.publish(event("a")).await;
    let connection = Http2::connect(server.grpc_address(), 1 << 20).await;
    let text = "条約 é".repeat(500);
    let parties = (0..100).map(|n| Party {
        country_code: format!("X{n}{text}"),
        display_name: text.clone(),
        ..Default::default()
    });
    let worst = Event {
        name: "events/worst".to_owned(),
        title: text.repeat(20),
        parties: parties.collect(),
        topics: (0..100)
            .map(|n| format!("Not A Topic {n} {text}"))
            .collect(),
        ..event("worst")
    };
    let paths = |path: &dyn Fn(usize) -> String| UpdateEventRequest {
        event: Some(event("a")),
        update_mask: Some(FieldMask {
            paths: (0..20).map(path).collect(),
        }),
        ..Default::default()
    };
    let long = |n: usize| format!("no_such_field_{n}_{}", "x".repeat(200));
    let foreign = |n: usize| format!("条{n}.{text}");
    let slug = |n: usize| format!("events/{}-{n}", "x".repeat(50));
    let get = |name: String| GetEventRequest {
        name,
        ..Default::default()
    };
    let list = |filter: String| ListEventsRequest {
        filter,
        ..Default::default()
    };
    let names = BatchGetEventsRequest {
        names: (0..1_000).map(slug).collect(),
        ..Default::default()
    };
    let create = CreateEventRequest {
        event: Some(worst),
        request_id: text.clone(),
        ..Default::default()
    };
    for (path, body) in [
        ("PublisherService/UpdateEvent", framed(&paths(&long))),
        ("PublisherService/UpdateEvent", framed(&paths(&foreign))),
        ("PublisherService/CreateEvent", framed(&create)),
        ("EventService/BatchGetEvents", framed(&names)),
        ("EventService/GetEvent", framed(&get(text.repeat(100)))),
        (
            "EventService/ListEvents",
            framed(&list(format!("text:\"{text}"))),
        ),
        (
            "EventService/ListEvents",
            framed(&list(format!("kind = {text}"))),
        ),
        (
            "EventService/ListEvents",
            framed(&list("colour = RED".to_owned())),
        ),
    ] {
        let call = connection
            .call(&format!("/entente.v1.{path}"), &[], body)
            .await;
        let answer = call.answer().await;
        let status = answer.status();
        assert_ne!(status.code(), Code::Ok, "{path}");
        info(&status);
        // Some clients take a frame of data without a message for a fault of the protocol.
        assert!(answer.headers_alone, "{path}");
        let len = answer.trailers_len();
        assert!(len <= TRAILERS_LEN_MAX, "{path}: {len} bytes of trailers");
    }
}

#[tokio::test]
async fn s54_b7_violations_that_are_left_out_are_counted() {
    let server = Server::start().await;
    server.publish(event("a")).await;
    let request = UpdateEventRequest {
        event: Some(event("a")),
        update_mask: Some(FieldMask {
            paths: (0..20)
                .map(|n| format!("no_such_field_{n}_{}", "x".repeat(200)))
                .collect(),
        }),
        ..Default::default()
    };
    let refused = server
        .publisher()
        .update_event(request)
        .await
        .expect_err("no such fields");
    let metadata = assert_refused(&refused, Code::InvalidArgument, "FIELD_INVALID");
    let listed = refused.get_details_bad_request().expect("the first");
    let left_out: usize = metadata["violationsLeftOut"].parse().expect("a number");
    assert_eq!(listed.field_violations.len() + left_out, 20);
    assert!(listed.field_violations.len() >= 5, "{refused:?}");
}
