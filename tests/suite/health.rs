//! Health on the gRPC port, probes and metrics on the admin port.

use entente::proto::{
    health::{HealthCheckRequest, HealthListRequest, health_check_response::ServingStatus},
    v1::GetEventRequest,
};
use tonic::Code;

use crate::harness::{Server, event, eventually, get, latest, soon};

const SERVICES: [&str; 7] = [
    "",
    "entente.v1.AdminService",
    "entente.v1.BodyService",
    "entente.v1.EventService",
    "entente.v1.PartnershipService",
    "entente.v1.PublisherService",
    "entente.v1.SubscriptionService",
];

fn of(service: &str) -> HealthCheckRequest {
    HealthCheckRequest {
        service: service.to_owned(),
    }
}

#[tokio::test]
async fn s46_check_and_list_know_every_service() {
    let server = Server::start().await;
    for service in SERVICES {
        let answer = server
            .health()
            .check(of(service))
            .await
            .expect("it is here")
            .into_inner();
        assert_eq!(answer.status(), ServingStatus::Serving, "{service}");
    }
    let answer = server
        .health()
        .list(HealthListRequest {})
        .await
        .expect("a list")
        .into_inner();
    let mut listed: Vec<&str> = answer.statuses.keys().map(String::as_str).collect();
    listed.sort_unstable();
    assert_eq!(listed, SERVICES);
    assert!(
        answer
            .statuses
            .values()
            .all(|status| status.status() == ServingStatus::Serving)
    );
    let refused = server
        .health()
        .check(of("entente.v1.Nothing"))
        .await
        .expect_err("not here");
    assert_eq!(refused.code(), Code::NotFound);
}

#[tokio::test]
async fn s46_watch_tells_when_the_server_drains_and_ends() {
    let mut server = Server::start().await;
    let mut known = server
        .health()
        .watch(of(""))
        .await
        .expect("open")
        .into_inner();
    let mut unknown = server
        .health()
        .watch(of("nothing"))
        .await
        .expect("open")
        .into_inner();
    let first = soon("a status", known.message())
        .await
        .expect("open")
        .expect("a status");
    assert_eq!(first.status(), ServingStatus::Serving);
    let first = soon("a status", unknown.message())
        .await
        .expect("open")
        .expect("a status");
    assert_eq!(first.status(), ServingStatus::ServiceUnknown);
    server.terminate();
    let next = soon("a status", known.message())
        .await
        .expect("open")
        .expect("a status");
    assert_eq!(next.status(), ServingStatus::NotServing);
    let end = soon("the end", known.message()).await.expect_err("the end");
    assert_eq!(end.code(), Code::Unavailable);
    assert!(server.ended().await.success());
}

#[tokio::test]
async fn the_admin_port_says_that_the_server_lives_and_is_ready() {
    let server = Server::start().await;
    for path in ["/healthz", "/readyz", "/"] {
        let page = get(server.admin_address(), path).await.expect("it listens");
        assert_eq!(page.status, 200, "{path}: {}", page.head);
    }
    assert_eq!(
        get(server.admin_address(), "/nothing")
            .await
            .expect("it listens")
            .status,
        404
    );
}

#[tokio::test]
async fn metrics_have_the_standard_names_and_tell_of_log_and_watches() {
    let server = Server::start().await;
    server.publish_all([event("a"), event("b")]).await;
    let request = GetEventRequest {
        name: "events/nowhere".into(),
        ..Default::default()
    };
    server
        .events()
        .get_event(request)
        .await
        .expect_err("not there");
    let _watcher = server.watch(latest("")).await;
    let wanted = [
        "entente_head_position 2",
        "entente_open_watches 1",
        "grpc_method=\"GetEvent\",grpc_code=\"NotFound\"} 1",
        "grpc_server_started_total",
        "grpc_server_handled_total",
        "grpc_server_msg_received_total",
        "grpc_server_msg_sent_total",
        "grpc_server_handling_seconds",
    ];
    let page = eventually("every metric", async || {
        let page = get(server.admin_address(), "/metrics")
            .await
            .expect("it listens");
        wanted
            .iter()
            .all(|line| page.body.contains(line))
            .then_some(page)
    })
    .await;
    assert!(
        page.head
            .to_lowercase()
            .contains("content-type: text/plain"),
        "{}",
        page.head
    );
}
