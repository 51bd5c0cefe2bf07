//! Requests that cannot be understood: filters, sizes, limits, bytes.

use bytes::Bytes;
use entente::proto::v1::{
    CreateEventRequest, ExplainFilterRequest, GetEventRequest, ListEventsRequest,
    ListPartnershipsRequest, ListWatchesRequest, SummarizeEventsRequest, WatchEventsRequest,
};
use tokio::{io::AsyncWriteExt as _, net::TcpStream};
use tonic::{Code, Status};
use tonic_types::StatusExt as _;

use crate::harness::{
    Random, Server, Watcher, assert_invalid_fields, assert_refused, call_raw, event, eventually,
    info, latest, retry_delay,
};

async fn filter_refusal(server: &Server, filter: &str) -> Status {
    let request = ListEventsRequest {
        filter: filter.to_owned(),
        ..Default::default()
    };
    server
        .events()
        .list_events(request)
        .await
        .expect_err(filter)
}

#[tokio::test]
async fn a_filter_that_cannot_be_read_is_refused_with_the_place_and_what_may_stand_there() {
    let server = Server::start().await;
    for (filter, offset, fragment, expected) in [
        ("colour = RED", 0, "colour", "kind"),
        ("kind = PARTY", 7, "PARTY", "MEETING"),
        ("kind = MEETING AND (party:JP", 28, "", ")"),
        ("kind =", 6, "", ""),
        ("date > \"2025-13\"", 7, "2025-13", ""),
        ("party:XX", 6, "XX", ""),
        ("text:\"open", 5, "\"open", ""),
    ] {
        let refused = filter_refusal(&server, filter).await;
        let metadata = assert_refused(&refused, Code::InvalidArgument, "FILTER_INVALID");
        assert_eq!(
            metadata["offset"],
            offset.to_string(),
            "{filter}: {refused:?}"
        );
        assert!(
            metadata["fragment"].contains(fragment),
            "{filter}: {metadata:?}"
        );
        assert!(
            metadata["expected"].contains(expected),
            "{filter}: {metadata:?}"
        );
        let violations = refused
            .get_details_bad_request()
            .expect("where it is")
            .field_violations;
        assert_eq!(violations[0].field, "filter");
    }
}

#[tokio::test]
async fn a_misspelt_name_or_value_is_told_what_was_probably_meant() {
    let server = Server::start().await;
    for (filter, meant) in [("knd = MEETING", "kind"), ("kind = MEETIN", "MEETING")] {
        let refused = filter_refusal(&server, filter).await;
        assert!(
            refused
                .message()
                .contains(&format!("did you mean `{meant}`")),
            "{refused:?}"
        );
    }
}

#[tokio::test]
async fn every_method_with_a_filter_refuses_it_alike() {
    let server = Server::start().await;
    let filter = || "colour = RED".to_owned();
    let mut events = server.events();
    let group_by = vec!["kind".to_owned()];
    let summarize = SummarizeEventsRequest {
        filter: filter(),
        group_by,
        ..Default::default()
    };
    let explain = ExplainFilterRequest {
        filter: filter(),
        ..Default::default()
    };
    let list = ListPartnershipsRequest {
        filter: filter(),
        ..Default::default()
    };
    for refused in [
        filter_refusal(&server, &filter()).await,
        events
            .summarize_events(summarize)
            .await
            .expect_err("unknown field"),
        events
            .explain_filter(explain)
            .await
            .expect_err("unknown field"),
        Watcher::try_open(&server, latest(&filter()))
            .await
            .err()
            .expect("unknown field"),
        server
            .partnerships()
            .list_partnerships(list)
            .await
            .expect_err("unknown field"),
    ] {
        assert_refused(&refused, Code::InvalidArgument, "FILTER_INVALID");
    }
}

#[tokio::test]
async fn a_filter_has_bounds() {
    let server = Server::start().await;
    let long = format!("text:\"{}\"", "x".repeat(4_000));
    let deep = format!("{}kind = MEETING{}", "(".repeat(1_000), ")".repeat(1_000));
    for filter in [&long, &deep] {
        let refused = filter_refusal(&server, filter).await;
        assert_refused(&refused, Code::InvalidArgument, "FILTER_INVALID");
    }
    let many = vec!["kind = MEETING"; 150].join(" OR ");
    let request = ListEventsRequest {
        filter: many,
        ..Default::default()
    };
    // Long but within the bounds: an answer or a refusal by name, at once.
    if let Err(refused) = server.events().list_events(request).await {
        assert_refused(&refused, Code::InvalidArgument, "FILTER_INVALID");
    }
}

#[tokio::test]
async fn numbers_out_of_bounds_are_refused() {
    let server = Server::start().await;
    let list = ListEventsRequest {
        page_size: -1,
        ..Default::default()
    };
    let refused = server
        .events()
        .list_events(list)
        .await
        .expect_err("negative");
    assert_invalid_fields(&refused, &["page_size"]);
    let list = ListEventsRequest {
        as_of_position: -1,
        ..Default::default()
    };
    let refused = server
        .events()
        .list_events(list)
        .await
        .expect_err("negative");
    assert_invalid_fields(&refused, &["as_of_position"]);
    let get = GetEventRequest {
        name: "events/a".into(),
        min_position: -1,
        ..Default::default()
    };
    let refused = server.events().get_event(get).await.expect_err("negative");
    assert_invalid_fields(&refused, &["min_position"]);
    let list = ListWatchesRequest {
        page_size: -1,
        ..Default::default()
    };
    let refused = server
        .admin()
        .list_watches(list)
        .await
        .expect_err("negative");
    assert_invalid_fields(&refused, &["page_size"]);
}

#[tokio::test]
async fn every_wrong_field_of_a_watch_is_told_at_once() {
    let server = Server::start().await;
    let seconds = |seconds| Some(prost_types::Duration { seconds, nanos: 0 });
    let request = WatchEventsRequest {
        view: 99,
        heartbeat_interval: seconds(56),
        max_age: seconds(0),
        client_label: "x".repeat(101),
        ..latest("")
    };
    let refused = Watcher::try_open(&server, request)
        .await
        .err()
        .expect("refused");
    let fields = ["view", "heartbeat_interval", "max_age", "client_label"];
    assert_invalid_fields(&refused, &fields);
    for heartbeat in [-1, 0, 56, i64::MAX] {
        let request = WatchEventsRequest {
            heartbeat_interval: seconds(heartbeat),
            ..latest("")
        };
        let refused = Watcher::try_open(&server, request)
            .await
            .err()
            .expect("refused");
        assert_invalid_fields(&refused, &["heartbeat_interval"]);
    }
}

/// Trial A14.
#[tokio::test]
async fn a14_durations_are_told_exactly() {
    let server = Server::start().await;
    let duration = |seconds, nanos| Some(prost_types::Duration { seconds, nanos });
    for (heartbeat, max_age, field, told) in [
        (
            duration(55, 1),
            None,
            "heartbeat_interval",
            "is 55.000000001s; send 1s to 55s",
        ),
        (
            duration(0, 999_999_999),
            None,
            "heartbeat_interval",
            "is 0.999999999s; send",
        ),
        (
            None,
            duration(0, 500_000_000),
            "max_age",
            "is 0.500s; send at least 1s",
        ),
        (None, duration(-1, 0), "max_age", "is -1s; send at least 1s"),
    ] {
        let request = WatchEventsRequest {
            heartbeat_interval: heartbeat,
            max_age,
            ..latest("")
        };
        let refused = Watcher::try_open(&server, request).await;
        let refused = refused.err().expect("refused");
        assert_invalid_fields(&refused, &[field]);
        assert!(refused.message().contains(told), "{refused:?}");
    }
}

#[tokio::test]
async fn s34_a_watch_too_many_is_refused_before_any_frame() {
    let server = Server::start_with(&["--watches-max=2"]).await;
    let first = server.watch(latest("")).await;
    let second = server.watch(latest("")).await;
    let refused = Watcher::try_open(&server, latest(""))
        .await
        .err()
        .expect("the third");
    let metadata = assert_refused(&refused, Code::ResourceExhausted, "WATCH_LIMIT");
    assert_eq!(metadata["limit"], "2");
    assert!(
        refused
            .get_details_quota_failure()
            .is_some_and(|quota| quota.violations.len() == 1)
    );
    assert!(!retry_delay(&refused).is_zero());
    drop(first);
    eventually("a place to be free", async || {
        Watcher::try_open(&server, latest("")).await.ok().map(drop)
    })
    .await;
    drop(second);
}

#[tokio::test]
async fn s34_one_client_cannot_take_every_place() {
    let server = Server::start_with(&["--watches-per-client-max=2"]).await;
    let first = server.watch(latest("")).await;
    let _second = server.watch(latest("")).await;
    let refused = Watcher::try_open(&server, latest("")).await;
    let refused = refused.err().expect("the third of one address");
    let metadata = assert_refused(&refused, Code::ResourceExhausted, "WATCH_LIMIT");
    assert_eq!((&*metadata["limit"], &*metadata["scope"]), ("2", "client"));
    let quota = refused.get_details_quota_failure().expect("a quota");
    assert_eq!(quota.violations[0].subject, "client:127.0.0.1");
    assert!(!retry_delay(&refused).is_zero());
    drop(first);
    eventually("a place to be free", async || {
        Watcher::try_open(&server, latest("")).await.ok().map(drop)
    })
    .await;
}

#[tokio::test]
async fn a_request_that_is_too_large_is_refused_with_the_limit() {
    let server = Server::start_with(&["--message-size-max=64KiB"]).await;
    let mut large = event("a");
    large.notes = "x".repeat(70_000);
    let request = CreateEventRequest {
        event: Some(large),
        ..Default::default()
    };
    let refused = server
        .publisher()
        .create_event(request)
        .await
        .expect_err("too large");
    let metadata = assert_refused(&refused, Code::ResourceExhausted, "MESSAGE_TOO_LARGE");
    assert_eq!(metadata["limit"], "65536");
    server.publish(event("a")).await;
}

#[tokio::test]
async fn a_method_or_service_that_there_is_not_is_unimplemented() {
    let server = Server::start().await;
    for path in [
        "/entente.v1.EventService/Nothing",
        "/entente.v2.EventService/GetEvent",
    ] {
        let refused = call_raw(server.channel(), path, Bytes::new())
            .await
            .expect_err(path);
        assert_eq!(refused.code(), Code::Unimplemented, "{refused:?}");
    }
}

#[tokio::test]
async fn d12_no_bytes_sent_to_any_method_harm_the_server() {
    const METHODS: [&str; 19] = [
        "EventService/GetEvent",
        "EventService/BatchGetEvents",
        "EventService/ListEvents",
        "EventService/ListEventRevisions",
        "EventService/SummarizeEvents",
        "EventService/ExplainFilter",
        "PartnershipService/GetPartnership",
        "PartnershipService/CreatePartnership",
        "BodyService/ListBodies",
        "BodyService/CreateBody",
        "PublisherService/GetTracking",
        "PublisherService/CreateEvent",
        "PublisherService/BatchCreateEvents",
        "PublisherService/UpdateEvent",
        "PublisherService/RetractEvent",
        "PublisherService/MergeEvents",
        "AdminService/GetServerInfo",
        "AdminService/ListWatches",
        "AdminService/DisconnectWatch",
    ];
    let server = Server::start().await;
    let mut random = Random::new(12);
    for method in METHODS {
        for _ in 0..40 {
            let length = random.below(60);
            let bytes: Vec<u8> = (0..length).map(|_| random.below(256) as u8).collect();
            let path = format!("/entente.v1.{method}");
            let answer = call_raw(server.channel(), &path, bytes.clone().into()).await;
            if let Err(status) = answer {
                assert_ne!(
                    status.code(),
                    Code::Unknown,
                    "{method} {bytes:?}: {status:?}"
                );
                assert_ne!(
                    status.code(),
                    Code::Unavailable,
                    "{method} {bytes:?}: {status:?}"
                );
            }
        }
    }
    server.publish(event("still-here")).await;
    assert!(!server.log().contains("panicked"), "{}", server.log());
}

#[tokio::test]
async fn d12_no_bytes_on_the_port_harm_the_server() {
    let server = Server::start().await;
    let mut random = Random::new(21);
    let preface = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";
    for round in 0..60 {
        let address = [server.grpc_address(), server.admin_address()][round % 2];
        let mut connection = TcpStream::connect(address).await.expect("it listens");
        let mut bytes: Vec<u8> = if round % 4 == 0 {
            preface.to_vec()
        } else {
            Vec::new()
        };
        bytes.extend((0..random.below(400)).map(|_| random.below(256) as u8));
        // The server may hang up in the middle.
        let _ = connection.write_all(&bytes).await;
    }
    server.publish(event("still-here")).await;
    assert!(!server.log().contains("panicked"), "{}", server.log());
}

#[tokio::test]
async fn s39_bytes_that_are_no_message_are_refused_with_a_reason() {
    let server = Server::start().await;
    let path = "/entente.v1.EventService/GetEvent";
    let refused = call_raw(server.channel(), path, Bytes::from_static(&[0xff; 9])).await;
    let refused = refused.expect_err("no message");
    assert_eq!(refused.code(), Code::InvalidArgument, "{refused:?}");
    info(&refused);
}
