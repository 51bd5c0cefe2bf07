//! S38: ends that the client asked for.

use std::time::Duration;

use entente::proto::v1::{EndReason, WatchEventsRequest, watch_events_request::End};
use prost_types::Timestamp;

use crate::{
    clocked::Clocked,
    harness::{
        Build, Server, Watcher, assert_invalid_fields, earliest, event, latest, position_of,
        resumed, snapshot,
    },
};

async fn positions(server: &Server, request: WatchEventsRequest, end: End) -> Vec<i64> {
    let request = WatchEventsRequest {
        end: Some(end),
        ..request
    };
    let (changes, ending) = server.watch(request).await.into_planned_end().await;
    assert_eq!(ending.reason(), EndReason::StopReached);
    assert!(
        ending
            .retry_delay
            .is_none_or(|delay| (delay.seconds, delay.nanos) == (0, 0))
    );
    changes.iter().map(position_of).collect()
}

const NOTHING: [i64; 0] = [];

async fn with_thirty() -> Server {
    let server = Server::start().await;
    let one_in_three = |n: usize| match n % 3 {
        0 => event(&format!("e-{n}")).with_topic("chips"),
        _ => event(&format!("e-{n}")),
    };
    server.publish_all((1..=30).map(one_in_three)).await;
    server
}

#[tokio::test]
async fn s38_a_stream_stops_when_it_has_caught_up() {
    let server = with_thirty().await;
    let end = || End::StopWhenCaughtUp(true);
    assert_eq!(
        positions(&server, earliest(""), end()).await,
        (1..=30).collect::<Vec<_>>()
    );
    let chips: Vec<i64> = (1..=30).filter(|n| n % 3 == 0).collect();
    assert_eq!(
        positions(&server, earliest("topic:chips"), end()).await,
        chips
    );
    assert_eq!(
        positions(&server, snapshot("topic:chips"), end()).await,
        chips
    );
    assert_eq!(positions(&server, latest(""), end()).await, NOTHING);
}

/// Trial A8: a client that sets `stop_position` and then this one sends only this one.
#[tokio::test]
async fn s38_false_is_refused_as_it_takes_the_place_of_another_end() {
    let server = with_thirty().await;
    let request = WatchEventsRequest {
        end: Some(End::StopWhenCaughtUp(false)),
        ..earliest("")
    };
    let refused = Watcher::try_open(&server, request).await;
    let refused = refused.err().expect("a refusal");
    assert_invalid_fields(&refused, &["stop_when_caught_up"]);
}

#[tokio::test]
async fn s38_a_stream_stops_after_a_number_of_changes() {
    let server = with_thirty().await;
    assert_eq!(
        positions(&server, earliest(""), End::StopCount(5)).await,
        [1, 2, 3, 4, 5]
    );
    assert_eq!(
        positions(&server, earliest("topic:chips"), End::StopCount(2)).await,
        [3, 6]
    );
    assert_eq!(
        positions(&server, snapshot("topic:chips"), End::StopCount(2)).await,
        [3, 6]
    );
    let request = WatchEventsRequest {
        end: Some(End::StopCount(1)),
        ..latest("")
    };
    let watcher = server.watch(request).await;
    server.publish_all([event("a"), event("b")]).await;
    let (changes, _) = watcher.into_planned_end().await;
    assert_eq!(changes.iter().map(position_of).collect::<Vec<_>>(), [31]);
}

#[tokio::test]
async fn s38_a_count_that_stops_in_a_snapshot_can_be_gone_on_from() {
    let server = with_thirty().await;
    let request = WatchEventsRequest {
        end: Some(End::StopCount(4)),
        ..snapshot("topic:chips")
    };
    let (frames, end) = server.watch(request).await.into_end().await;
    assert!(end.is_ok(), "{end:?}");
    let token = &frames.last().expect("the ending").resume_token;
    let rest = positions(
        &server,
        resumed("topic:chips", token),
        End::StopWhenCaughtUp(true),
    )
    .await;
    assert_eq!(rest, [15, 18, 21, 24, 27, 30]);
}

#[tokio::test]
async fn s38_a_stream_stops_at_a_position() {
    let server = with_thirty().await;
    assert_eq!(
        positions(&server, earliest(""), End::StopPosition(3)).await,
        [1, 2, 3]
    );
    assert_eq!(
        positions(&server, earliest("topic:chips"), End::StopPosition(8)).await,
        [3, 6]
    );
    assert_eq!(
        positions(&server, earliest(""), End::StopPosition(0)).await,
        NOTHING
    );
    assert_eq!(
        positions(&server, latest(""), End::StopPosition(30)).await,
        NOTHING
    );
}

#[tokio::test]
async fn s38_a_position_in_the_future_is_waited_for() {
    let server = with_thirty().await;
    for (filter, expected) in [("", vec![31, 32]), ("topic:chips", vec![])] {
        let head = server.info().await.head_position;
        let end = Some(End::StopPosition(head + 2));
        let watcher = server
            .watch(WatchEventsRequest {
                end,
                ..latest(filter)
            })
            .await;
        server.publish(event(&format!("a-{head}"))).await;
        server
            .publish_all((0..5).map(|n| event(&format!("b-{head}-{n}"))))
            .await;
        let (changes, _) = watcher.into_planned_end().await;
        assert_eq!(
            changes.iter().map(position_of).collect::<Vec<_>>(),
            expected
        );
    }
}

#[tokio::test]
async fn s38_a_stream_stops_at_a_time() {
    let server = Server::start().await;
    let mut times = Vec::new();
    for n in 0..6 {
        times.push(
            server
                .publish(event(&format!("e-{n}")))
                .await
                .update_time
                .expect("a time"),
        );
    }
    let key = |time: &Timestamp| (time.seconds, time.nanos);
    for stop in times.clone() {
        let expected = times.iter().filter(|time| key(time) <= key(&stop)).count();
        let seen = positions(&server, earliest(""), End::StopTime(stop)).await;
        assert_eq!(seen, (1..=expected as i64).collect::<Vec<_>>());
    }
    let before = Timestamp {
        seconds: times[0].seconds - 5,
        nanos: 0,
    };
    assert_eq!(
        positions(&server, earliest(""), End::StopTime(before)).await,
        NOTHING
    );
}

#[tokio::test]
async fn s38_a_time_in_the_future_is_waited_for() {
    let server = Clocked::start().await;
    let now = server
        .publish(event("a"))
        .await
        .update_time
        .expect("a time");
    let stop = Timestamp {
        seconds: now.seconds + 3_600,
        ..now
    };
    let end = Some(End::StopTime(stop));
    let watcher = server
        .watch(WatchEventsRequest {
            end,
            ..earliest("")
        })
        .await;
    server.pass(Duration::from_secs(1_800));
    server.publish(event("b")).await;
    server.pass(Duration::from_secs(1_801));
    let late = server.publish(event("c")).await;
    let late = late.update_time.expect("a time");
    assert!((late.seconds, late.nanos) > (stop.seconds, stop.nanos));
    let (changes, _) = watcher.into_planned_end().await;
    assert!(changes.iter().map(position_of).eq([1, 2]));
}

#[tokio::test]
async fn s38_stops_that_make_no_sense_are_refused() {
    let server = Server::start().await;
    for (end, field) in [
        (End::StopCount(0), "stop_count"),
        (End::StopCount(-1), "stop_count"),
        (End::StopPosition(-1), "stop_position"),
        (
            End::StopTime(Timestamp {
                seconds: 0,
                nanos: -1,
            }),
            "stop_time",
        ),
    ] {
        let request = WatchEventsRequest {
            end: Some(end),
            ..latest("")
        };
        let refused = Watcher::try_open(&server, request)
            .await
            .err()
            .expect("a refusal");
        assert_invalid_fields(&refused, &[field]);
    }
}
