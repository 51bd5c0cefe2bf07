//! The end of a server: what is under way may finish, nobody is kept for ever.

use std::time::{Duration, Instant};

use entente::proto::v1::{
    CreateEventRequest, ExportStoreRequest, GetEventRequest,
    admin_service_client::AdminServiceClient,
};
use tonic::Code;

use crate::{
    clocked::{Clocked, passing},
    harness::{
        Build as _, Clients, Server, Wire, assert_refused, event, eventually, get, info, latest,
        soon,
    },
};

const GET_EVENT: &str = "/entente.v1.EventService/GetEvent";

#[tokio::test]
async fn an_idle_server_ends_at_once_and_with_success() {
    let mut server = Server::start_with(&["--drain-timeout=30s"]).await;
    let begun = Instant::now();
    server.terminate();
    assert!(server.ended().await.success(), "{}", server.log());
    assert!(
        begun.elapsed() < Duration::from_secs(15),
        "{:?}",
        begun.elapsed()
    );
    assert!(get(server.admin_address(), "/healthz").await.is_err());
}

#[tokio::test]
async fn every_write_that_was_answered_before_the_end_is_there_afterwards() {
    let mut server = Server::start().await;
    let mut publisher = server.publisher();
    let writing = tokio::spawn(async move {
        let mut written = Vec::new();
        for n in 0.. {
            let event = Some(event(&format!("e-{n}")));
            let request = CreateEventRequest {
                event,
                ..CreateEventRequest::default()
            };
            match publisher.create_event(request).await {
                Ok(answer) => written.extend(answer.into_inner().event),
                Err(status) => return (written, status),
            }
        }
        unreachable!("the server ends before the numbers do")
    });
    server.watch(latest("")).await.changes(10).await;
    server.terminate();
    let (written, refused) = writing.await.expect("it ends with the server");
    assert!(server.ended().await.success(), "{}", server.log());
    // Either the server said so, or the connection was closed between two calls.
    if tonic_types::StatusExt::get_details_error_info(&refused).is_some() {
        assert_eq!(
            (refused.code(), info(&refused).reason.as_str()),
            (Code::Unavailable, "DRAINING")
        );
    }
    server.start_again().await;
    for event in written {
        let request = GetEventRequest {
            name: event.name.clone(),
            ..Default::default()
        };
        let kept = server
            .events()
            .get_event(request)
            .await
            .expect("it was answered");
        assert_eq!(kept.into_inner().event, Some(event));
    }
}

#[tokio::test]
async fn a_client_that_does_not_let_go_is_cut_off_at_the_deadline() {
    const HOUR: Duration = Duration::from_secs(3_600);
    let options = ["--drain-timeout=1h", "--call-stall-timeout=10000h"];
    let server = Clocked::start_with(&options).await;
    // A call that is open and does not end.
    let mut peer = Wire::connect(server.grpc_address()).await;
    let begun = Wire::call(1, GET_EVENT, Wire::END_HEADERS);
    peer.send(&begun).await.expect("it reads");
    started(&server, 1).await;
    let clock = server.clock().clone();
    let begun = clock.clock().now();
    passing(&clock, HOUR / 60, server.end()).await;
    assert!(clock.clock().since(begun) >= HOUR);
}

#[tokio::test]
async fn a_second_signal_ends_the_server_at_once() {
    let options = ["--drain-timeout=10m", "--call-stall-timeout=10m"];
    let mut server = Server::start_with(&options).await;
    // A call that is open and does not end.
    let mut peer = Wire::connect(server.grpc_address()).await;
    let begun = Wire::call(1, GET_EVENT, Wire::END_HEADERS);
    peer.send(&begun).await.expect("it reads");
    started(&server, 1).await;
    server.publish(event("a")).await;
    server.terminate();
    eventually("the drain to begin", async || {
        server.log().contains("draining;").then_some(())
    })
    .await;
    server.terminate();
    assert_eq!(server.ended().await.code(), Some(130));
    server.start_again().await;
    assert_eq!(server.info().await.head_position, 1);
}

/// Waits until so many calls of GetEvent have begun.
async fn started(server: &Clients, count: u32) {
    let begun = format!(
        "grpc_server_started_total{{grpc_type=\"unary\",\
         grpc_service=\"entente.v1.EventService\",grpc_method=\"GetEvent\"}} {count}"
    );
    eventually("the call to begin", async || {
        let page = get(server.admin_address(), "/metrics").await.ok()?;
        page.body.contains(&begun).then_some(())
    })
    .await;
}

#[tokio::test]
async fn who_waits_for_a_position_is_told_of_the_drain() {
    let mut server = Server::start_with(&["--drain-timeout=60s"]).await;
    server.publish(event("a")).await;
    let mut events = server.events();
    let waiting = tokio::spawn(async move {
        let request = GetEventRequest {
            name: "events/a".to_owned(),
            min_position: 9,
            ..GetEventRequest::default()
        };
        events.get_event(request).await
    });
    started(&server, 1).await;
    server.terminate();
    let refused = soon("an answer", waiting).await.expect("it ends");
    let refused = refused.expect_err("the position never comes");
    assert_eq!(info(&refused).reason, "DRAINING");
    assert!(server.ended().await.success(), "{}", server.log());
}

#[tokio::test]
async fn an_export_that_is_slowly_read_ends_with_the_drain() {
    let mut server = Server::start_with(&["--drain-timeout=60s"]).await;
    for batch in 0..4 {
        let events = (0..100).map(|n| event(&format!("e-{batch}-{n}")).heavy());
        server.publish_all(events).await;
    }
    let mut admin = AdminServiceClient::new(server.narrow_channel().await);
    let export = admin.export_store(ExportStoreRequest::default()).await;
    let mut parts = export.expect("it begins").into_inner();
    parts.message().await.expect("it goes on").expect("a part");
    server.terminate();
    eventually("the drain to begin", async || {
        let page = get(server.admin_address(), "/readyz").await;
        page.is_ok_and(|page| page.status == 503).then_some(())
    })
    .await;
    let refused = loop {
        match soon("a part", parts.message()).await {
            Ok(part) => assert!(part.is_some(), "it was read to its end"),
            Err(refused) => break refused,
        }
    };
    assert_refused(&refused, Code::Unavailable, "DRAINING");
    assert!(server.ended().await.success(), "{}", server.log());
}
