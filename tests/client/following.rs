use std::time::Duration;

use entente::client::{Cause, Item, Start, Stop, WatchOptions};
use entente::proto::v1::{ChangeType, EndReason};
use tokio_stream::StreamExt as _;

use crate::{
    change, client,
    harness::{Build, Proxy, Random, Server, event, soon},
    item, names,
};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_watch_delivers_every_change_once_while_the_server_keeps_being_killed() {
    let mut server = Server::start().await;
    let proxy = Proxy::to(server.grpc_address()).await;
    let options = WatchOptions::new("topic:chips").start(Start::Earliest);
    let mut watch = client(proxy.address()).watch(options);
    let (mut random, mut expected, mut seen) = (Random::new(7), Vec::new(), Vec::new());
    for round in 0..5 {
        for n in 0..=random.below(9) {
            let id = format!("r-{round}-{n}");
            server.publish(event(&id).with_topic("chips")).await;
            server.publish(event(&format!("other-{id}"))).await;
            expected.push(id);
        }
        // The kill falls in the middle; the next server sends the rest.
        let taken = random.below(expected.len() - seen.len() + 1);
        seen.extend(names(&mut watch, taken).await);
        server.kill_and_start_again().await;
        proxy.point_at(server.grpc_address());
    }
    let left = expected.len() - seen.len();
    seen.extend(names(&mut watch, left).await);
    assert_eq!(seen, expected);
}

#[tokio::test]
async fn an_interruption_and_the_reconnection_are_reported() {
    let mut server = Server::start().await;
    let proxy = Proxy::to(server.grpc_address()).await;
    let mut watch = client(proxy.address()).watch(WatchOptions::new("").start(Start::Earliest));
    assert!(matches!(item(&mut watch).await, Item::Started(_)));
    assert!(matches!(item(&mut watch).await, Item::CaughtUp(_)));
    assert!(
        watch
            .staleness()
            .is_some_and(|age| age < Duration::from_secs(10))
    );
    server.kill();
    match item(&mut watch).await {
        Item::Reconnecting(lost) => {
            assert!(
                matches!(lost.cause, Cause::Failed(_) | Cause::Cut),
                "{lost}"
            );
            assert!(lost.after <= Duration::from_millis(100), "{lost}");
        }
        other => panic!("{other:?}"),
    }
    server.start_again().await;
    proxy.point_at(server.grpc_address());
    let again = loop {
        match item(&mut watch).await {
            Item::Reconnecting(_) => {}
            other => break other,
        }
    };
    assert!(matches!(again, Item::Started(_)), "{again:?}");
}

#[tokio::test]
async fn a_watch_waits_for_a_server_that_is_not_running_yet() {
    let mut server = Server::start().await;
    let proxy = Proxy::to(server.grpc_address()).await;
    server.publish(event("a")).await;
    server.kill();
    let mut watch = client(proxy.address()).watch(WatchOptions::new("").start(Start::Earliest));
    assert!(matches!(item(&mut watch).await, Item::Reconnecting(_)));
    assert!(watch.staleness().is_none());
    server.start_again().await;
    proxy.point_at(server.grpc_address());
    assert_eq!(names(&mut watch, 1).await, ["a"]);
}

#[tokio::test]
async fn a_restarted_program_resumes_from_the_checkpoint_of_its_last_change() {
    let server = Server::start().await;
    server
        .publish_all((0..6).map(|n| event(&format!("e-{n}"))))
        .await;
    let options = WatchOptions::new("").start(Start::Snapshot);
    let mut stored = None;
    let mut seen = Vec::new();
    for _ in 0..6 {
        let mut watch = client(server.grpc_address()).watch(options.clone().resume(stored.take()));
        let change = change(&mut watch).await;
        assert_eq!(change.kind(), ChangeType::Existing);
        assert_eq!(watch.checkpoint().as_ref(), Some(change.checkpoint()));
        seen.push(change.name().to_owned());
        stored = Some(change.checkpoint().clone());
    }
    let expected: Vec<_> = (0..6).map(|n| format!("events/e-{n}")).collect();
    assert_eq!(seen, expected);
    server.publish(event("new")).await;
    let mut watch = client(server.grpc_address()).watch(options.resume(stored));
    let change = change(&mut watch).await;
    assert_eq!(
        (change.name(), change.kind()),
        ("events/new", ChangeType::Created)
    );
}

#[tokio::test]
async fn streams_that_end_at_their_maximum_age_are_no_failures_and_lose_nothing() {
    let server = Server::start().await;
    let options = WatchOptions::new("")
        .start(Start::Earliest)
        .max_age(Duration::from_secs(1));
    let mut watch = client(server.grpc_address()).watch(options);
    let (mut ends, mut seen) = (0, Vec::new());
    while ends < 3 {
        server.publish(event(&format!("e-{}", seen.len()))).await;
        loop {
            match item(&mut watch).await {
                Item::Change(change) => break seen.push(change.name().to_owned()),
                Item::Reconnecting(end) => {
                    assert!(
                        matches!(end.cause, Cause::Announced(EndReason::MaxAge)),
                        "{end}"
                    );
                    assert!(end.after < Duration::from_millis(1_300), "{end}");
                    ends += 1;
                }
                _ => {}
            }
        }
    }
    let expected: Vec<_> = (0..seen.len()).map(|n| format!("events/e-{n}")).collect();
    assert_eq!(seen, expected);
}

#[tokio::test]
async fn a_shutdown_is_announced() {
    let mut server = Server::start().await;
    let mut watch = client(server.grpc_address()).watch(WatchOptions::new(""));
    assert!(matches!(item(&mut watch).await, Item::Started(_)));
    server.terminate();
    let lost = loop {
        if let Item::Reconnecting(lost) = item(&mut watch).await {
            break lost;
        }
    };
    assert!(
        matches!(lost.cause, Cause::Announced(EndReason::Draining)),
        "{lost}"
    );
    assert!(
        lost.after >= Duration::from_millis(500),
        "the server asked for time: {lost}"
    );
    drop(watch);
    soon("the end", server.ended()).await;
}

#[tokio::test]
async fn a_watch_ends_at_its_stop_condition_and_stays_ended() {
    let server = Server::start().await;
    server
        .publish_all((0..9).map(|n| event(&format!("e-{n}"))))
        .await;
    for (stop, count) in [
        (Stop::CaughtUp, 9),
        (Stop::Count(4), 4),
        (Stop::Position(7), 7),
    ] {
        let options = WatchOptions::new("").start(Start::Earliest).stop(stop);
        let mut watch = client(server.grpc_address()).watch(options);
        let mut seen = 0;
        while soon("a change", watch.next_change())
            .await
            .expect("no refusal")
            .is_some()
        {
            seen += 1;
        }
        assert_eq!(seen, count, "{stop:?}");
        assert!(matches!(watch.next().await, Ok(None)));
    }
}

#[tokio::test]
async fn a_watch_is_a_stream_too() {
    let server = Server::start().await;
    server
        .publish_all((0..3).map(|n| event(&format!("e-{n}"))))
        .await;
    let options = WatchOptions::new("")
        .start(Start::Earliest)
        .stop(Stop::CaughtUp);
    let items = client(server.grpc_address()).watch(options).into_stream();
    let items: Vec<_> = soon("the end", items.collect()).await;
    let changes = items
        .iter()
        .filter(|item| matches!(item, Ok(Item::Change(_))));
    assert_eq!(changes.count(), 3, "{items:?}");
}
