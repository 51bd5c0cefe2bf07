//! What strangers do to the port: it costs them more than us, and clients do not notice.

use std::{net::SocketAddr, time::Duration};

use bytes::Bytes;
use entente::proto::{
    health::{
        HealthCheckRequest, health_check_response::ServingStatus, health_client::HealthClient,
    },
    v1::{
        CreateEventRequest, GetEventRequest, event_service_client::EventServiceClient,
        publisher_service_client::PublisherServiceClient,
    },
};
use http::{Request, Response, StatusCode};
use prost::Message as _;
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpStream,
};
use tonic::{Code, Status, transport::Endpoint};

use crate::{
    clocked::{Clocked, passing},
    harness::{Clients, Server, Wire, assert_refused, event, eventually, get, latest, soon},
};

const CREATE: &str = "/entente.v1.PublisherService/CreateEvent";
const GET: &str = "/entente.v1.EventService/GetEvent";
const WATCH: &str = "/entente.v1.EventService/WatchEvents";

/// A client of HTTP/2 that knows nothing of gRPC.
async fn http2(address: SocketAddr) -> h2::client::SendRequest<Bytes> {
    let stream = TcpStream::connect(address).await.expect("it listens");
    let (client, connection) = h2::client::handshake(stream).await.expect("HTTP/2");
    tokio::spawn(connection);
    client.ready().await.expect("open")
}

async fn ask(
    client: &mut h2::client::SendRequest<Bytes>,
    request: Request<()>,
    body: Bytes,
) -> Response<h2::RecvStream> {
    let (answer, mut sending) = client.send_request(request, false).expect("a request");
    sending.send_data(body, true).expect("a body");
    soon("an answer", answer).await.expect("an answer")
}

fn framed(message: &impl prost::Message) -> Bytes {
    let message = message.encode_to_vec();
    let mut body = vec![0];
    body.extend(u32::try_from(message.len()).expect("short").to_be_bytes());
    body.extend(message);
    body.into()
}

fn creation() -> CreateEventRequest {
    CreateEventRequest {
        event: Some(event("of-another-origin")),
        ..Default::default()
    }
}

/// A sample of /metrics.
async fn metric(server: &Clients, name: &str) -> u64 {
    let page = get(server.admin_address(), "/metrics")
        .await
        .expect("a page");
    let line = page
        .body
        .lines()
        .find_map(|line| line.strip_prefix(name)?.strip_prefix(' '));
    let value = line.unwrap_or_else(|| panic!("no {name} in {}", page.body));
    value.trim().parse().expect("a number")
}

async fn is_closed(stream: &mut TcpStream) -> bool {
    let mut rest = Vec::new();
    // A reset is an end as well.
    let _ = soon("the end of a connection", stream.read_to_end(&mut rest)).await;
    true
}

#[tokio::test]
async fn b1_what_a_page_of_another_origin_can_send_is_not_served() {
    let server = Server::start().await;
    let mut client = http2(server.grpc_address()).await;
    let paths = [
        CREATE,
        "/grpc.health.v1.Health/Check",
        "/grpc.reflection.v1.ServerReflection/ServerReflectionInfo",
        "/made.up.Service/Method",
        "/",
    ];
    for path in paths {
        let uri = format!("http://localhost{path}");
        for content_type in ["text/plain", "application/grpc-web", "application/json"] {
            let request = Request::post(&uri).header("content-type", content_type);
            let request = request.body(()).expect("a request");
            let answer = ask(&mut client, request, framed(&creation())).await;
            let status = answer.status();
            assert_eq!(
                status,
                StatusCode::UNSUPPORTED_MEDIA_TYPE,
                "{path} {content_type}"
            );
        }
        for method in ["GET", "PUT", "OPTIONS"] {
            let request = Request::builder().method(method).uri(&uri);
            let request = request.header("content-type", "application/grpc");
            let request = request.body(()).expect("a request");
            let answer = ask(&mut client, request, framed(&creation())).await;
            assert_eq!(
                answer.status(),
                StatusCode::METHOD_NOT_ALLOWED,
                "{path} {method}"
            );
        }
    }
    assert_eq!(server.info().await.head_position, 0);
    let name = "entente_requests_refused_total{reason=\"content_type\"}";
    assert_eq!(metric(&server, name).await, 3 * paths.len() as u64);
    let request = Request::post(format!("http://localhost{CREATE}"));
    let request = request.header("content-type", "application/grpc+proto");
    let answer = ask(
        &mut client,
        request.body(()).expect("one"),
        framed(&creation()),
    )
    .await;
    assert_eq!(answer.status(), StatusCode::OK);
    eventually("the event to be written", async || {
        (server.info().await.head_position == 1).then_some(())
    })
    .await;
}

#[tokio::test]
async fn b5_silent_connections_leave_the_probes_and_other_clients_alone() {
    let server = Server::start_within(256, &["--handshake-timeout=10m"]).await;
    let mut silent = Vec::new();
    for _ in 0..240 {
        silent.push(
            TcpStream::connect(server.grpc_address())
                .await
                .expect("it listens"),
        );
    }
    let name = "entente_connections_refused_total{reason=\"connections_per_address_max\"}";
    // The client of the test is one of the 88 that this address may have.
    eventually("the others to be refused", async || {
        (metric(&server, name).await == 240 - 87).then_some(())
    })
    .await;
    // As many at the admin port, which answers the newest.
    for _ in 0..240 {
        silent.push(
            TcpStream::connect(server.admin_address())
                .await
                .expect("it listens"),
        );
    }
    for path in ["/healthz", "/readyz", "/metrics"] {
        let page = get(server.admin_address(), path).await.expect("it listens");
        assert_eq!(page.status, 200, "{path}");
    }
    server.publish(event("a")).await;
    drop(silent);
    eventually("a place to be free", async || {
        let endpoint = Endpoint::from_shared(format!("http://{}", server.grpc_address()));
        let channel = endpoint.expect("an address").connect().await.ok()?;
        let request = HealthCheckRequest::default();
        HealthClient::new(channel).check(request).await.ok()
    })
    .await;
}

#[tokio::test]
async fn b5_who_finds_no_place_is_told_so() {
    let server = Server::start_with(&["--connections-max=1"]).await;
    let mut refused = TcpStream::connect(server.grpc_address())
        .await
        .expect("it listens");
    let mut told = Vec::new();
    soon("the end", refused.read_to_end(&mut told))
        .await
        .expect("it is closed");
    assert!(told.ends_with(b"too_many_connections"), "{told:?}");
    assert_eq!(server.info().await.head_position, 0);
}

#[tokio::test]
async fn b5_a_connection_that_does_not_begin_is_closed() {
    let server = Clocked::start_with(&["--handshake-timeout=2m"]).await;
    for sent in [&b""[..], b"PRI * HTTP/2.0\r\n", b"P"] {
        let mut stream = TcpStream::connect(server.grpc_address())
            .await
            .expect("it listens");
        stream.write_all(sent).await.expect("open");
        let second = Duration::from_secs(1);
        assert!(server.pass_while(second, is_closed(&mut stream)).await);
    }
    let name = "entente_connections_refused_total{reason=\"handshake_timeout\"}";
    assert_eq!(metric(&server, name).await, 3);
    server.publish(event("a")).await;
}

#[tokio::test]
async fn b5_a_drain_does_not_wait_for_who_says_nothing() {
    // Longer than the test has patience.
    let options = ["--drain-timeout=10000h", "--handshake-timeout=10000h"];
    let server = Clocked::start_with(&options).await;
    let _silent = TcpStream::connect(server.grpc_address())
        .await
        .expect("it listens");
    let mut half = TcpStream::connect(server.grpc_address())
        .await
        .expect("it listens");
    half.write_all(b"PRI * HTTP/2.0\r\n").await.expect("open");
    // Neither this one says anything any more, not even that it got a PING.
    let _begun = Wire::connect(server.grpc_address()).await;
    let clock = server.clock().clone();
    passing(&clock, Duration::from_secs(1), server.end()).await;
}

#[tokio::test]
async fn s53_b5_a_request_that_does_not_end_is_given_up_and_a_watch_is_not() {
    let server = Clocked::start_with(&["--call-stall-timeout=2m"]).await;
    let mut watch = server.watch(latest("")).await;
    let mut client = http2(server.grpc_address()).await;
    for (what, begun, drips) in [
        ("no message", Bytes::new(), false),
        ("half a message", framed(&creation()).slice(..20), false),
        (
            "a message byte by byte",
            framed(&creation()).slice(..5),
            true,
        ),
    ] {
        let request = Request::post(format!("http://localhost{CREATE}"));
        let request = request.header("content-type", "application/grpc");
        let request = request.body(()).expect("a request");
        let (answer, mut sending) = client.send_request(request, false).expect("a request");
        sending.send_data(begun, false).expect("open");
        let clock = server.clock().clock().clone();
        let dripping = tokio::spawn(async move {
            while drips && sending.send_data(Bytes::from_static(b"\n"), false).is_ok() {
                clock.sleep(Duration::from_secs(5)).await;
            }
            sending
        });
        let second = Duration::from_secs(1);
        let answer = server.pass_while(second, answer).await.expect("an answer");
        let status = Status::from_header_map(answer.headers()).expect("a status");
        assert_refused(&status, Code::DeadlineExceeded, "REQUEST_UNFINISHED");
        drop(dripping);
        assert_eq!(server.info().await.head_position, 0, "{what}");
    }
    server.publish(event("a")).await;
    watch.changes(1).await;
}

#[tokio::test]
async fn s53_b5_headers_that_do_not_end_are_given_up() {
    let options = [
        "--http2-keepalive-interval=200ms",
        "--http2-keepalive-timeout=200ms",
    ];
    let server = Server::start_with(&options).await;
    let mut peer = Wire::connect(server.grpc_address()).await;
    peer.send(&Wire::call(1, GET, 0)).await.expect("open");
    while peer.next().await.is_some() {}
}

#[tokio::test]
async fn s53_b5_a_peer_that_does_not_read_from_its_socket_is_given_up() {
    let options = [
        "--http2-keepalive-interval=200ms",
        "--http2-keepalive-timeout=200ms",
    ];
    let server = Server::start_with(&options).await;
    let mut peer = Wire::connect(server.grpc_address()).await;
    let pings = Wire::frame(Wire::PING, 0, 0, &[7; 8]).repeat(4_000);
    // Until the answers, which nobody reads, hold the server back.
    let pause = Duration::from_millis(100);
    while let Ok(Ok(())) = tokio::time::timeout(pause, peer.send(&pings)).await {}
    eventually("the connection to be closed", async || {
        (metric(&server, "entente_connections").await == 1).then_some(())
    })
    .await;
}

#[tokio::test]
async fn b6_e8_streams_that_a_peer_breaks_are_bounded_and_not_logged() {
    let server = Server::start().await;
    let mut peer = Wire::connect(server.grpc_address()).await;
    let logged = server.log().len();
    let mut sent = 0;
    for batch in 0..100 {
        let mut frames = Vec::new();
        for n in 0..100 {
            let stream = 2 * (batch * 100 + n) + 1;
            frames.extend(Wire::call(stream, GET, Wire::END_HEADERS));
            let increment = 0x7fff_ffff_u32.to_be_bytes();
            frames.extend(Wire::frame(Wire::WINDOW_UPDATE, 0, stream, &increment));
        }
        if peer.send(&frames).await.is_err() {
            break;
        }
        sent += 100;
    }
    let mut resets = 0;
    while let Some(frame) = peer.next().await {
        resets += u32::from(frame.kind == Wire::RST_STREAM);
    }
    assert!(resets <= 1_100, "{resets} of {sent}");
    eventually("the end to be counted", async || {
        let name = "entente_connections_ended_total{reason=\"flood\"}";
        (metric(&server, name).await == 1).then_some(())
    })
    .await;
    let log = server.log();
    assert!(log.len() - logged < 4_000, "{}", &log[logged..]);
    server.publish(event("a")).await;
}

/// A connection with a watch, and calls that are cancelled as soon as they are opened.
async fn cancelling(server: &Server, calls: u32, flags: u8) -> Wire {
    let mut peer = Wire::connect(server.grpc_address()).await;
    let mut frames = Wire::call(1, WATCH, Wire::END_HEADERS);
    frames.extend(Wire::message(1, &latest("").encode_to_vec()));
    peer.send(&frames).await.expect("open");
    peer.next_of(Wire::DATA).await.expect("the watch begins");
    let mut frames = Vec::new();
    for n in 1..=calls {
        frames.extend(Wire::call(2 * n + 1, GET, Wire::END_HEADERS | flags));
        frames.extend(Wire::cancel(2 * n + 1));
    }
    // It may be closed before all is sent.
    let _ = peer.send(&frames).await;
    peer
}

#[tokio::test]
async fn b8_calls_that_are_cancelled_at_once_do_not_end_a_watch() {
    let server = Server::start().await;
    for (calls, flags) in [(21, 0), (1_000, 0), (1_000, Wire::END_STREAM), (3_000, 0)] {
        let mut peer = cancelling(&server, calls, flags).await;
        let name = format!("after-{calls}-{flags}");
        server.publish(event(&name)).await;
        loop {
            let frame = peer.next().await.expect("the connection goes on");
            assert_ne!(frame.kind, Wire::GOAWAY, "{calls} calls");
            let text = String::from_utf8_lossy(&frame.payload).into_owned();
            if frame.kind == Wire::DATA && frame.stream == 1 && text.contains(&name) {
                break;
            }
        }
    }
}

#[tokio::test]
async fn b8_a_flood_of_cancelled_calls_is_ended() {
    let server = Server::start().await;
    let logged = server.log().len();
    let mut peer = cancelling(&server, 50_000, Wire::END_STREAM).await;
    while peer.next().await.is_some() {}
    let name = "entente_connections_ended_total{reason=\"flood\"}";
    eventually("the end to be counted", async || {
        (metric(&server, name).await == 1).then_some(())
    })
    .await;
    let log = server.log();
    assert!(log.len() - logged < 4_000, "{}", &log[logged..]);
    server.publish(event("a")).await;
}

async fn health(server: &Server) -> ServingStatus {
    let endpoint = Endpoint::from_shared(format!("http://{}", server.grpc_address()));
    let channel = endpoint.expect("an address").connect().await;
    let mut client = HealthClient::new(channel.expect("it is still accepted"));
    let answer = client.check(HealthCheckRequest::default()).await;
    answer.expect("health is answered").into_inner().status()
}

#[tokio::test]
async fn b4_a_server_that_is_about_to_end_says_so_before_it_closes_its_port() {
    let mut server = Server::start_with(&["--lame-duck=10m", "--drain-timeout=60s"]).await;
    server.publish(event("a")).await;
    let watch = server.watch(latest("")).await;
    server.terminate();
    eventually("health to say so", async || {
        (health(&server).await == ServingStatus::NotServing).then_some(())
    })
    .await;
    let ready = get(server.admin_address(), "/readyz")
        .await
        .expect("it listens");
    assert_eq!(ready.status, 503);
    // A new connection, and one that was there before.
    let address = format!("http://{}", server.grpc_address());
    let mut publisher = PublisherServiceClient::connect(address)
        .await
        .expect("it is accepted");
    let refused = publisher
        .create_event(creation())
        .await
        .expect_err("it is about to end");
    assert_refused(&refused, Code::Unavailable, "DRAINING");
    let request = GetEventRequest {
        name: "events/a".to_owned(),
        ..Default::default()
    };
    let refused = EventServiceClient::new(server.channel())
        .get_event(request)
        .await;
    assert_refused(
        &refused.expect_err("the same"),
        Code::Unavailable,
        "DRAINING",
    );
    // The second signal ends that time, and then everything is as ever.
    server.terminate();
    let (_, end) = watch.into_end().await;
    assert_refused(&end.expect_err("a drain"), Code::Unavailable, "DRAINING");
    assert!(server.ended().await.success(), "{}", server.log());
    assert!(TcpStream::connect(server.grpc_address()).await.is_err());
}

#[tokio::test]
async fn b11_http1_on_the_port_of_grpc_is_told_where_to_go() {
    let server = Server::start().await;
    for request in [
        "GET / HTTP/1.1\r\nHost: localhost\r\n\r\n",
        "POST /entente.v1.EventService/GetEvent HTTP/1.1\r\nContent-Length: 0\r\n\r\n",
        "GET / HTTP/1.0\r\n\r\n",
    ] {
        let mut stream = TcpStream::connect(server.grpc_address())
            .await
            .expect("it listens");
        stream.write_all(request.as_bytes()).await.expect("open");
        let mut answer = String::new();
        let read = stream.read_to_string(&mut answer);
        soon("an answer", read).await.expect("it is text");
        assert!(
            answer.starts_with("HTTP/1.1 400 Bad Request\r\n"),
            "{answer}"
        );
        let admin = format!("http://{}\n", server.admin_address());
        assert!(
            answer.contains("gRPC") && answer.ends_with(&admin),
            "{answer}"
        );
    }
}

#[tokio::test]
async fn b11_too_much_metadata_is_refused_in_words_and_the_connection_stays() {
    let server = Server::start().await;
    server.publish(event("a")).await;
    let mut watch = server.watch(latest("")).await;
    for len in [17_000, 100_000] {
        let mut request = tonic::Request::new(GetEventRequest {
            name: "events/a".to_owned(),
            ..Default::default()
        });
        let value = "x".repeat(len).parse().expect("ASCII");
        request.metadata_mut().insert("x-too-much", value);
        let refused = server
            .events()
            .get_event(request)
            .await
            .expect_err("too much");
        let metadata = assert_refused(&refused, Code::ResourceExhausted, "METADATA_TOO_LARGE");
        assert_eq!(metadata["limit"], "16384");
    }
    // The same connection.
    server.publish(event("b")).await;
    watch.changes(1).await;
}
