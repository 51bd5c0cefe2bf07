//! S35-S37, S39: ends that the server makes.

use std::time::{Duration, Instant};

use entente::proto::v1::{EndReason, WatchEventsRequest, watch_events_response::Payload};

use crate::{
    clocked::Clocked,
    harness::{
        Frame, Server, Watcher, earliest, event, info, latest, position_of, resumed, time_of,
    },
};

fn reason(frames: &[Frame]) -> EndReason {
    match frames.last().and_then(|frame| frame.payload.clone()) {
        Some(Payload::Ending(ending)) => ending.reason(),
        other => panic!("the last frame is {other:?}"),
    }
}

#[tokio::test]
async fn s35_a_drain_is_announced_with_a_token_to_go_on_from() {
    let mut server = Server::start().await;
    server
        .publish_all((0..5).map(|n| event(&format!("e-{n}"))))
        .await;
    let watcher = server.watch(earliest("")).await;
    server.terminate();
    let (frames, end) = watcher.into_end().await;
    assert!(end.is_err(), "{end:?}");
    assert_eq!(reason(&frames), EndReason::Draining);
    assert!(server.ended().await.success());
    let last = frames.last().expect("the ending");
    let Some(Payload::Ending(ending)) = &last.payload else {
        panic!("{last:?}")
    };
    assert!(
        ending.retry_delay.is_some_and(|delay| delay.seconds >= 1),
        "{ending:?}"
    );
    let sent = frames
        .iter()
        .filter(|frame| matches!(frame.payload, Some(Payload::Change(_))));
    let sent = sent.count();
    server.start_again().await;
    let mut rest = server.watch(resumed("", &last.resume_token)).await;
    assert_eq!(rest.until_caught_up().await.0.len(), 5 - sent);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn s36_a_thousand_watches_are_ended_well_within_the_drain_timeout() {
    let mut server = Server::start_with(&["--drain-timeout=30s"]).await;
    server.publish(event("a")).await;
    let mut watchers = Vec::new();
    for _ in 0..1_000 {
        watchers.push(server.watch(latest("")).await);
    }
    assert_eq!(server.info().await.open_watches, 1_000);
    let begun = Instant::now();
    server.terminate();
    let ends = watchers
        .into_iter()
        .map(|watcher| tokio::spawn(watcher.into_end()));
    for end in ends.collect::<Vec<_>>() {
        let (frames, end) = end.await.expect("every end is announced");
        assert!(end.is_err(), "{end:?}");
        assert_eq!(reason(&frames), EndReason::Draining);
    }
    assert!(server.ended().await.success());
    assert!(
        begun.elapsed() < Duration::from_secs(30),
        "{:?}",
        begun.elapsed()
    );
    assert!(!server.log().contains("cut off"), "{}", server.log());
}

#[tokio::test]
async fn s37_a_stream_ends_itself_at_its_age() {
    const MINUTE: Duration = Duration::from_secs(60);
    let server = Clocked::start_with(&["--watch-max-age=100m"]).await;
    let mut watchers = Vec::new();
    for _ in 0..6 {
        let watcher = server.watch(latest("")).await;
        let age = watcher
            .started()
            .max_age
            .and_then(|age| Duration::try_from(age).ok());
        let age = age.expect("every stream has an age");
        assert!(age >= 90 * MINUTE && age <= 110 * MINUTE, "{age:?}");
        watchers.push((age, watcher));
    }
    watchers.sort_by_key(|(age, _)| *age);
    let mut passed = 89 * MINUTE;
    server.pass(passed);
    assert_eq!(server.info().await.open_watches, 6, "nobody is old enough");
    let mut ages = Vec::new();
    for (age, watcher) in watchers {
        server.pass(age.saturating_sub(passed));
        passed = passed.max(age);
        let (frames, end) = watcher.into_end().await;
        assert_eq!(reason(&frames), EndReason::MaxAge);
        assert_eq!(
            info(&end.expect_err("not planned by the client")).reason,
            "STREAM_MAX_AGE"
        );
        // The stream is as old as its frames say, of which the first here is one of the first.
        let shown = time_of(&frames[frames.len() - 1]) - time_of(&frames[0]);
        assert!(
            shown + MINUTE > age && shown < age + MINUTE,
            "{shown:?} of {age:?}"
        );
        ages.push(age);
    }
    ages.dedup();
    assert!(
        ages.len() > 1,
        "streams opened together do not come back together: {ages:?}"
    );
}

#[tokio::test]
async fn s37_a_client_can_rehearse_with_a_short_age() {
    let server = Clocked::start().await;
    server
        .publish_all((0..3).map(|n| event(&format!("e-{n}"))))
        .await;
    let max_age = Some(prost_types::Duration {
        seconds: 600,
        nanos: 0,
    });
    let watcher = server
        .watch(WatchEventsRequest {
            max_age,
            ..earliest("")
        })
        .await;
    assert_eq!(watcher.started().max_age, max_age);
    server.pass(Duration::from_secs(600));
    let (frames, _) = watcher.into_end().await;
    assert_eq!(reason(&frames), EndReason::MaxAge);
    let written = server.publish(event("later")).await;
    let token = &frames.last().expect("the ending").resume_token;
    let mut rest = server.watch(resumed("", token)).await;
    assert_eq!(position_of(&rest.change().await), written.position);
    let max_age = Some(prost_types::Duration {
        seconds: 1_000_000,
        nanos: 0,
    });
    let watcher = server
        .watch(WatchEventsRequest {
            max_age,
            ..earliest("")
        })
        .await;
    let longest = watcher.started().max_age.expect("every stream has an age");
    assert!(longest.seconds <= 66 * 60, "{longest:?}");
}

#[tokio::test]
async fn s39_a_watch_that_comes_while_the_server_drains_is_told_so() {
    let server = Server::start().await;
    let holding = server.watch(latest("")).await;
    server.terminate();
    let (_, end) = holding.into_end().await;
    let draining = end.expect_err("not planned by the client");
    assert_eq!(info(&draining).reason, "DRAINING");
    // The connection may be closed by now; if it is not, the answer is the same.
    if let Err(status) = Watcher::try_open(&server, latest("")).await
        && tonic_types::StatusExt::get_details_error_info(&status).is_some()
    {
        assert_eq!(info(&status).reason, "DRAINING");
    }
}
