//! S20, S24-S27, S29: signs of life.

use std::time::{Duration, Instant};

use entente::proto::v1::{
    Bottleneck, CreateEventRequest, ListWatchesRequest, WatchEventsRequest,
    watch_events_response::Payload,
};
use tonic::Code;

use crate::{
    clocked::Clocked,
    harness::{
        Build, Clients, Frame, Http2, Server, Watcher, assert_refused, change_of, earliest, event,
        eventually, framed, latest, position_of, resumed, soon, time_of,
    },
};

const WATCH: &str = "/entente.v1.EventService/WatchEvents";

/// Beyond what a guarantee states, for a machine that runs other tests at the same time.
const NOISE: Duration = Duration::from_secs(2);
const HEARTBEAT: Option<prost_types::Duration> = Some(prost_types::Duration {
    seconds: 30,
    nanos: 0,
});
const BEAT: Duration = Duration::from_secs(30);

fn is_progress(frame: &Frame) -> bool {
    matches!(frame.payload, Some(Payload::Progress(_)))
}

#[tokio::test]
async fn s20_a_write_is_delivered_to_every_matching_watcher() {
    let server = Server::start().await;
    let (mut all, mut some, mut none) = (Vec::new(), Vec::new(), Vec::new());
    for _ in 0..10 {
        all.push(server.watch(latest("")).await);
        some.push(server.watch(latest("topic:chips")).await);
        none.push(server.watch(latest("topic:ships")).await);
    }
    for n in 0..20 {
        let written = server
            .publish(event(&format!("e-{n}")).with_topic("chips"))
            .await;
        for watcher in all.iter_mut().chain(&mut some) {
            assert_eq!(position_of(&watcher.change().await), written.position);
        }
    }
    let last = server.publish(event("last").with_topic("ships")).await;
    for watcher in &mut none {
        assert_eq!(position_of(&watcher.change().await), last.position);
    }
}

#[tokio::test]
async fn s24_no_silence_is_longer_than_the_heartbeat_while_others_are_busy() {
    let server = Clocked::start().await;
    let request = WatchEventsRequest {
        heartbeat_interval: HEARTBEAT,
        ..latest("topic:nothing")
    };
    let mut quiet = server.watch(request).await;
    quiet.until_caught_up().await;
    let mut busy = server.watch(latest("")).await;
    let reading =
        tokio::spawn(async move { while busy.next().await.is_ok_and(|f| f.is_some()) {} });
    let mut publisher = server.publisher();
    let writing = tokio::spawn(async move {
        for n in 0.. {
            let event = Some(event(&format!("e-{n}")));
            let request = CreateEventRequest {
                event,
                ..CreateEventRequest::default()
            };
            if publisher.create_event(request).await.is_err() {
                return;
            }
        }
    });
    let (mut beats, mut position) = (0, 0);
    // The others are busy meanwhile.
    while beats < 5 || position < 20 {
        server.pass(BEAT);
        let frame = quiet.frame().await;
        assert!(is_progress(&frame), "{frame:?}");
        (beats, position) = (beats + 1, frame.position);
    }
    writing.abort();
    reading.abort();
}

#[tokio::test]
async fn s24_an_idle_stream_beats_and_no_faster_than_it_was_asked_to() {
    let server = Clocked::start().await;
    let request = WatchEventsRequest {
        heartbeat_interval: HEARTBEAT,
        ..latest("")
    };
    let mut watcher = server.watch(request).await;
    watcher.until_caught_up().await;
    for n in 0..3 {
        server.pass(BEAT * 2 / 3);
        let written = server.publish(event(&format!("e-{n}"))).await;
        let frame = watcher.frame().await;
        let change = change_of(&frame).unwrap_or_else(|| panic!("not asked for: {frame:?}"));
        assert_eq!(position_of(change), written.position);
        server.pass(BEAT);
        let beat = watcher.frame().await;
        assert!(is_progress(&beat), "{beat:?}");
        let silence = time_of(&beat) - time_of(&frame);
        assert!(silence >= BEAT, "{silence:?}");
    }
}

#[tokio::test]
async fn s25_progress_moves_position_and_token_under_a_filter_that_never_matches() {
    let server = Clocked::start().await;
    let request = WatchEventsRequest {
        heartbeat_interval: HEARTBEAT,
        ..latest("topic:nothing")
    };
    let mut watcher = server.watch(request).await;
    watcher.until_caught_up().await;
    server
        .publish_all((0..30).map(|n| event(&format!("e-{n}"))))
        .await;
    let moved = watcher.frame_where(|frame| frame.position == 30);
    let frame = server.pass_while(BEAT, moved).await;
    let Some(Payload::Progress(progress)) = frame.payload else {
        panic!("{frame:?}")
    };
    assert_eq!((progress.head_position, progress.scanned_changes), (30, 30));
    let matching = server.publish(event("now").with_topic("nothing")).await;
    let mut rest = server
        .watch(resumed("topic:nothing", &frame.resume_token))
        .await;
    assert_eq!(rest.started().head_position, 31);
    assert_eq!(position_of(&rest.change().await), matching.position);
}

#[tokio::test]
async fn s26_no_progress_is_ahead_of_a_change_that_is_still_to_come() {
    let server = Server::start().await;
    let mut token = server
        .watch(earliest("topic:chips"))
        .await
        .token()
        .to_owned();
    let mut delivered = Vec::new();
    for round in 0..30 {
        let name = |n: i32| format!("e-{round}-{n}");
        let one_in_five = |n| match n % 5 {
            0 => event(&name(n)).with_topic("chips"),
            _ => event(&name(n)),
        };
        server.publish_all((0..20).map(one_in_five)).await;
        // Cut anywhere: the place that a frame tells decides what the next stream sends.
        let mut watcher = server.watch(resumed("topic:chips", &token)).await;
        for _ in 0..round % 7 {
            let frame = watcher.frame().await;
            delivered.extend(change_of(&frame).map(position_of));
        }
        token = watcher.token().to_owned();
    }
    let mut rest = server.watch(resumed("topic:chips", &token)).await;
    delivered.extend(rest.until_caught_up().await.0.iter().map(position_of));
    assert_eq!(
        delivered,
        (0..600)
            .filter(|n| n % 5 == 0)
            .map(|n| n + 1)
            .collect::<Vec<i64>>()
    );
}

#[tokio::test]
async fn s27_caught_up_comes_once_also_when_there_was_nothing_to_catch_up_with() {
    let server = Clocked::start().await;
    server
        .publish_all((0..3).map(|n| event(&format!("e-{n}"))))
        .await;
    for (filter, count) in [("", 3), ("topic:nothing", 0)] {
        let request = WatchEventsRequest {
            heartbeat_interval: HEARTBEAT,
            ..earliest(filter)
        };
        let mut watcher = server.watch(request).await;
        let (changes, caught_up) = watcher.until_caught_up().await;
        assert_eq!(
            (changes.len(), caught_up.sent_changes),
            (count, count as i64)
        );
        server.publish(event(&format!("more-{count}"))).await;
        // The harness refuses a second one; two heartbeats are time enough for it.
        for _ in 0..2 {
            server.pass(BEAT);
            watcher.frame_where(is_progress).await;
        }
    }
}

#[tokio::test]
async fn s27_who_reads_too_slowly_falls_behind_and_catches_up_once() {
    let server = Server::start().await;
    let mut slow = Watcher::open_narrow(&server, latest("")).await;
    slow.until_caught_up().await;
    // More than a narrow connection holds, and nobody reads.
    let mut written = 0;
    for batch in 0..4 {
        let events = (0..1_000).map(|n| event(&format!("e-{batch}-{n}")));
        written += server.publish_all(events).await.len();
    }
    let mut changes = 0;
    let fell_behind = loop {
        let frame = slow.frame().await;
        match frame.payload {
            Some(Payload::Change(_)) => changes += 1,
            Some(Payload::FellBehind(fell_behind)) => break fell_behind,
            other => panic!("{other:?} after {changes} changes"),
        }
    };
    assert!(changes < written, "{changes}");
    assert!(fell_behind.head_position >= changes as i64 && fell_behind.lag.is_some());
    assert_eq!(fell_behind.cause(), Bottleneck::Client);
    let (rest, caught_up) = slow.until_caught_up().await;
    assert_eq!(changes + rest.len(), written);
    assert_eq!(caught_up.sent_changes, written as i64);
}

#[tokio::test]
async fn s29_closing_ones_own_half_does_not_end_the_stream() {
    // The call of every server stream closes its half with the request. The stream lives on.
    let server = Server::start().await;
    let mut watcher = server.watch(latest("")).await;
    watcher.until_caught_up().await;
    for n in 0..3 {
        let written = server.publish(event(&format!("e-{n}"))).await;
        assert_eq!(position_of(&watcher.change().await), written.position);
    }
}

#[tokio::test]
async fn s29_a_cancelled_stream_is_freed_at_once() {
    let server = Server::start().await;
    let watcher = server.watch(latest("")).await;
    assert_eq!(open_watches(&server).await, 1);
    drop(watcher);
    // The guarantee says 1 s; a leak would last until the keepalive finds it after 30 s and more.
    let begun = Instant::now();
    eventually("the watch to be freed", async || {
        (open_watches(&server).await == 0).then_some(())
    })
    .await;
    assert!(
        begun.elapsed() < Duration::from_secs(1) + NOISE,
        "{:?}",
        begun.elapsed()
    );
}

#[tokio::test]
async fn s29_a_stream_ends_at_the_deadline_of_its_client() {
    // The client of the library ends it itself; this one waits for the server.
    let server = Clocked::start().await;
    let connection = Http2::connect(server.grpc_address(), 1 << 16).await;
    let headers = [("grpc-timeout", "10M")];
    let call = connection.call(WATCH, &headers, framed(&latest(""))).await;
    eventually("the watch to open", async || {
        (open_watches(&server).await == 1).then_some(())
    })
    .await;
    server.pass(Duration::from_secs(9 * 60));
    assert_eq!(open_watches(&server).await, 1, "there is time left");
    server.pass(Duration::from_secs(60));
    let answer = soon("the end at the deadline", call.answer()).await;
    assert_refused(
        &answer.status(),
        Code::DeadlineExceeded,
        "DEADLINE_EXCEEDED",
    );
    eventually("the watch to be freed", async || {
        (open_watches(&server).await == 0).then_some(())
    })
    .await;
}

async fn open_watches(server: &Clients) -> usize {
    let mut admin = server.admin();
    let answer = admin.list_watches(ListWatchesRequest::default());
    soon("a list of watches", answer)
        .await
        .expect("a list")
        .into_inner()
        .watches
        .len()
}
