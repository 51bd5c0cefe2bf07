//! Compressed requests and answers, as foreign clients send and want them (trial B2).

use std::io::{Read as _, Write as _};

use entente::proto::v1::{
    Compression as Asked, GetEventRequest, GetEventResponse, ListEventsRequest, ListEventsResponse,
    WatchEventsRequest, WatchEventsResponse,
    watch_events_request::{Begin, End},
    watch_events_response::Payload,
};
use flate2::{Compression, read::GzDecoder, write::GzEncoder};
use prost::Message as _;
use tonic::Code;
use tonic_reflection::pb::v1::{
    ServerReflectionRequest, server_reflection_request::MessageRequest,
};

use crate::harness::{Build as _, Http2, Server, assert_refused, event, framed, framed_bytes};

const GET: &str = "/entente.v1.EventService/GetEvent";
const LIST: &str = "/entente.v1.EventService/ListEvents";
const WATCH: &str = "/entente.v1.EventService/WatchEvents";

fn request() -> GetEventRequest {
    GetEventRequest {
        name: "events/a".to_owned(),
        ..Default::default()
    }
}

fn whole_log(compression: Asked) -> WatchEventsRequest {
    WatchEventsRequest {
        begin: Some(Begin::AfterPosition(0)),
        end: Some(End::StopWhenCaughtUp(true)),
        compression: compression.into(),
        ..Default::default()
    }
}

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
    encoder.write_all(bytes).expect("memory");
    encoder.finish().expect("memory")
}

fn unpacked(encoding: &str, bytes: &[u8]) -> Vec<u8> {
    let mut unpacked = Vec::new();
    match encoding {
        "gzip" => GzDecoder::new(bytes).read_to_end(&mut unpacked).map(|_| ()),
        "zstd" => zstd::stream::copy_decode(bytes, &mut unpacked),
        other => panic!("{other}"),
    }
    .expect("it is compressed");
    unpacked
}

#[tokio::test]
async fn b2_compressed_requests_are_taken() {
    let server = Server::start().await;
    server.publish(event("a")).await;
    let connection = Http2::connect(server.grpc_address(), 1 << 20).await;
    let message = request().encode_to_vec();
    let zstd = zstd::bulk::compress(&message, 1).expect("memory");
    for (encoding, flag, bytes) in [
        ("gzip", 1, gzip(&message)),
        ("zstd", 1, zstd),
        ("gzip", 0, message.clone()),
        ("identity", 0, message),
    ] {
        let headers = [("grpc-encoding", encoding)];
        let call = connection
            .call(GET, &headers, framed_bytes(flag, &bytes))
            .await;
        let answer = call.answer().await;
        assert_eq!(answer.status().code(), Code::Ok, "{encoding}: {answer:?}");
        let read = GetEventResponse::decode(&answer.body[5..]).expect("a message");
        assert_eq!(read.event.expect("an event").name, "events/a");
    }
}

/// A client that compresses every request could not use reflection, and was told that there is none.
#[tokio::test]
async fn b2_health_and_reflection_take_compressed_requests_too() {
    let server = Server::start().await;
    let connection = Http2::connect(server.grpc_address(), 1 << 20).await;
    let list = ServerReflectionRequest {
        message_request: Some(MessageRequest::ListServices(String::new())),
        ..Default::default()
    };
    let asked = [
        ("/grpc.health.v1.Health/Check", Vec::new()),
        (
            "/grpc.reflection.v1.ServerReflection/ServerReflectionInfo",
            list.encode_to_vec(),
        ),
    ];
    for (path, message) in asked {
        let headers = [("grpc-encoding", "gzip")];
        let call = connection
            .call(path, &headers, framed_bytes(1, &gzip(&message)))
            .await;
        let answer = call.answer().await;
        assert_eq!(answer.status().code(), Code::Ok, "{path}: {answer:?}");
        let headers = [("grpc-encoding", "br")];
        let call = connection
            .call(path, &headers, framed_bytes(1, &message))
            .await;
        let refused = call.answer().await.status();
        assert_refused(&refused, Code::Unimplemented, "ENCODING_UNSUPPORTED");
    }
}

#[tokio::test]
async fn b2_long_answers_are_compressed_for_who_accepts_it() {
    let server = Server::start().await;
    server.publish(event("a")).await;
    server
        .publish_all((0..30).map(|n| event(&format!("e-{n}")).heavy()))
        .await;
    let connection = Http2::connect(server.grpc_address(), 4 << 20).await;
    let list = ListEventsRequest {
        view: entente::proto::v1::View::Full.into(),
        ..Default::default()
    };
    let plain = connection
        .call(LIST, &[], framed(&list))
        .await
        .answer()
        .await;
    assert_eq!(plain.body[0], 0);
    for (accepted, encoding) in [("identity, deflate, gzip", "gzip"), ("zstd", "zstd")] {
        let headers = [("grpc-accept-encoding", accepted)];
        let answer = connection
            .call(LIST, &headers, framed(&list))
            .await
            .answer()
            .await;
        assert_eq!(answer.headers["grpc-encoding"], encoding);
        assert_eq!(answer.body[0], 1);
        assert!(
            answer.body.len() < plain.body.len() / 2,
            "{}",
            answer.body.len()
        );
        let read = ListEventsResponse::decode(&*unpacked(encoding, &answer.body[5..]));
        let plain = ListEventsResponse::decode(&plain.body[5..]).expect("a message");
        assert_eq!(read.expect("a message").events, plain.events);
        // Short answers stay as they are, and so do streams of changes that ask for nothing.
        let short = connection
            .call(GET, &headers, framed(&request()))
            .await
            .answer()
            .await;
        assert_eq!(short.body[0], 0, "{short:?}");
        let watch = connection
            .call(WATCH, &headers, framed(&whole_log(Asked::Unspecified)))
            .await
            .answer()
            .await;
        assert!(!watch.headers.contains_key("grpc-encoding"));
        assert_eq!(watch.body[0], 0);
    }
}

/// The flag and the content of each message, unpacked.
fn messages(encoding: &str, mut body: &[u8]) -> Vec<(u8, Vec<u8>)> {
    let mut messages = Vec::new();
    while let [flag, a, b, c, d, rest @ ..] = body {
        let (message, rest) = rest.split_at(u32::from_be_bytes([*a, *b, *c, *d]) as usize);
        messages.push(match flag {
            1 => (1, unpacked(encoding, message)),
            flag => (*flag, message.to_vec()),
        });
        body = rest;
    }
    messages
}

#[tokio::test]
async fn b2_a_watch_is_compressed_when_its_request_names_it() {
    let server = Server::start().await;
    let off = Server::start_with(&["--compression=off"]).await;
    for server in [&server, &off] {
        server.publish(event("short")).await;
        server
            .publish_all((0..30).map(|n| event(&format!("e-{n}")).heavy()))
            .await;
    }
    let headers = [("grpc-accept-encoding", "gzip,zstd")];
    for (compression, encoding) in [(Asked::Gzip, "gzip"), (Asked::Zstd, "zstd")] {
        let connection = Http2::connect(server.grpc_address(), 4 << 20).await;
        let call = connection
            .call(WATCH, &headers, framed(&whole_log(compression)))
            .await;
        let answer = call.answer().await;
        assert_eq!(answer.headers["grpc-encoding"], encoding);
        let mut changes = 0;
        for (n, (flag, message)) in messages(encoding, &answer.body).into_iter().enumerate() {
            let frame = WatchEventsResponse::decode(&*message).expect("a frame");
            assert_eq!(usize::try_from(frame.frame).ok(), Some(n + 1));
            assert_eq!(flag, u8::from(message.len() > 1 << 10), "frame {n}");
            changes += usize::from(matches!(frame.payload, Some(Payload::Change(_))));
        }
        assert_eq!(changes, 31);
        let connection = Http2::connect(off.grpc_address(), 4 << 20).await;
        let call = connection
            .call(WATCH, &headers, framed(&whole_log(compression)))
            .await;
        let answer = call.answer().await;
        assert!(!answer.headers.contains_key("grpc-encoding"));
        assert!(
            messages("", &answer.body)
                .iter()
                .all(|(flag, _)| *flag == 0)
        );
        // A client that could not read the frames is told so.
        let call = connection
            .call(WATCH, &[], framed(&whole_log(compression)))
            .await;
        let status = call.answer().await.status();
        assert_refused(&status, Code::InvalidArgument, "FIELD_INVALID");
        assert!(
            status.message().contains("grpc-accept-encoding"),
            "{status:?}"
        );
    }
}

#[tokio::test]
async fn b2_an_encoding_that_there_is_not_is_refused_with_those_there_are() {
    let server = Server::start().await;
    let off = Server::start_with(&["--compression=off"]).await;
    for (server, encoding, accepted) in [
        (&server, "br", "gzip,zstd,identity"),
        (&off, "gzip", "identity"),
    ] {
        let connection = Http2::connect(server.grpc_address(), 1 << 20).await;
        let headers = [
            ("grpc-encoding", encoding),
            ("grpc-accept-encoding", "gzip"),
        ];
        let call = connection.call(GET, &headers, framed_bytes(1, b"x")).await;
        let answer = call.answer().await;
        assert_refused(
            &answer.status(),
            Code::Unimplemented,
            "ENCODING_UNSUPPORTED",
        );
        assert_eq!(answer.headers["grpc-accept-encoding"], accepted);
    }
    off.publish(event("a").heavy()).await;
    let connection = Http2::connect(off.grpc_address(), 1 << 20).await;
    let headers = [("grpc-accept-encoding", "gzip")];
    let answer = connection
        .call(GET, &headers, framed(&request()))
        .await
        .answer()
        .await;
    assert_eq!(answer.body[0], 0);
}

#[tokio::test]
async fn b2_what_unpacks_beyond_the_bound_is_refused_before_it_has() {
    let server = Server::start().await;
    let connection = Http2::connect(server.grpc_address(), 1 << 20).await;
    let zeros = vec![0; 300 << 20];
    let zstd = zstd::bulk::compress(&zeros, 1).expect("memory");
    for (encoding, bomb) in [("gzip", gzip(&zeros)), ("zstd", zstd)] {
        let headers = [("grpc-encoding", encoding)];
        let call = connection.call(GET, &headers, framed_bytes(1, &bomb)).await;
        let status = call.answer().await.status();
        let metadata = assert_refused(&status, Code::ResourceExhausted, "MESSAGE_TOO_LARGE");
        assert_eq!(metadata["limit"], (4 << 20).to_string());
    }
    let peak = server.peak_resident_bytes();
    assert!(peak < 200 << 20, "{peak} bytes");
}
