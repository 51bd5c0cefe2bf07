//! S50: what outlives a subscription is not taken for what belongs to another one of its name.

use std::time::Duration;

use entente::proto::v1::{DeleteSubscriptionRequest, Subscription};
use tonic::{Code, Status};

use super::consumer::{Consumer, acknowledge, create, creation, expired, subscriptions};
use crate::{
    clocked::Clocked,
    harness::{Clients, Server, assert_refused, event},
};

async fn delete(server: &Clients, etag: &str) -> Result<(), Status> {
    let request = DeleteSubscriptionRequest {
        name: "subscriptions/s".to_owned(),
        etag: etag.to_owned(),
    };
    let deleted = subscriptions(server).delete_subscription(request).await;
    deleted.map(drop)
}

/// Consumes two changes, and gives the lease epoch.
async fn consumed(server: &Clients) -> i64 {
    let mut consumer = Consumer::open(server, "s").await;
    consumer.changes(2).await;
    consumer.epoch
}

async fn server_with_two_events() -> Server {
    let server = Server::start().await;
    server.publish_all([event("e-1"), event("e-2")]).await;
    server
}

/// Trial A3.
#[tokio::test]
async fn s50_an_acknowledgement_for_a_deleted_subscription_does_not_move_its_namesake() {
    let mut server = server_with_two_events().await;
    let mut epochs = Vec::new();
    for round in 0..4 {
        let Subscription { etag, .. } = create(&server, "s", "").await;
        let epoch = consumed(&server).await;
        for old in &epochs {
            let refused = acknowledge(&server, "s", *old, 2).await;
            assert_refused(
                &refused.expect_err("it is old"),
                Code::Aborted,
                "LEASE_LOST",
            );
        }
        assert!(!epochs.contains(&epoch), "{epoch} is among {epochs:?}");
        epochs.push(epoch);
        delete(&server, "").await.expect("it is there");
        let again = create(&server, "s", "").await;
        let refused = delete(&server, &etag).await;
        assert_refused(
            &refused.expect_err("it is old"),
            Code::Aborted,
            "ETAG_MISMATCH",
        );
        // Nobody has taken its lease, so that nobody has an epoch of it.
        let refused = acknowledge(&server, "s", again.lease_epoch, 2).await;
        refused.expect_err("nothing of it was sent");
        delete(&server, &again.etag).await.expect("it is there");
        if round % 2 == 0 {
            server.kill();
            server.start_again().await;
        }
    }
}

#[tokio::test]
async fn s50_one_that_was_idle_too_long_leaves_its_epochs_behind_as_well() {
    const IDLE_TTL: Duration = Duration::from_secs(10 * 60);
    let server = Clocked::start().await;
    server.publish_all([event("e-1"), event("e-2")]).await;
    let mut request = creation("s", "");
    let subscription = request.subscription.get_or_insert_default();
    subscription.idle_ttl = prost_types::Duration::try_from(IDLE_TTL).ok();
    let created = subscriptions(&server).create_subscription(request).await;
    created.expect("a valid subscription");
    let old = consumed(&server).await;
    expired(&server, "s", IDLE_TTL).await;
    create(&server, "s", "").await;
    assert_ne!(consumed(&server).await, old);
    let refused = acknowledge(&server, "s", old, 2).await;
    assert_refused(
        &refused.expect_err("it is old"),
        Code::Aborted,
        "LEASE_LOST",
    );
}
