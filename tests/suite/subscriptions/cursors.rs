//! What moves a cursor, what stays of it, and what is told of it.

use std::time::Duration;

use entente::proto::v1::{
    DeleteSubscriptionRequest, ListSubscriptionsRequest, SeekSubscriptionRequest, Start,
    Subscription, UpdateSubscriptionRequest, View, create_subscription_request::Begin,
    seek_subscription_request::Target, watch_events_response::Payload,
};
use prost_types::FieldMask;
use tonic::Code;

use super::consumer::{
    Consumer, acknowledge, create, creation, expired, get, payload, subscriptions,
};
use crate::{
    clocked::Clocked,
    harness::{Build, Page, Server, assert_refused, event},
};

async fn publish(server: &Server, from: usize, upto: usize) {
    let event = |n| event(&format!("e-{n}")).with_topic(if n % 2 == 0 { "even" } else { "odd" });
    server.publish_all((from..=upto).map(event)).await;
}

async fn update(
    server: &Server,
    subscription: Subscription,
    paths: &[&str],
) -> Result<Subscription, tonic::Status> {
    let request = UpdateSubscriptionRequest {
        subscription: Some(subscription),
        update_mask: Some(FieldMask {
            paths: paths.iter().map(|path| (*path).to_owned()).collect(),
        }),
    };
    let answer = subscriptions(server)
        .update_subscription(request)
        .await?
        .into_inner();
    Ok(answer
        .subscription
        .expect("the answer has the subscription"))
}

async fn seek(server: &Server, target: Target) -> Result<Subscription, tonic::Status> {
    let request = SeekSubscriptionRequest {
        name: "subscriptions/s".into(),
        target: Some(target),
    };
    let answer = subscriptions(server)
        .seek_subscription(request)
        .await?
        .into_inner();
    Ok(answer
        .subscription
        .expect("the answer has the subscription"))
}

#[tokio::test]
async fn lag_counts_the_matching_changes_that_are_not_acknowledged() {
    let server = Server::start().await;
    publish(&server, 1, 9).await;
    let made = create(&server, "s", "topic:even").await;
    assert_eq!(
        (
            made.acked_position,
            made.head_position,
            made.unacked_changes
        ),
        (0, 9, 4)
    );
    assert!(made.oldest_unacked_time.is_some() && made.last_ack_time.is_none());
    let mut consumer = Consumer::open(&server, "s").await;
    consumer.changes(4).await;
    consumer.acknowledge(&server, 4).await.expect("it was sent");
    let now = get(&server, "s").await;
    assert_eq!(
        (now.unacked_changes, now.consumer.as_str(), now.lease_epoch),
        (2, "tester", 1)
    );
    assert!(now.last_ack_time.is_some());
    let page = crate::harness::get(server.admin_address(), "/metrics")
        .await
        .expect("a page");
    let Page { body, .. } = page;
    assert!(
        body.contains("entente_subscription_lag_changes{subscription=\"s\"} 2"),
        "{body}"
    );
    consumer.acknowledge(&server, 8).await.expect("it was sent");
    let now = get(&server, "s").await;
    assert_eq!((now.unacked_changes, now.oldest_unacked_time), (0, None));
}

#[tokio::test]
async fn a_subscription_begins_where_it_was_asked_to() {
    let server = Server::start().await;
    publish(&server, 1, 4).await;
    let places = [
        (None, 4),
        (Some(Begin::Start(Start::Latest.into())), 4),
        (Some(Begin::Start(Start::Earliest.into())), 0),
        (Some(Begin::AfterPosition(3)), 3),
        (Some(Begin::StartTime(prost_types::Timestamp::default())), 0),
    ];
    for (n, (begin, acked)) in places.into_iter().enumerate() {
        let mut request = creation(&format!("s-{n}"), "");
        request.begin = begin;
        let answer = subscriptions(&server)
            .create_subscription(request)
            .await
            .expect("valid");
        let made = answer.into_inner().subscription.expect("it was made");
        assert_eq!(made.acked_position, acked, "{n}");
    }
}

#[tokio::test]
async fn a_request_that_is_repeated_makes_one_subscription_also_after_a_kill() {
    let mut server = Server::start().await;
    let mut request = creation("s", "topic:even");
    request.request_id = "r-1".into();
    let create = async |server: &Server, request| {
        subscriptions(server)
            .create_subscription(request)
            .await
            .map(tonic::Response::into_inner)
    };
    let first = create(&server, request.clone()).await.expect("valid");
    assert!(!first.replayed);
    server.kill_and_start_again().await;
    let again = create(&server, request.clone()).await.expect("repeated");
    assert!(again.replayed);
    assert_eq!(again.subscription, first.subscription);
    let mut other = request.clone();
    other.subscription_id = "t".into();
    let status = create(&server, other).await.expect_err("other content");
    assert_refused(&status, Code::InvalidArgument, "REQUEST_ID_REUSED");
    request.request_id = String::new();
    let status = create(&server, request)
        .await
        .expect_err("the name is taken");
    let metadata = assert_refused(&status, Code::AlreadyExists, "SUBSCRIPTION_EXISTS");
    assert_eq!(metadata["subscription"], "subscriptions/s");
}

#[tokio::test]
async fn a_seek_moves_the_cursor_back_and_fences_acknowledgements_on_their_way() {
    let server = Server::start().await;
    publish(&server, 1, 6).await;
    create(&server, "s", "").await;
    let mut consumer = Consumer::open(&server, "s").await;
    consumer.changes(6).await;
    consumer.acknowledge(&server, 5).await.expect("it was sent");
    let sought = seek(&server, Target::AfterPosition(2))
        .await
        .expect("a known position");
    assert_eq!(
        (
            sought.acked_position,
            sought.lease_epoch,
            sought.unacked_changes
        ),
        (2, 2, 4)
    );
    let epoch = consumer.epoch;
    let (last, status) = consumer.end().await;
    assert!(matches!(
        payload(&last.expect("a frame")),
        Some(Payload::Ending(_))
    ));
    assert_refused(&status, Code::Aborted, "LEASE_LOST");
    let status = acknowledge(&server, "s", epoch, 6)
        .await
        .expect_err("it is fenced");
    assert_refused(&status, Code::Aborted, "LEASE_LOST");
    assert_eq!(Consumer::open(&server, "s").await.change().await, (3, 1));
    let latest = seek(&server, Target::Start(Start::Latest.into()))
        .await
        .expect("a known place");
    assert_eq!(latest.acked_position, 6);
    let epoch = prost_types::Timestamp::default();
    let earliest = seek(&server, Target::Time(epoch))
        .await
        .expect("a known time");
    assert_eq!(earliest.acked_position, 0);
    let status = seek(&server, Target::AfterPosition(7))
        .await
        .expect_err("beyond the head");
    let metadata = assert_refused(&status, Code::OutOfRange, "POSITION_IN_FUTURE");
    assert_eq!(metadata["headPosition"], "6");
}

#[tokio::test]
async fn o12_a_new_filter_applies_after_the_change_and_the_consumer_is_told_where() {
    let mut server = Server::start().await;
    publish(&server, 1, 6).await;
    let made = create(&server, "s", "topic:even").await;
    let edit = Subscription {
        filter: "topic:odd".into(),
        ..made.clone()
    };
    let edited = update(&server, edit.clone(), &["filter"])
        .await
        .expect("a valid filter");
    assert_eq!(
        (edited.filter.as_str(), edited.unacked_changes),
        ("topic:odd", 3)
    );
    let status = update(&server, edit, &["filter"])
        .await
        .expect_err("the etag is stale");
    let metadata = assert_refused(&status, Code::Aborted, "ETAG_MISMATCH");
    assert_eq!(metadata["currentEtag"], edited.etag);
    publish(&server, 7, 10).await;
    server.kill_and_start_again().await;
    let mut consumer = Consumer::open(&server, "s").await;
    let mut seen = Vec::new();
    while seen.len() < 6 {
        let answer = consumer.answer().await;
        if let Some(changed) = &answer.filter_changed {
            assert_eq!(changed.after_position, 6);
            assert!(
                changed.normalized_filter.contains("topic:odd"),
                "{changed:?}"
            );
            seen.push(0);
        }
        seen.extend(super::consumer::position(&answer));
    }
    assert_eq!(seen, [2, 4, 6, 0, 7, 9]);
    // Also while it is being consumed.
    consumer.until_caught_up().await;
    let everything = Subscription {
        name: "subscriptions/s".into(),
        ..Subscription::default()
    };
    update(&server, everything, &["filter"])
        .await
        .expect("a valid filter");
    let told = consumer
        .answer_where(|answer| answer.filter_changed.is_some())
        .await;
    assert_eq!(told.filter_changed.expect("it is set").after_position, 10);
    publish(&server, 11, 12).await;
    assert_eq!(
        consumer
            .changes(2)
            .await
            .iter()
            .map(|(at, _)| *at)
            .collect::<Vec<_>>(),
        [11, 12]
    );
}

#[tokio::test]
async fn an_edit_takes_the_masked_fields_only() {
    let server = Server::start().await;
    create(&server, "s", "topic:even").await;
    let edit = Subscription {
        name: "subscriptions/s".into(),
        view: View::Basic.into(),
        idle_ttl: Some(prost_types::Duration {
            seconds: 3600,
            nanos: 0,
        }),
        ..Subscription::default()
    };
    let edited = update(&server, edit.clone(), &["view"])
        .await
        .expect("valid");
    assert_eq!((edited.view(), edited.idle_ttl), (View::Basic, None));
    let edited = update(&server, edit.clone(), &[]).await.expect("valid");
    assert_eq!(
        (edited.filter.as_str(), edited.idle_ttl),
        ("topic:even", edit.idle_ttl)
    );
    let edited = update(&server, edit, &["*"]).await.expect("valid");
    assert_eq!(edited.filter, "");
}

#[tokio::test]
async fn a_subscription_that_nobody_consumes_is_deleted_after_its_idle_time() {
    const IDLE_TTL: Duration = Duration::from_secs(10 * 60);
    let server = Clocked::start().await;
    let mut request = creation("s", "");
    let subscription = request.subscription.as_mut().expect("it is set");
    subscription.idle_ttl = IDLE_TTL.try_into().ok();
    subscriptions(&server)
        .create_subscription(request)
        .await
        .expect("valid");
    let mut consumer = Consumer::open(&server, "s").await;
    consumer.until_caught_up().await;
    server.pass(2 * IDLE_TTL);
    // The writer has looked for it behind the first, when the second is written.
    for name in ["a", "b"] {
        server.publish(event(name)).await;
    }
    assert_eq!(get(&server, "s").await.consumer, "tester");
    drop(consumer);
    let status = expired(&server, "s", IDLE_TTL).await;
    assert_refused(&status, Code::NotFound, "SUBSCRIPTION_NOT_FOUND");
}

#[tokio::test]
async fn a_listing_has_every_subscription_once_by_name() {
    let server = Server::start().await;
    for n in 0..7 {
        create(&server, &format!("s-{n}"), "").await;
    }
    let request = DeleteSubscriptionRequest {
        name: "subscriptions/s-3".into(),
        ..DeleteSubscriptionRequest::default()
    };
    subscriptions(&server)
        .delete_subscription(request)
        .await
        .expect("it is there");
    let mut names = Vec::new();
    let mut request = ListSubscriptionsRequest {
        page_size: 2,
        ..ListSubscriptionsRequest::default()
    };
    loop {
        let answer = subscriptions(&server)
            .list_subscriptions(request.clone())
            .await;
        let page = answer.expect("a page").into_inner();
        names.extend(
            page.subscriptions
                .into_iter()
                .map(|subscription| subscription.name),
        );
        if page.next_page_token.is_empty() {
            break;
        }
        request.page_token = page.next_page_token;
    }
    let expected = [0, 1, 2, 4, 5, 6].map(|n| format!("subscriptions/s-{n}"));
    assert_eq!(names, expected);
}

#[tokio::test]
async fn a_page_of_long_filters_ends_before_an_answer_would_be_too_large() {
    const COUNT: usize = 600;
    let server = Server::start().await;
    // As long as it may be, and two bytes a letter.
    let filter = format!("text:\"{}\"", "é".repeat(3_900));
    for n in 0..COUNT {
        create(&server, &format!("s-{n}"), &filter).await;
    }
    let mut request = ListSubscriptionsRequest {
        page_size: 1_000,
        ..ListSubscriptionsRequest::default()
    };
    let mut pages = Vec::new();
    while pages.is_empty() || !request.page_token.is_empty() {
        let answer = subscriptions(&server)
            .list_subscriptions(request.clone())
            .await;
        let page = answer.expect("a page").into_inner();
        pages.push(page.subscriptions.len());
        request.page_token = page.next_page_token;
    }
    assert!(pages.len() == 2 && pages[0] > 300, "{pages:?}");
    assert_eq!(pages.iter().sum::<usize>(), COUNT);
}

#[tokio::test]
async fn d01_acknowledgements_that_were_answered_outlive_a_kill_at_any_moment() {
    let mut server = Server::start().await;
    publish(&server, 1, 200).await;
    create(&server, "s", "").await;
    let mut told = 0;
    for round in 0..3 {
        let mut consumer = Consumer::open(&server, "s").await;
        assert_eq!(consumer.change().await.0, told + 1);
        for _ in 0..17 + 5 * round {
            told = consumer
                .acknowledge(&server, told + 1)
                .await
                .expect("it was sent");
            consumer.change().await;
        }
        server.kill_and_start_again().await;
        assert_eq!(
            get(&server, "s").await.acked_position,
            told,
            "round {round}"
        );
    }
}
