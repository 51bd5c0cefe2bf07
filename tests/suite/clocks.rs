//! D14: a clock that is wrong or jumps harms as little as it can (trials A14 and E7).

use std::time::{Duration, SystemTime};

use entente::{
    clock::ManualClock,
    proto::v1::{BatchCreateEventsRequest, CreateEventRequest, ListEventsRequest},
};
use prost_types::Timestamp;

use crate::{
    clocked::Clocked,
    harness::{Server, event, eventually, latest, position_of},
    scrubbing::metric,
    subscriptions::consumer::{creation, get, subscriptions, try_get},
};

const HOUR: i64 = 3_600 * 1_000_000;
const YEAR: i64 = 365 * 24 * HOUR;

async fn listed(server: &Server, as_of: SystemTime) -> usize {
    let request = ListEventsRequest {
        as_of_time: Some(as_of.into()),
        ..ListEventsRequest::default()
    };
    let answer = server.events().list_events(request).await;
    answer.expect("it is valid").into_inner().events.len()
}

#[tokio::test]
async fn d14_commit_times_ahead_of_the_clock_are_told_and_hide_nothing_from_who_asks_for_now() {
    let home = tempfile::tempdir().expect("a directory for the test");
    let clock = ManualClock::start();
    clock.step_micros(14 * YEAR);
    let wrong = Clocked::start_in(home.path(), clock, &[]).await;
    let first = wrong.publish(event("in-2040")).await;
    wrong.end().await;

    // The clock is right again.
    let server = Server::start_in(home.path(), &[]).await;
    let second = server.publish(event("later")).await;
    assert_eq!(second.create_time, first.create_time, "it never goes back");
    let now = SystemTime::now();
    let minutes = |count: u64| Duration::from_secs(60 * count);
    assert_eq!(listed(&server, now).await, 2);
    assert_eq!(listed(&server, now - Duration::from_secs(5)).await, 2);
    assert_eq!(listed(&server, now + minutes(10)).await, 2);
    assert_eq!(listed(&server, now - minutes(10)).await, 0);

    let ahead = server.info().await.head_time_ahead.expect("it is ahead");
    let years = ahead.seconds * 1_000_000 / YEAR;
    assert!((13..=14).contains(&years), "{ahead:?}");
    let metric = metric(&server, "entente_commit_time_ahead_seconds").await;
    assert!(metric.abs_diff(ahead.seconds.unsigned_abs()) < 600);
    let warning = "the clock is behind the last commit time";
    eventually("a warning", async || {
        server.log().contains(warning).then_some(())
    })
    .await;
    server.publish(event("later-still")).await;
    let warnings = server.log().matches(warning).count();
    assert_eq!(warnings, 1, "{}", server.log());
}

#[tokio::test]
async fn d14_commit_times_that_are_right_are_not_said_to_be_ahead() {
    let server = Server::start().await;
    server.publish(event("a")).await;
    assert_eq!(server.info().await.head_time_ahead, None);
    assert_eq!(
        metric(&server, "entente_commit_time_ahead_seconds").await,
        0
    );
}

#[tokio::test]
async fn d14_commit_times_never_go_back_whichever_way_the_clock_jumps() {
    let server = Clocked::start().await;
    let mut times = Vec::new();
    for (n, jump) in [0, YEAR, -2 * YEAR, HOUR, 14 * YEAR, -14 * YEAR]
        .into_iter()
        .enumerate()
    {
        server.clock().step_micros(jump);
        let written = server.publish(event(&format!("e-{n}"))).await;
        let time = written.create_time.expect("every event has it");
        times.push((time.seconds, time.nanos));
    }
    assert!(times.is_sorted(), "{times:?}");
    let year = YEAR / 1_000_000;
    assert!(times[1].0 >= times[0].0 + year, "the first jump counts");
    assert_eq!(times[2], times[1], "the jump back does not");
    server.end().await;
}

#[tokio::test]
async fn d14_a_clock_that_jumps_ends_no_stream() {
    let options = ["--watch-max-age=1h", "--watch-stall-timeout=1h"];
    let server = Clocked::start_with(&options).await;
    let mut watcher = server.watch(latest("")).await;
    watcher.until_caught_up().await;
    for (n, jump) in [14 * YEAR, -28 * YEAR].into_iter().enumerate() {
        server.clock().step_micros(jump);
        // Until it is looked for streams that have stalled.
        server.pass(Duration::from_secs(10));
        let written = server.publish(event(&format!("e-{n}"))).await;
        assert_eq!(position_of(&watcher.change().await), written.position);
    }
    drop(watcher);
    server.end().await;
}

#[tokio::test]
async fn d14_a_clock_that_jumps_deletes_no_subscription_neither_at_a_start() {
    let home = tempfile::tempdir().expect("a directory for the test");
    let clock = ManualClock::start();
    for (id, idle_ttl) in [("s", 2 * HOUR), ("short", HOUR / 2), ("shorter", HOUR / 4)] {
        let server = Clocked::start_in(home.path(), clock.clone(), &[]).await;
        let mut request = creation(id, "");
        let subscription = request.subscription.as_mut().expect("it is set");
        let idle_ttl = Duration::from_micros(idle_ttl.unsigned_abs());
        subscription.idle_ttl = idle_ttl.try_into().ok();
        let made = subscriptions(&server).create_subscription(request).await;
        made.expect("a valid subscription");
        clock.step_micros(14 * YEAR);
        server.end().await;
    }
    let server = Clocked::start_in(home.path(), clock.clone(), &[]).await;
    for id in ["s", "short", "shorter"] {
        get(&server, id).await;
    }
    // What has been idle for its time is deleted, and nothing else.
    clock.pass(Duration::from_secs(20 * 60));
    let mut writes = 0;
    eventually("the shortest to expire", async || {
        // The writer looks for it behind a write.
        writes += 1;
        server.publish(event(&format!("e-{writes}"))).await;
        try_get(&server, "shorter").await.err()
    })
    .await;
    for id in ["s", "short"] {
        get(&server, id).await;
    }
    server.end().await;
}

#[tokio::test]
async fn s42_d14_a_write_is_repeated_also_when_its_time_is_in_the_future_again() {
    let server = Clocked::start().await;
    let request = |id: &str| CreateEventRequest {
        event: Some(event(id)),
        known_since: Some(now(&server)),
        request_id: format!("request-{id}"),
        ..CreateEventRequest::default()
    };
    let one = request("a");
    let batch = BatchCreateEventsRequest {
        request_id: "request-batch".to_owned(),
        requests: vec![CreateEventRequest {
            request_id: String::new(),
            ..request("b")
        }],
        ..BatchCreateEventsRequest::default()
    };
    for is_repeated in [false, true] {
        let mut publisher = server.publisher();
        let answer = publisher.create_event(one.clone()).await;
        assert_eq!(answer.expect("valid").into_inner().replayed, is_repeated);
        let answer = publisher.batch_create_events(batch.clone()).await;
        assert_eq!(answer.expect("valid").into_inner().replayed, is_repeated);
        server.clock().step_micros(-3_600_000_000);
    }
    let refused = server
        .publisher()
        .create_event(request_of_later(&one))
        .await;
    assert!(refused.is_err(), "a new write is refused");
}

fn now(server: &Clocked) -> Timestamp {
    let micros = server.clock().clock().now_micros();
    Timestamp {
        seconds: micros.div_euclid(1_000_000),
        nanos: (micros.rem_euclid(1_000_000) * 1_000) as i32,
    }
}

/// The same for another event that became known after the head was committed.
fn request_of_later(request: &CreateEventRequest) -> CreateEventRequest {
    let known = request.known_since.map(|known| Timestamp {
        seconds: known.seconds + 60,
        ..known
    });
    CreateEventRequest {
        known_since: known,
        event: Some(event("later")),
        request_id: String::new(),
        ..request.clone()
    }
}
