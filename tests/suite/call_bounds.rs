//! S53: what a client does not take, and a request that it does not finish, cost bounded memory and
//! are given up. What is no request is refused by name.

use std::time::Duration;

use bytes::Bytes;
use entente::proto::v1::{GetEventRequest, ListEventsRequest, View};
use tonic::Code;

use crate::{
    clocked::Clocked,
    harness::{
        Build as _, Clients, Http2, Server, assert_refused, event, eventually, framed,
        framed_bytes, get, soon,
    },
};

const LIST: &str = "/entente.v1.EventService/ListEvents";
const GET: &str = "/entente.v1.EventService/GetEvent";
const CREATE: &str = "/entente.v1.PublisherService/BatchCreateEvents";

/// The value of a metric, summed over its series with this text in their labels.
async fn metric(server: &Clients, name: &str, labels: &str) -> u64 {
    let page = get(server.admin_address(), "/metrics")
        .await
        .expect("it is served");
    let lines = page
        .body
        .lines()
        .filter(|line| line.starts_with(name) && line.contains(labels));
    let value = |line: &str| line.rsplit(' ').next()?.parse::<u64>().ok();
    lines.filter_map(value).sum()
}

fn whole_list() -> ListEventsRequest {
    ListEventsRequest {
        page_size: 1_000,
        view: View::Full.into(),
        ..Default::default()
    }
}

#[tokio::test]
async fn a5_s53_answers_that_nobody_takes_are_bounded_and_given_up() {
    const CALLS: usize = 20;
    const HELD_MAX: u64 = 16 << 20;
    // Each answer has 3 MiB, and all of them 120 MiB.
    const GROWN_MAX: u64 = 70 << 20;
    let server = Server::start_with(&[
        "--held-bytes-max=16MiB",
        "--held-bytes-per-connection-max=8MiB",
        "--call-stall-timeout=500ms",
    ])
    .await;
    for batch in 0..4 {
        let events = (0..30).map(|n| event(&format!("e-{batch}-{n}")).heavy());
        server.publish_all(events).await;
    }
    // What reading and answering take once is not theirs.
    let mut reader = server.events();
    reader.list_events(whole_list()).await.expect("a page");
    let before = server.resident_bytes();
    let mut calls = Vec::new();
    let connections = [
        Http2::connect(server.grpc_address(), 1_000).await,
        Http2::connect(server.grpc_address(), 1_000).await,
    ];
    for _ in 0..CALLS {
        for connection in &connections {
            calls.push(connection.call(LIST, &[], framed(&whole_list())).await);
        }
    }
    eventually("an answer to be held", async || {
        (metric(&server, "entente_held_answer_bytes", "").await > 0).then_some(())
    })
    .await;
    let request = GetEventRequest {
        name: "events/e-0-0".to_owned(),
        ..Default::default()
    };
    soon("another client", reader.get_event(request))
        .await
        .expect("it is served");
    soon("another list", reader.list_events(whole_list()))
        .await
        .expect("it is served");
    let mut grown = 0;
    eventually("all to be given up", async || {
        let held = metric(&server, "entente_held_answer_bytes", "").await;
        assert!(held <= HELD_MAX, "{held} bytes");
        grown = grown.max(server.resident_bytes().saturating_sub(before));
        (held == 0).then_some(())
    })
    .await;
    assert!(grown < GROWN_MAX, "{grown} bytes");
    assert!(calls.swap_remove(0).ends_in_a_reset().await);
}

#[tokio::test]
async fn s53_a_client_that_comes_back_in_time_is_told_that_its_answer_was_given_up() {
    const GIVEN_UP_LEN: u64 = 64 << 10;
    let server = Clocked::start_with(&["--call-stall-timeout=2m"]).await;
    server
        .publish_all((0..30).map(|n| event(&format!("e-{n}")).heavy()))
        .await;
    let connection = Http2::connect(server.grpc_address(), 1_000).await;
    let call = connection.call(LIST, &[], framed(&whole_list())).await;
    let held = async || metric(&server, "entente_held_answer_bytes", "").await;
    eventually("an answer to be held", async || {
        (held().await > GIVEN_UP_LEN).then_some(())
    })
    .await;
    let begun = server.clock().clock().now();
    eventually("it to be given up", async || {
        // Given up after two minutes, it is there for another two.
        server.pass(Duration::from_secs(10));
        (held().await <= GIVEN_UP_LEN).then_some(())
    })
    .await;
    let took = server.clock().clock().since(begun);
    assert!(took >= Duration::from_secs(120), "{took:?}");
    let answer = call.answer().await;
    assert_refused(
        &answer.status(),
        Code::ResourceExhausted,
        "ANSWER_NOT_TAKEN",
    );
    assert!(answer.body.len() < 64 << 10, "{} bytes", answer.body.len());
    assert_eq!(held().await, 0);
}

/// Answers of one resource each, which nobody takes: with no window at all, and with one that lets a
/// beginning out.
#[tokio::test]
async fn a5_s53_small_answers_that_nobody_takes_are_bounded_and_given_up() {
    const CALLS: usize = 200;
    const HELD_MAX: u64 = 4 << 20;
    let server = Clocked::start_with(&[
        "--held-bytes-max=4MiB",
        "--held-bytes-per-connection-max=4MiB",
        "--call-stall-timeout=2m",
    ])
    .await;
    server.publish(event("e").heavy()).await;
    let request = GetEventRequest {
        name: "events/e".to_owned(),
        ..Default::default()
    };
    let mut reader = server.events();
    // h2's own client ends a connection on which many frames below 256 bytes wait to be read.
    for window in [0, 1_000, 20_000] {
        let connections = [
            Http2::connect(server.grpc_address(), window).await,
            Http2::connect(server.grpc_address(), window).await,
        ];
        let mut calls = Vec::new();
        for _ in 0..CALLS {
            for connection in &connections {
                calls.push(connection.call(GET, &[], framed(&request)).await);
            }
        }
        let held = async || metric(&server, "entente_held_answer_bytes", "").await;
        eventually("answers to be held", async || {
            (held().await > HELD_MAX / 2).then_some(())
        })
        .await;
        soon("another client", reader.get_event(request.clone()))
            .await
            .expect("it is served");
        eventually("all to be given up", async || {
            server.pass(Duration::from_secs(60));
            let held = held().await;
            assert!(held <= HELD_MAX, "{held} bytes");
            (held == 0).then_some(())
        })
        .await;
        for call in calls {
            assert!(call.ends_in_a_reset().await, "window {window}");
        }
    }
}

#[tokio::test]
async fn s53_a_large_answer_arrives_whole_however_slowly_it_is_taken() {
    let server = Server::start_with(&["--call-stall-timeout=30s"]).await;
    server
        .publish_all((0..30).map(|n| event(&format!("e-{n}")).heavy()))
        .await;
    let mut whole = server.events();
    let whole = whole
        .list_events(whole_list())
        .await
        .expect("a page")
        .into_inner();
    let narrow = Http2::connect(server.grpc_address(), 1_000).await;
    let answer = narrow
        .call(LIST, &[], framed(&whole_list()))
        .await
        .answer()
        .await;
    assert_eq!(answer.status().code(), Code::Ok);
    let read: entente::proto::v1::ListEventsResponse =
        prost::Message::decode(&answer.body[5..]).expect("a message");
    assert_eq!(read.events, whole.events);
}

#[tokio::test]
async fn s53_requests_that_are_never_whole_are_bounded_and_given_up() {
    const HELD_MAX: u64 = 8 << 20;
    let server = Clocked::start_with(&[
        "--held-bytes-max=8MiB",
        "--held-bytes-per-connection-max=4MiB",
        "--call-stall-timeout=2m",
    ])
    .await;
    let half = Bytes::from([&framed_bytes(0, &[0; 3 << 20])[..5], &vec![0; 1 << 20]].concat());
    let connection = Http2::connect(server.grpc_address(), 1 << 16).await;
    let mut calls = Vec::new();
    for _ in 0..8 {
        let mut call = connection.begin(CREATE, &[]).await;
        call.request
            .send_data(half.clone(), false)
            .expect("an open stream");
        calls.push(call);
    }
    eventually("one to find no room", async || {
        let held = metric(&server, "entente_held_request_bytes", "").await;
        assert!(held <= HELD_MAX, "{held} bytes");
        let refused = "grpc_code=\"ResourceExhausted\"";
        let refused = metric(&server, "grpc_server_handled_total", refused).await;
        (refused > 0).then_some(())
    })
    .await;
    let mut reasons = Vec::new();
    for call in calls {
        let minute = Duration::from_secs(60);
        let (headers, _) = server.pass_while(minute, call.headers()).await;
        let status = tonic::Status::from_header_map(&headers).expect("a refusal");
        reasons.push(crate::harness::info(&status).reason);
    }
    reasons.sort();
    reasons.dedup();
    assert_eq!(reasons, ["REQUESTS_UNFINISHED", "REQUEST_UNFINISHED"]);
    assert_eq!(metric(&server, "entente_held_request_bytes", "").await, 0);
    server.publish(event("a")).await;
}

#[tokio::test]
async fn b11_what_is_no_request_is_the_fault_of_the_client() {
    let server = Server::start().await;
    let connection = Http2::connect(server.grpc_address(), 1 << 16).await;
    let whole = framed(&GetEventRequest::default());
    let two = Bytes::from([whole.clone(), whole.clone()].concat());
    let cut = framed(&whole_list());
    let cut = cut.slice(..cut.len() - 1);
    let gzip = ("grpc-encoding", "gzip");
    for (what, headers, body) in [
        ("no message", &[][..], Bytes::new()),
        ("half a prefix", &[], Bytes::from_static(&[0, 0, 0])),
        ("half a message", &[], cut),
        ("two messages", &[], two),
        ("no encoding", &[], framed_bytes(1, b"x")),
        ("a flag that there is not", &[], framed_bytes(7, b"x")),
        (
            "what is not compressed",
            &[gzip],
            framed_bytes(1, b"not gzip"),
        ),
        (
            "no message of this method",
            &[],
            framed_bytes(0, &[0xff, 0xff]),
        ),
    ] {
        let answer = connection.call(GET, headers, body).await.answer().await;
        let status = answer.status();
        assert_refused(&status, Code::InvalidArgument, "MESSAGE_UNREADABLE");
        assert!(
            status.message().contains("request") || status.message().contains("message"),
            "{what}"
        );
    }
    let garbage = [("grpc-timeout", "soon")];
    let answer = connection
        .call(GET, &garbage, framed(&GetEventRequest::default()))
        .await;
    let status = answer.answer().await.status();
    assert_refused(&status, Code::InvalidArgument, "TIMEOUT_INVALID");
    assert!(!server.log().contains("WARN"), "{}", server.log());
}

#[tokio::test]
async fn b11_a_client_that_vanishes_has_cancelled_its_call() {
    let server = Server::start().await;
    let connection = Http2::connect(server.grpc_address(), 1 << 16).await;
    let mut call = connection.begin(GET, &[]).await;
    call.request
        .send_data(Bytes::from_static(&[0, 0]), false)
        .expect("an open stream");
    let labels = "grpc_method=\"GetEvent\"";
    eventually("the call to begin", async || {
        (metric(&server, "grpc_server_started_total", labels).await == 1).then_some(())
    })
    .await;
    drop((call, connection));
    eventually("the call to end", async || {
        (metric(&server, "grpc_server_handled_total", labels).await == 1).then_some(())
    })
    .await;
    let labels = "grpc_method=\"GetEvent\",grpc_code=\"Canceled\"";
    assert_eq!(
        metric(&server, "grpc_server_handled_total", labels).await,
        1
    );
    assert!(!server.log().contains("WARN"), "{}", server.log());
}
