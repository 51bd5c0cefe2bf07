use std::time::Duration;

use tokio_util::sync::CancellationToken;
use tonic::{
    codegen::http::uri::PathAndQuery,
    service::Routes,
    transport::{Channel, Endpoint},
};

use super::*;
use crate::{
    grpc::HealthReporter,
    proto::{
        DESCRIPTORS,
        health::{HealthCheckRequest, HealthCheckResponse, health_client::HealthClient},
    },
    server::listen::bind,
};

struct Fixture {
    rpcs: Arc<RpcMetrics>,
    health: HealthReporter,
    channel: Channel,
    _stop: tokio_util::sync::DropGuard,
}

impl Fixture {
    /// The health service behind the layer, and a client, on a real socket.
    async fn new() -> Self {
        let rpcs = Arc::new(RpcMetrics::new(&[DESCRIPTORS]));
        let health = HealthReporter::new(&[]);
        let listener = bind(([127, 0, 0, 1], 0).into(), "")
            .await
            .expect("a free port");
        let address = listener.local_addr().expect("bound");
        let stop = CancellationToken::new();
        let serving = tonic::transport::Server::builder()
            .layer(MetricsLayer::new(rpcs.clone()))
            .serve_with_incoming_shutdown(
                Routes::new(health.service()),
                tonic::transport::server::TcpIncoming::from(listener),
                stop.clone().cancelled_owned(),
            );
        tokio::spawn(serving);
        let endpoint = Endpoint::from_shared(format!("http://{address}")).expect("an address");
        let channel = endpoint.connect().await.expect("listening");
        Self {
            rpcs,
            health,
            channel,
            _stop: stop.drop_guard(),
        }
    }

    fn client(&self) -> HealthClient<Channel> {
        HealthClient::new(self.channel.clone())
    }

    fn method(&self, name: &str) -> &MethodMetrics {
        self.rpcs
            .of_path(&format!("/grpc.health.v1.Health/{name}"))
            .expect("a health method")
    }

    fn page(&self) -> String {
        let mut registry = prometheus_client::registry::Registry::default();
        registry.register_collector(Box::new(self.rpcs.clone()));
        let mut page = String::new();
        prometheus_client::encoding::text::encode(&mut page, &registry).expect("a page");
        page
    }

    /// The end of a call is counted after the client has seen it.
    async fn handled(&self, method: &MethodMetrics, code: Code) -> u64 {
        for _ in 0..500 {
            if method.handled(code).get() > 0 {
                break;
            }
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        method.handled(code).get()
    }
}

fn ask(service: &str) -> HealthCheckRequest {
    HealthCheckRequest {
        service: service.to_owned(),
    }
}

#[tokio::test]
async fn a_unary_call_counts_one_message_each_way_and_its_time() {
    let fixture = Fixture::new().await;
    fixture.client().check(ask("")).await.expect("healthy");
    let check = fixture.method("Check");
    assert_eq!(fixture.handled(check, Code::Ok).await, 1);
    assert_eq!(
        (check.started.get(), check.received.get(), check.sent.get()),
        (1, 1, 1)
    );
    let page = fixture.page();
    let labels = r#"grpc_service="grpc.health.v1.Health",grpc_method="Check""#;
    let line = format!("grpc_server_handling_seconds_count{{grpc_type=\"unary\",{labels}}} 1\n");
    assert!(page.contains(&line), "{page}");
}

#[tokio::test]
async fn a_status_without_a_message_is_read_from_the_headers() {
    let fixture = Fixture::new().await;
    fixture
        .client()
        .check(ask("nothing"))
        .await
        .expect_err("unknown");
    let check = fixture.method("Check");
    assert_eq!(fixture.handled(check, Code::NotFound).await, 1);
    assert_eq!((check.sent.get(), check.handled(Code::Ok).get()), (0, 0));
}

#[tokio::test]
async fn the_status_of_a_stream_is_read_from_the_trailers() {
    let fixture = Fixture::new().await;
    let mut stream = fixture
        .client()
        .watch(ask(""))
        .await
        .expect("open")
        .into_inner();
    stream.message().await.expect("the first status");
    fixture.health.serving();
    stream.message().await.expect("the second status");
    fixture.health.end();
    stream.message().await.expect("the last status");
    stream.message().await.expect_err("the end");
    let watch = fixture.method("Watch");
    assert_eq!(fixture.handled(watch, Code::Unavailable).await, 1);
    assert_eq!((watch.sent.get(), watch.handled(Code::Ok).get()), (3, 0));
}

#[tokio::test]
async fn a_stream_that_the_client_drops_counts_as_canceled() {
    let fixture = Fixture::new().await;
    let mut stream = fixture
        .client()
        .watch(ask(""))
        .await
        .expect("open")
        .into_inner();
    stream.message().await.expect("the first status");
    assert_eq!(
        fixture.rpcs.open_calls(),
        [("grpc.health.v1.Health/Watch".to_owned(), 1)]
    );
    drop(stream);
    let watch = fixture.method("Watch");
    assert_eq!(fixture.handled(watch, Code::Cancelled).await, 1);
    assert_eq!(fixture.rpcs.open_calls(), []);
}

#[tokio::test]
async fn paths_that_clients_make_up_share_one_name() {
    let fixture = Fixture::new().await;
    let mut client = tonic::client::Grpc::new(fixture.channel.clone());
    for path in [
        "/made.up/One",
        "/made.up/Two",
        "/grpc.health.v1.Health/Three",
    ] {
        client.ready().await.expect("connected");
        let path = PathAndQuery::from_static(path);
        let codec = tonic_prost::ProstCodec::<_, HealthCheckResponse>::default();
        let status = client
            .unary(tonic::Request::new(ask("")), path, codec)
            .await;
        assert_eq!(status.expect_err("unknown").code(), Code::Unimplemented);
    }
    let unknown = fixture.rpcs.unknown();
    assert_eq!(
        (
            unknown.started.get(),
            unknown.handled(Code::Unimplemented).get()
        ),
        (3, 3)
    );
}
