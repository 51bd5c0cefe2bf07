//! Faults that our server never has, but a broken proxy might.

use std::time::Duration;

use entente::client::{Cause, Item, Start, Watch, WatchOptions};
use entente::proto::v1::{
    Event, EventChange, WatchEventsRequest, WatchEventsResponse, WatchStarted,
    watch_events_request::Begin, watch_events_response::Payload,
};
use tonic::{Code, Status};
use tonic_types::{ErrorDetails, StatusExt as _};

use crate::{
    client,
    fake::{End, Fake, Script},
    item, names,
};

fn frame(number: i64, position: i64, payload: Payload) -> WatchEventsResponse {
    WatchEventsResponse {
        frame: number,
        position,
        resume_token: format!("token-{position}"),
        payload: Some(payload),
        ..WatchEventsResponse::default()
    }
}

fn started(position: i64) -> WatchEventsResponse {
    let second = prost_types::Duration {
        seconds: 1,
        nanos: 0,
    };
    let started = WatchStarted {
        heartbeat_interval: Some(second),
        ..WatchStarted::default()
    };
    frame(1, position, Payload::Started(started))
}

fn changed(number: i64, position: i64) -> WatchEventsResponse {
    let name = format!("events/e-{position}");
    let event = Event {
        name,
        position,
        ..Event::default()
    };
    let change = EventChange {
        event: Some(event),
        ..EventChange::default()
    };
    frame(number, position, Payload::Change(change))
}

fn script(frames: impl Into<Vec<WatchEventsResponse>>, end: End) -> Script {
    Script {
        frames: frames.into(),
        end,
    }
}

fn token(request: &WatchEventsRequest) -> &str {
    match &request.begin {
        Some(Begin::ResumeToken(token)) => token,
        other => panic!("it asks for {other:?}"),
    }
}

async fn watch(scripts: impl IntoIterator<Item = Script>) -> (Fake, Watch) {
    let (fake, address) = Fake::start(scripts).await;
    let grace = Duration::from_millis(200);
    let options = WatchOptions::new("").start(Start::Earliest).grace(grace);
    (fake, client(address).watch(options))
}

async fn interruption(watch: &mut Watch) -> entente::client::Interruption {
    loop {
        if let Item::Reconnecting(interruption) = item(watch).await {
            return interruption;
        }
    }
}

#[tokio::test]
async fn after_a_missing_frame_a_watch_resumes_from_the_last_one_before_the_gap() {
    let (fake, mut watch) = watch([
        script([started(0), changed(2, 1), changed(4, 3)], End::Silence),
        script([started(1), changed(2, 2), changed(3, 3)], End::Silence),
    ])
    .await;
    assert_eq!(names(&mut watch, 1).await, ["e-1"]);
    let lost = interruption(&mut watch).await;
    assert!(
        matches!(
            lost.cause,
            Cause::Gap {
                expected: 3,
                received: 4
            }
        ),
        "{lost}"
    );
    assert_eq!(names(&mut watch, 2).await, ["e-2", "e-3"]);
    assert_eq!(token(&fake.requests()[1]), "token-1");
}

#[tokio::test]
async fn a_repeated_frame_is_delivered_once() {
    let (_fake, mut watch) = watch([
        script([started(0), changed(2, 1), changed(2, 1)], End::Silence),
        script([started(1), changed(2, 2)], End::Silence),
    ])
    .await;
    assert_eq!(names(&mut watch, 2).await, ["e-1", "e-2"]);
}

#[tokio::test]
async fn a_missed_heartbeat_ends_the_stream_and_staleness_grows_before() {
    let (fake, mut watch) = watch([
        script([started(0), changed(2, 1)], End::Silence),
        script([started(1), changed(2, 2)], End::Silence),
    ])
    .await;
    assert_eq!(names(&mut watch, 1).await, ["e-1"]);
    // Cancelled and called again, as beside a ticker, `next` measures the same silence.
    let lost = loop {
        let turn = tokio::time::timeout(Duration::from_millis(50), watch.next()).await;
        if let Ok(turn) = turn {
            break turn.expect("the watch goes on");
        }
    };
    match lost {
        Some(Item::Reconnecting(lost)) => assert!(matches!(lost.cause, Cause::Silent(_)), "{lost}"),
        other => panic!("{other:?}"),
    }
    let staleness = watch.staleness().expect("there was a frame");
    assert!(staleness >= Duration::from_millis(1_100), "{staleness:?}");
    assert_eq!(names(&mut watch, 1).await, ["e-2"]);
    assert!(watch.staleness().expect("there was a frame") < staleness);
    assert_eq!(token(&fake.requests()[1]), "token-1");
}

#[tokio::test]
async fn a_stream_that_ends_as_if_it_were_complete_is_resumed() {
    let (_fake, mut watch) = watch([
        script([started(0), changed(2, 1)], End::Ok),
        script([started(1), changed(2, 2)], End::Ok),
    ])
    .await;
    assert_eq!(names(&mut watch, 1).await, ["e-1"]);
    let lost = interruption(&mut watch).await;
    assert!(matches!(lost.cause, Cause::Cut), "{lost}");
    assert_eq!(names(&mut watch, 1).await, ["e-2"]);
}

#[tokio::test]
async fn the_retry_delay_of_the_server_is_respected() {
    let asked = Duration::from_millis(700);
    let mut details = ErrorDetails::with_error_info("WATCH_LIMIT", "entente.v1", []);
    details.set_retry_info(Some(asked));
    let full = Status::with_error_details(Code::ResourceExhausted, "too many", details);
    let (_fake, mut watch) = watch([
        script([], End::With(full)),
        script([started(0), changed(2, 1)], End::Silence),
    ])
    .await;
    let lost = interruption(&mut watch).await;
    assert!(lost.after >= asked && lost.after <= asked * 2, "{lost}");
    let waited = std::time::Instant::now();
    assert_eq!(names(&mut watch, 1).await, ["e-1"]);
    assert!(waited.elapsed() >= asked - Duration::from_millis(50));
}

#[tokio::test]
async fn waits_grow_while_every_attempt_fails() {
    let (_fake, mut watch) = watch([]).await;
    let mut waits = Vec::new();
    for _ in 0..4 {
        waits.push(interruption(&mut watch).await.after);
    }
    for (before, after) in waits.iter().zip(&waits[1..]) {
        assert!(after >= before, "{waits:?}");
    }
    assert!(waits[3] >= Duration::from_millis(400), "{waits:?}");
}
