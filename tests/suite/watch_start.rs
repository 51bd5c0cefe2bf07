//! S01-S03, S08-S10, S14: where a watch begins.

use std::time::{Duration, Instant};

use entente::proto::v1::{
    CreateSubscriptionRequest, SeekSubscriptionRequest, Start, WatchEventsRequest,
    create_subscription_request, seek_subscription_request,
    subscription_service_client::SubscriptionServiceClient, watch_events_request::Begin,
};
use prost::Message as _;
use prost_types::Timestamp;
use tonic::Code;

use crate::harness::{
    Build, Http2, Server, Watcher, after, assert_invalid_fields, assert_refused, earliest, event,
    framed_bytes, latest, position_of, resumed, snapshot,
};

/// The guarantee says 100 ms. A machine that runs other tests at the same time may take longer, and
/// what the guarantee is against, a stream that is silent until something happens, takes 15 s.
const FIRST_FRAME_MAX: Duration = Duration::from_secs(10);

#[tokio::test]
async fn s01_the_first_frame_comes_at_once_also_from_an_empty_store() {
    let server = Server::start().await;
    for request in [
        latest(""),
        earliest(""),
        snapshot(""),
        latest("kind = MEETING"),
    ] {
        let asked = Instant::now();
        let watcher = server.watch(request.clone()).await;
        assert!(
            asked.elapsed() < FIRST_FRAME_MAX,
            "{request:?}: {:?}",
            asked.elapsed()
        );
        assert_eq!(watcher.started().head_position, 0);
    }
}

#[tokio::test]
async fn s01_the_first_frame_comes_at_once_under_a_filter_that_matches_nothing() {
    let server = Server::start().await;
    server
        .publish_all((0..500).map(|n| event(&format!("e-{n}"))))
        .await;
    let asked = Instant::now();
    server.watch(earliest("topic:nothing-has-it")).await;
    assert!(asked.elapsed() < FIRST_FRAME_MAX, "{:?}", asked.elapsed());
}

#[tokio::test]
async fn s02_started_tells_what_is_in_force() {
    let server = Server::start_with(&["--heartbeat-default=7s", "--watch-max-age=10m"]).await;
    server.publish_all([event("a"), event("b")]).await;
    let watcher = server.watch(latest("kind = meeting  AND party:JP")).await;
    let started = watcher.started();
    assert!(started.watch.starts_with("watches/"), "{started:?}");
    assert!(
        started.normalized_filter.contains("kind = MEETING"),
        "{started:?}"
    );
    assert!(
        started.normalized_filter.contains("exercise"),
        "its default is written out: {started:?}"
    );
    assert_eq!((started.oldest_position, started.head_position), (1, 2));
    assert_eq!(seconds(started.heartbeat_interval), Some(7));
    let max_age = seconds(started.max_age).expect("every stream has an age");
    assert!((540..=660).contains(&max_age), "{max_age}");
    assert_eq!(started.store_epoch, server.info().await.store_epoch);
}

#[tokio::test]
async fn s02_a_heartbeat_that_was_asked_for_is_in_force() {
    let server = Server::start().await;
    let heartbeat_interval = Some(prost_types::Duration {
        seconds: 3,
        nanos: 0,
    });
    let watcher = server
        .watch(WatchEventsRequest {
            heartbeat_interval,
            ..latest("")
        })
        .await;
    assert_eq!(seconds(watcher.started().heartbeat_interval), Some(3));
}

#[tokio::test]
async fn s03_the_first_change_is_the_next_matching_one_after_the_position() {
    let server = Server::start().await;
    let with_topic = |n: usize| match n % 3 {
        0 => event(&format!("e-{n}")).with_topic("chips"),
        _ => event(&format!("e-{n}")),
    };
    let written = server.publish_all((0..30).map(with_topic)).await;
    let matching: Vec<i64> = written
        .iter()
        .step_by(3)
        .map(|event| event.position)
        .collect();
    for start in 0..30 {
        let mut watcher = server.watch(after("topic:chips", start)).await;
        let first = matching.iter().find(|position| **position > start);
        match first {
            Some(first) => assert_eq!(position_of(&watcher.change().await), *first, "{start}"),
            None => assert_eq!(watcher.until_caught_up().await.0, [], "{start}"),
        }
    }
}

#[tokio::test]
async fn s03_latest_begins_with_what_is_written_next() {
    let server = Server::start().await;
    server.publish(event("before")).await;
    for request in [latest(""), WatchEventsRequest::default()] {
        let mut watcher = server.watch(request).await;
        assert_eq!(watcher.until_caught_up().await.0, []);
        let next = server
            .publish(event(&format!("after-{}", watcher.started().head_position)))
            .await;
        assert_eq!(position_of(&watcher.change().await), next.position);
    }
}

#[tokio::test]
async fn s08_a_position_beyond_the_head_is_refused_with_the_head() {
    let server = Server::start().await;
    server
        .publish_all([event("a"), event("b"), event("c")])
        .await;
    let refused = Watcher::try_open(&server, after("", 4))
        .await
        .err()
        .expect("a refusal");
    let metadata = assert_refused(&refused, Code::OutOfRange, "POSITION_IN_FUTURE");
    assert_eq!(metadata["requestedPosition"], "4");
    assert_eq!(metadata["oldestPosition"], "1");
    assert_eq!(metadata["headPosition"], "3");
    server.watch(after("", 3)).await;
}

#[tokio::test]
async fn s09_every_position_there_ever_was_can_be_read_from() {
    let mut server = Server::start().await;
    server
        .publish_all((0..20).map(|n| event(&format!("e-{n}"))))
        .await;
    server.kill_and_start_again().await;
    for start in [0, 1, 19, 20] {
        let mut watcher = server.watch(after("", start)).await;
        assert_eq!(watcher.started().oldest_position, 1);
        let (changes, _) = watcher.until_caught_up().await;
        let positions: Vec<i64> = changes.iter().map(position_of).collect();
        assert_eq!(positions, (start + 1..=20).collect::<Vec<_>>());
    }
    assert_eq!(server.info().await.oldest_position, 1);
    let refused = Watcher::try_open(&server, after("", -1))
        .await
        .err()
        .expect("a refusal");
    assert_invalid_fields(&refused, &["after_position"]);
}

#[tokio::test]
async fn s10_a_start_time_gives_exactly_what_was_committed_at_or_after_it() {
    let server = Server::start().await;
    let mut times = Vec::new();
    for n in 0..8 {
        let event = server.publish(event(&format!("e-{n}"))).await;
        times.push((event.position, event.update_time.expect("a commit time")));
    }
    let earlier_than_all = Timestamp {
        seconds: times[0].1.seconds - 10,
        nanos: 0,
    };
    let later_than_all = Timestamp {
        seconds: times[7].1.seconds + 3600,
        nanos: 0,
    };
    let just_after = |time: Timestamp| {
        Timestamp {
            nanos: time.nanos + 1_000,
            ..time
        }
        .normalized()
    };
    let at = times.iter().map(|(_, time)| *time);
    let starts = at
        .clone()
        .chain(at.map(just_after))
        .chain([earlier_than_all, later_than_all]);
    for start in starts.collect::<Vec<_>>() {
        let begin = Some(Begin::StartTime(start));
        let mut watcher = server
            .watch(WatchEventsRequest {
                begin,
                ..Default::default()
            })
            .await;
        let (changes, _) = watcher.until_caught_up().await;
        let seen: Vec<i64> = changes.iter().map(position_of).collect();
        let order = |time: &Timestamp| (time.seconds, time.nanos);
        let expected = times
            .iter()
            .filter(|(_, time)| order(time) >= order(&start));
        assert_eq!(
            seen,
            expected.map(|(position, _)| *position).collect::<Vec<_>>(),
            "{start}"
        );
    }
}

trait Normalized {
    fn normalized(self) -> Self;
}

impl Normalized for Timestamp {
    fn normalized(mut self) -> Timestamp {
        self.normalize();
        self
    }
}

#[tokio::test]
async fn s10_a_start_time_in_the_future_lets_nothing_earlier_through() {
    let server = Server::start().await;
    server.publish(event("a")).await;
    let now = server
        .publish(event("b"))
        .await
        .update_time
        .expect("a commit time");
    let begin = Some(Begin::StartTime(Timestamp {
        seconds: now.seconds + 3600,
        ..now
    }));
    let mut watcher = server
        .watch(WatchEventsRequest {
            begin,
            ..Default::default()
        })
        .await;
    server.publish(event("c")).await;
    assert_eq!(watcher.until_caught_up().await.0, []);
}

/// Trial A13: the token of a watch that was cut before its start time.
#[tokio::test]
async fn s51_a_start_time_in_the_future_outlives_a_cut() {
    let server = Server::start().await;
    let now = server.publish(event("a")).await.update_time;
    let in_an_hour = Timestamp {
        seconds: now.expect("a commit time").seconds + 3600,
        nanos: 0,
    };
    let request = WatchEventsRequest {
        begin: Some(Begin::StartTime(in_an_hour)),
        ..Default::default()
    };
    let mut watcher = server.watch(request).await;
    watcher.until_caught_up().await;
    for id in ["b", "c"] {
        let token = watcher.token().to_owned();
        server.publish(event(id)).await;
        watcher = server.watch(resumed("", &token)).await;
        assert_eq!(watcher.until_caught_up().await.0, []);
    }
}

/// Trial A8: a client that sets a token and then this one sends only this one.
#[tokio::test]
async fn s14_a_start_without_a_meaning_is_refused_as_it_takes_the_place_of_a_token() {
    let server = Server::start().await;
    let request = WatchEventsRequest {
        begin: Some(Begin::Start(Start::Unspecified.into())),
        ..Default::default()
    };
    let refused = Watcher::try_open(&server, request).await;
    assert_invalid_fields(&refused.err().expect("a refusal"), &["start"]);
    let mut subscriptions = SubscriptionServiceClient::new(server.channel());
    let create = CreateSubscriptionRequest {
        subscription_id: "s".into(),
        begin: Some(create_subscription_request::Begin::Start(0)),
        ..Default::default()
    };
    let refused = subscriptions.create_subscription(create.clone()).await;
    assert_invalid_fields(&refused.expect_err("a refusal"), &["start"]);
    let create = CreateSubscriptionRequest {
        begin: None,
        ..create
    };
    let created = subscriptions.create_subscription(create).await;
    created.expect("a subscription from now on");
    let seek = SeekSubscriptionRequest {
        name: "subscriptions/s".into(),
        target: Some(seek_subscription_request::Target::Start(0)),
    };
    let refused = subscriptions.seek_subscription(seek).await;
    assert_invalid_fields(&refused.expect_err("a refusal"), &["start"]);
}

/// On the wire, as clients build bytes that have no generated code.
#[tokio::test]
async fn s14_two_places_on_the_wire_are_refused() {
    let server = Server::start().await;
    let connection = Http2::connect(server.grpc_address(), 1 << 16).await;
    let (one, other) = (after("", 3), earliest(""));
    let both = [one.encode_to_vec(), other.encode_to_vec()].concat();
    for method in [
        "EventService/WatchEvents",
        "SubscriptionService/CreateSubscription",
    ] {
        let path = format!("/entente.v1.{method}");
        let call = connection.call(&path, &[], framed_bytes(0, &both)).await;
        assert_invalid_fields(&call.answer().await.status(), &["begin"]);
    }
}

#[tokio::test]
async fn s14_unknown_values_are_refused_and_not_ignored() {
    let server = Server::start().await;
    let start = WatchEventsRequest {
        begin: Some(Begin::Start(99)),
        ..Default::default()
    };
    let refused = Watcher::try_open(&server, start)
        .await
        .err()
        .expect("a refusal");
    assert_invalid_fields(&refused, &["start"]);
    let view = WatchEventsRequest {
        view: 99,
        ..latest("")
    };
    let refused = Watcher::try_open(&server, view)
        .await
        .err()
        .expect("a refusal");
    assert_invalid_fields(&refused, &["view"]);
}

fn seconds(duration: Option<prost_types::Duration>) -> Option<i64> {
    duration.map(|duration| duration.seconds)
}
