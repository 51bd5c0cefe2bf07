//! What a consumer receives: redelivery, takeover, flow control.

use std::time::Duration;

use entente::proto::v1::{
    ConsumeSubscriptionRequest, DeleteSubscriptionRequest, EndReason,
    watch_events_response::Payload,
};
use tonic::Code;

use super::consumer::{Consumer, acknowledge, create, get, payload, position, subscriptions};
use crate::{
    clocked::Clocked,
    harness::{Build, Clients, Server, assert_refused, event, eventually},
};

async fn server_with(events: usize) -> Server {
    let server = Server::start().await;
    publish(&server, events).await;
    server
}

async fn publish(server: &Clients, events: usize) {
    let event = |n| event(&format!("e-{n}")).with_topic(if n % 2 == 0 { "even" } else { "odd" });
    server.publish_all((1..=events).map(event)).await;
}

#[tokio::test]
async fn s40_after_a_crash_of_the_consumer_redelivery_starts_after_the_last_acknowledged_position()
{
    let server = server_with(6).await;
    create(&server, "s", "").await;
    let mut consumer = Consumer::open(&server, "s").await;
    assert_eq!((consumer.epoch, consumer.attempt), (1, 1));
    assert_eq!(consumer.changes(4).await, [(1, 1), (2, 1), (3, 1), (4, 1)]);
    assert_eq!(
        consumer.acknowledge(&server, 2).await.expect("it was sent"),
        2
    );
    drop(consumer);
    eventually("the server to notice", async || {
        get(&server, "s").await.consumer.is_empty().then_some(())
    })
    .await;
    let mut next = Consumer::open(&server, "s").await;
    assert_eq!((next.epoch, next.attempt), (2, 2));
    let changes = next.changes(4).await;
    assert_eq!(changes[0], (3, 2));
    assert!(changes.iter().map(|(position, _)| *position).eq(3..=6));
}

#[tokio::test]
async fn s40_after_a_kill_of_the_server_nothing_acknowledged_comes_again_and_the_rest_does() {
    let mut server = server_with(8).await;
    create(&server, "s", "").await;
    let mut acked = 0;
    for round in 1..=4 {
        let mut consumer = Consumer::open(&server, "s").await;
        assert_eq!(consumer.epoch, round, "the lease outlives the kill");
        let (position, attempt) = consumer.change().await;
        assert_eq!(position, acked + 1);
        assert_eq!(attempt > 1, round > 1, "round {round}: attempt {attempt}");
        consumer.change().await;
        acked = consumer
            .acknowledge(&server, position)
            .await
            .expect("it was sent");
        assert_eq!(acked, position);
        server.kill_and_start_again().await;
        let subscription = get(&server, "s").await;
        assert_eq!(
            (subscription.acked_position, subscription.unacked_changes),
            (acked, 8 - acked)
        );
        assert_eq!(subscription.consumer, "");
    }
    // The last lease has not been lost to anybody, so that what it received can be acknowledged.
    assert_eq!(
        acknowledge(&server, "s", 4, 5).await.expect("it was sent"),
        5
    );
}

#[tokio::test]
async fn s41_a_new_consumer_takes_over_and_the_old_one_is_fenced() {
    let server = server_with(3).await;
    create(&server, "s", "").await;
    let mut old = Consumer::open(&server, "s").await;
    old.changes(3).await;
    assert_eq!(old.acknowledge(&server, 1).await.expect("it was sent"), 1);
    let mut new = Consumer::open(&server, "s").await;
    let epoch = old.epoch;
    let (last, status) = old.end().await;
    let last = last.expect("a frame before the end");
    match payload(&last) {
        Some(Payload::Ending(ending)) => assert_eq!(ending.reason(), EndReason::LeaseLost),
        other => panic!("{other:?}"),
    }
    let metadata = assert_refused(&status, Code::Aborted, "LEASE_LOST");
    assert_eq!(metadata["leaseEpoch"], "2");
    let status = acknowledge(&server, "s", epoch, 3)
        .await
        .expect_err("it is fenced");
    let metadata = assert_refused(&status, Code::Aborted, "LEASE_LOST");
    assert_eq!(metadata["leaseEpoch"], "2");
    assert_eq!(get(&server, "s").await.acked_position, 1);
    assert_eq!(new.changes(2).await, [(2, 2), (3, 2)]);
    assert_eq!(new.acknowledge(&server, 3).await.expect("it was sent"), 3);
    assert_eq!(
        new.acknowledge(&server, 2)
            .await
            .expect("it changes nothing"),
        3
    );
}

/// Trial A14.
#[tokio::test]
async fn a14_attempts_are_exact_while_consumers_take_over_from_each_other() {
    const EVENTS: i64 = 400;
    let server = server_with(EVENTS as usize).await;
    create(&server, "s", "").await;
    let mut readers = Vec::new();
    for _ in 0..8 {
        let mut consumer = Consumer::open(&server, "s").await;
        readers.push(tokio::spawn(async move {
            let mut changes = Vec::new();
            while changes.len() < EVENTS as usize
                && let Ok(Some(answer)) = consumer.next().await
            {
                changes.extend(position(&answer).map(|at| (at, answer.delivery_attempt)));
            }
            changes
        }));
    }
    let mut deliveries = vec![0; EVENTS as usize + 1];
    for reader in readers {
        let changes = reader.await.expect("every frame is right");
        for (position, attempt) in changes {
            let count = &mut deliveries[position as usize];
            *count += 1;
            assert_eq!(attempt, *count, "position {position}");
        }
    }
}

#[tokio::test]
async fn only_what_was_sent_can_be_acknowledged() {
    let server = server_with(5).await;
    create(&server, "s", "").await;
    let mut consumer = Consumer::open_with(&server, "s", |request| ConsumeSubscriptionRequest {
        max_unacked: 2,
        ..request
    })
    .await;
    consumer.changes(2).await;
    let status = consumer
        .acknowledge(&server, 3)
        .await
        .expect_err("it was not sent");
    let metadata = assert_refused(&status, Code::OutOfRange, "POSITION_NOT_SENT");
    assert_eq!(
        (
            metadata["requestedPosition"].as_str(),
            metadata["sentPosition"].as_str()
        ),
        ("3", "2")
    );
}

#[tokio::test]
async fn a_stream_waits_for_acknowledgements_and_shows_that_it_lives() {
    const BEAT: Duration = Duration::from_secs(30);
    let server = Clocked::start().await;
    publish(&server, 5).await;
    create(&server, "s", "").await;
    let mut consumer = Consumer::open_with(&server, "s", |request| ConsumeSubscriptionRequest {
        max_unacked: 2,
        heartbeat_interval: BEAT.try_into().ok(),
        ..request
    })
    .await;
    consumer.changes(2).await;
    for _ in 0..2 {
        server.pass(BEAT);
        let answer = consumer.answer().await;
        assert!(
            matches!(payload(&answer), Some(Payload::Progress(_))),
            "{answer:?}"
        );
        assert_eq!(answer.frame.expect("a frame").position, 2);
    }
    consumer.acknowledge(&server, 1).await.expect("it was sent");
    assert_eq!(consumer.change().await, (3, 1));
    server.pass(BEAT);
    let answer = consumer.answer().await;
    assert!(
        matches!(payload(&answer), Some(Payload::Progress(_))),
        "{answer:?}"
    );
    consumer.acknowledge(&server, 3).await.expect("it was sent");
    assert_eq!(consumer.changes(2).await, [(4, 1), (5, 1)]);
}

#[tokio::test]
async fn a_cursor_moves_over_what_does_not_match() {
    let server = Clocked::start().await;
    publish(&server, 6).await;
    create(&server, "s", "topic:even").await;
    let mut consumer = Consumer::open(&server, "s").await;
    assert_eq!(consumer.until_caught_up().await, [2, 4, 6]);
    server.publish(event("other").with_topic("odd")).await;
    let covered = consumer.answer_where(|answer| {
        answer
            .frame
            .as_ref()
            .is_some_and(|frame| frame.position == 7)
    });
    let progress = server.pass_while(Duration::from_secs(15), covered).await;
    assert_eq!(position(&progress), None);
    assert_eq!(
        consumer
            .acknowledge(&server, 7)
            .await
            .expect("it was covered"),
        7
    );
    assert_eq!(get(&server, "s").await.unacked_changes, 0);
}

#[tokio::test]
async fn s20_a_consumer_receives_what_is_written_while_it_waits() {
    let server = Server::start().await;
    create(&server, "s", "").await;
    let mut consumer = Consumer::open(&server, "s").await;
    assert!(consumer.until_caught_up().await.is_empty());
    for n in 1..=20 {
        let written = server.publish(event(&format!("live-{n}"))).await;
        assert_eq!(consumer.change().await, (written.position, 1));
    }
}

#[tokio::test]
async fn the_end_of_a_subscription_ends_its_stream() {
    let server = server_with(1).await;
    create(&server, "s", "").await;
    let consumer = Consumer::open(&server, "s").await;
    let request = DeleteSubscriptionRequest {
        name: "subscriptions/s".into(),
        ..DeleteSubscriptionRequest::default()
    };
    subscriptions(&server)
        .delete_subscription(request)
        .await
        .expect("it is there");
    let (last, status) = consumer.end().await;
    assert!(matches!(
        payload(&last.expect("a frame")),
        Some(Payload::Ending(_))
    ));
    assert_refused(&status, Code::NotFound, "SUBSCRIPTION_NOT_FOUND");
}

#[tokio::test]
async fn s33_a_consumer_that_accepts_nothing_gives_the_lease_back() {
    let server = Clocked::start_with(&["--watch-stall-timeout=2m"]).await;
    create(&server, "s", "").await;
    let mut stalled = Consumer::open_narrow(&server, "s").await;
    server
        .publish_all((0..900).map(|n| event(&format!("e-{n}"))))
        .await;
    let given_back = eventually("the lease to be given back", async || {
        get(&server, "s").await.consumer.is_empty().then_some(())
    });
    let step = Duration::from_secs(1);
    server.pass_while(step, given_back).await;
    let mut last = None;
    let end = loop {
        match stalled.next().await {
            Ok(Some(answer)) => last = payload(&answer).cloned(),
            Ok(None) => panic!("it ended with OK"),
            Err(status) => break status,
        }
    };
    match last {
        Some(Payload::Ending(ending)) => {
            assert_eq!(ending.reason(), EndReason::ConsumerStalled);
        }
        other => panic!("{other:?}"),
    }
    assert_refused(&end, Code::ResourceExhausted, "CONSUMER_STALLED");
}

#[tokio::test]
async fn where_no_watch_may_be_opened_nobody_loses_the_lease() {
    let server = Server::start_with(&["--watches-max=1"]).await;
    create(&server, "s", "").await;
    let mut holder = Consumer::open(&server, "s").await;
    let request = ConsumeSubscriptionRequest {
        name: "subscriptions/s".to_owned(),
        ..Default::default()
    };
    let refused = subscriptions(&server).consume_subscription(request).await;
    let refused = refused.expect_err("there is no place");
    assert_refused(&refused, Code::ResourceExhausted, "WATCH_LIMIT");
    server.publish(event("a")).await;
    assert_eq!(holder.changes(1).await, [(1, 1)]);
}
