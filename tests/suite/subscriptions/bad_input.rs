//! What is refused, and how.

use entente::proto::v1::{
    ConsumeSubscriptionRequest, DeleteSubscriptionRequest, SeekSubscriptionRequest, Start,
    Subscription, UpdateSubscriptionRequest, create_subscription_request::Begin,
    seek_subscription_request::Target,
};
use prost_types::{Duration, FieldMask, Timestamp};
use tonic::Code;

use super::consumer::{acknowledge, create, creation, subscriptions, try_get};
use crate::harness::{Server, assert_invalid_fields, assert_refused};

#[tokio::test]
async fn every_wrong_field_of_a_creation_is_named_at_once() {
    let server = Server::start().await;
    let mut request = creation("Not A Slug", "");
    let subscription = request.subscription.as_mut().expect("it is set");
    subscription.view = 99;
    subscription.idle_ttl = Some(Duration {
        seconds: 0,
        nanos: 1,
    });
    request.begin = Some(Begin::Start(Start::Snapshot.into()));
    let status = subscriptions(&server)
        .create_subscription(request)
        .await
        .expect_err("wrong");
    let fields = ["subscription_id", "view", "subscription.idle_ttl", "start"];
    assert_invalid_fields(&status, &fields);
    assert!(status.message().contains("4 fields"), "{status:?}");
}

#[tokio::test]
async fn a_filter_that_cannot_be_read_is_refused_with_its_place() {
    let server = Server::start().await;
    let request = creation("s", "party:");
    let status = subscriptions(&server)
        .create_subscription(request)
        .await
        .expect_err("wrong");
    assert_refused(&status, Code::InvalidArgument, "FILTER_INVALID");
    let made = create(&server, "s", "").await;
    let request = UpdateSubscriptionRequest {
        subscription: Some(Subscription {
            filter: "nonsense = 1".into(),
            ..made
        }),
        update_mask: None,
    };
    let status = subscriptions(&server)
        .update_subscription(request)
        .await
        .expect_err("wrong");
    assert_refused(&status, Code::InvalidArgument, "FILTER_INVALID");
}

#[tokio::test]
async fn places_that_are_not_there_are_refused() {
    let server = Server::start().await;
    let mut request = creation("s", "");
    request.begin = Some(Begin::AfterPosition(1));
    let status = subscriptions(&server)
        .create_subscription(request.clone())
        .await;
    let metadata = assert_refused(
        &status.expect_err("wrong"),
        Code::OutOfRange,
        "POSITION_IN_FUTURE",
    );
    assert_eq!(metadata["requestedPosition"], "1");
    let begins = [
        (Begin::AfterPosition(-1), "after_position"),
        (
            Begin::StartTime(Timestamp {
                seconds: 7_000_000_000,
                nanos: 0,
            }),
            "start_time",
        ),
        (
            Begin::StartTime(Timestamp {
                seconds: 0,
                nanos: -1,
            }),
            "start_time",
        ),
        (Begin::Start(77), "start"),
    ];
    for (begin, field) in begins {
        request.begin = Some(begin);
        let status = subscriptions(&server)
            .create_subscription(request.clone())
            .await;
        assert_invalid_fields(&status.expect_err("wrong"), &[field]);
    }
}

#[tokio::test]
async fn one_that_is_not_there_is_named_by_every_method() {
    let server = Server::start().await;
    let name = || "subscriptions/none".to_owned();
    let mut client = subscriptions(&server);
    let update = UpdateSubscriptionRequest {
        subscription: Some(Subscription {
            name: name(),
            ..Subscription::default()
        }),
        update_mask: None,
    };
    let delete = DeleteSubscriptionRequest {
        name: name(),
        etag: String::new(),
    };
    let seek = SeekSubscriptionRequest {
        name: name(),
        target: Some(Target::AfterPosition(0)),
    };
    let consume = ConsumeSubscriptionRequest {
        name: name(),
        ..ConsumeSubscriptionRequest::default()
    };
    let refusals = [
        try_get(&server, "none").await.err(),
        client.update_subscription(update).await.err(),
        client.delete_subscription(delete).await.err(),
        client.seek_subscription(seek).await.err(),
        client.consume_subscription(consume).await.err(),
        acknowledge(&server, "none", 1, 1).await.err(),
    ];
    for status in refusals {
        let status = status.expect("there is none");
        let metadata = assert_refused(&status, Code::NotFound, "SUBSCRIPTION_NOT_FOUND");
        assert_eq!(metadata["name"], "subscriptions/none");
    }
}

#[tokio::test]
async fn other_wrong_fields_are_named() {
    let server = Server::start().await;
    let made = create(&server, "s", "").await;
    let mut client = subscriptions(&server);
    let status = client
        .update_subscription(UpdateSubscriptionRequest {
            subscription: Some(made.clone()),
            update_mask: Some(FieldMask {
                paths: vec!["acked_position".into()],
            }),
        })
        .await;
    assert_invalid_fields(&status.expect_err("wrong"), &["update_mask"]);
    let status = client
        .consume_subscription(ConsumeSubscriptionRequest {
            name: "events/s".into(),
            consumer: "x".repeat(101),
            max_unacked: 10_001,
            heartbeat_interval: Some(Duration {
                seconds: 56,
                nanos: 0,
            }),
            compression: 7,
        })
        .await;
    let fields = [
        "name",
        "consumer",
        "max_unacked",
        "heartbeat_interval",
        "compression",
    ];
    assert_invalid_fields(&status.expect_err("wrong"), &fields);
    let seek = SeekSubscriptionRequest {
        name: made.name.clone(),
        target: None,
    };
    let status = client.seek_subscription(seek).await;
    assert_invalid_fields(&status.expect_err("wrong"), &["target"]);
    let status = acknowledge(&server, "s", 0, -1).await;
    assert_invalid_fields(&status.expect_err("wrong"), &["position"]);
    let status = acknowledge(&server, "s", 0, 0)
        .await
        .expect_err("nobody has consumed it");
    assert_refused(&status, Code::Aborted, "LEASE_LOST");
    let delete = DeleteSubscriptionRequest {
        name: made.name,
        etag: "stale".into(),
    };
    let status = client.delete_subscription(delete).await.expect_err("wrong");
    let metadata = assert_refused(&status, Code::Aborted, "ETAG_MISMATCH");
    assert_eq!(metadata["currentEtag"], made.etag);
}
