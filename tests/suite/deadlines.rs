//! The time that a client gives a call.

use std::time::Duration;

use entente::proto::{health::HealthCheckRequest, v1::GetEventRequest};
use tonic::Code;

use crate::{
    clocked::Clocked,
    harness::{Http2, Server, assert_refused, framed, get, info},
};

const GET: &str = "/entente.v1.EventService/GetEvent";

fn unreachable() -> GetEventRequest {
    GetEventRequest {
        name: "events/a".to_owned(),
        min_position: 99_999,
        ..Default::default()
    }
}

#[tokio::test]
async fn b3_a_call_whose_time_is_over_says_what_it_waited_for() {
    const CALLS: usize = 40;
    let server = Server::start().await;
    let connection = Http2::connect(server.grpc_address(), 1 << 16).await;
    let mut calls = Vec::new();
    for n in 0..CALLS {
        let timeout = format!("{}m", 100 + 7 * n);
        let headers = [("grpc-timeout", timeout.as_str())];
        calls.push(connection.call(GET, &headers, framed(&unreachable())).await);
    }
    for call in calls {
        let status = call.answer().await.status();
        assert_refused(&status, Code::DeadlineExceeded, "POSITION_NOT_REACHED");
    }
    let page = get(server.admin_address(), "/metrics")
        .await
        .expect("it is served");
    let counted = format!("grpc_method=\"GetEvent\",grpc_code=\"DeadlineExceeded\"}} {CALLS}");
    assert!(page.body.contains(&counted), "{}", page.body);
}

#[tokio::test]
async fn b3_no_time_at_all_is_a_deadline_that_has_passed() {
    let server = Server::start().await;
    let connection = Http2::connect(server.grpc_address(), 1 << 16).await;
    for timeout in ["0S", "1n", "1u", "1m", "3m"] {
        let headers = [("grpc-timeout", timeout)];
        let call = connection.call(GET, &headers, framed(&unreachable())).await;
        let status = call.answer().await.status();
        assert_eq!(
            status.code(),
            Code::DeadlineExceeded,
            "{timeout}: {status:?}"
        );
        info(&status);
    }
}

#[tokio::test]
async fn a_position_that_does_not_come_is_waited_for_half_a_minute_at_most() {
    let server = Clocked::start().await;
    let connection = Http2::connect(server.grpc_address(), 1 << 16).await;
    let call = connection.call(GET, &[], framed(&unreachable())).await;
    let (begun, waited) = (server.clock().clock().now(), call.answer());
    let answer = server.pass_while(Duration::from_secs(1), waited).await;
    assert_refused(
        &answer.status(),
        Code::DeadlineExceeded,
        "POSITION_NOT_REACHED",
    );
    let took = server.clock().clock().since(begun);
    assert!(took >= Duration::from_secs(30), "{took:?}");
}

#[tokio::test]
async fn b11_a_health_watch_ends_at_the_deadline_of_its_client() {
    let server = Server::start().await;
    let connection = Http2::connect(server.grpc_address(), 1 << 16).await;
    let headers = [("grpc-timeout", "300m")];
    let request = framed(&HealthCheckRequest::default());
    let call = connection
        .call("/grpc.health.v1.Health/Watch", &headers, request)
        .await;
    let answer = call.answer().await;
    assert!(!answer.body.is_empty());
    assert_refused(
        &answer.status(),
        Code::DeadlineExceeded,
        "DEADLINE_EXCEEDED",
    );
}
