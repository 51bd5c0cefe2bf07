//! S40, S41, S50: subscriptions.

use prost_types::Duration;
use tonic::{Code, Streaming, transport::Channel};

use super::{
    frame::answer_of,
    outcome::{CheckResult, Stop, broken, ensure, ensure_same, inapplicable},
    refusals::refused,
    rules::position_of,
    target::Target,
};
use crate::proto::v1::{
    AcknowledgeSubscriptionRequest, ConsumeSubscriptionRequest, ConsumeSubscriptionResponse,
    CreateSubscriptionRequest, DeleteSubscriptionRequest, ErrorReason, GetSubscriptionRequest,
    Subscription, subscription_service_client::SubscriptionServiceClient,
    watch_events_response::Payload,
};

/// A subscription that we create, and its topic.
struct OwnSubscription<'a> {
    target: &'a Target,
    client: SubscriptionServiceClient<Channel>,
    topic: String,
    name: String,
}

/// A delivery to a consumer: the position of a change, and the number of the attempt.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
struct Delivery {
    position: i64,
    attempt: i32,
    lease_epoch: i64,
}

impl OwnSubscription<'_> {
    /// Subscribes to changes made from now on.
    async fn new<'a>(target: &'a Target, word: &str) -> Result<OwnSubscription<'a>, Stop> {
        let topic = target.topic(word);
        let name = format!("subscriptions/{}", target.unique(word));
        let client = SubscriptionServiceClient::new(target.channel());
        let mut subscribed = OwnSubscription {
            target,
            client,
            topic,
            name,
        };
        subscribed.create().await?;
        Ok(subscribed)
    }

    async fn create(&mut self) -> Result<(), Stop> {
        let id = self.name.strip_prefix("subscriptions/");
        let request = CreateSubscriptionRequest {
            subscription_id: id.unwrap_or_default().to_owned(),
            subscription: Some(Subscription {
                filter: self.target.filter_for(&self.topic),
                ..Default::default()
            }),
            ..Default::default()
        };
        match answer_of(
            "CreateSubscription",
            self.client.create_subscription(request),
        )
        .await?
        {
            Ok(_) => Ok(()),
            Err(status) if status.code() == Code::Unimplemented => {
                inapplicable("the server has no SubscriptionService")
            }
            Err(status) => Err(status.into()),
        }
    }

    async fn publish(&self, count: usize) -> Result<Vec<i64>, Stop> {
        let written = self
            .target
            .create_all(self.target.drafts(&self.topic, count))
            .await?;
        Ok(written.iter().map(|event| event.position).collect())
    }

    async fn consume(&mut self) -> Result<Streaming<ConsumeSubscriptionResponse>, Stop> {
        let request = ConsumeSubscriptionRequest {
            name: self.name.clone(),
            heartbeat_interval: Duration::try_from(self.target.options.heartbeat).ok(),
            ..Default::default()
        };
        let call = self.client.consume_subscription(request);
        Ok(answer_of("ConsumeSubscription", call).await??.into_inner())
    }

    async fn acknowledge(
        &mut self,
        lease_epoch: i64,
        position: i64,
    ) -> Result<Result<i64, tonic::Status>, Stop> {
        let name = self.name.clone();
        let request = AcknowledgeSubscriptionRequest {
            name,
            lease_epoch,
            position,
        };
        let call = self.client.acknowledge_subscription(request);
        let answer = answer_of("AcknowledgeSubscription", call).await?;
        Ok(answer.map(|answer| answer.into_inner().acked_position))
    }

    async fn acknowledged(&mut self) -> Result<i64, Stop> {
        Ok(self.get().await?.acked_position)
    }

    async fn get(&mut self) -> Result<Subscription, Stop> {
        let request = GetSubscriptionRequest {
            name: self.name.clone(),
        };
        let answer = answer_of("GetSubscription", self.client.get_subscription(request)).await??;
        Ok(answer.into_inner().subscription.unwrap_or_default())
    }

    /// Deletes the subscription, so that nothing is left behind.
    async fn delete(mut self) -> Result<(), Stop> {
        self.delete_with("").await??;
        Ok(())
    }

    async fn delete_with(&mut self, etag: &str) -> Result<Result<(), tonic::Status>, Stop> {
        let request = DeleteSubscriptionRequest {
            name: self.name.clone(),
            etag: etag.to_owned(),
        };
        let call = self.client.delete_subscription(request);
        Ok(answer_of("DeleteSubscription", call).await?.map(drop))
    }
}

/// Reads the next `count` changes of a consumer.
async fn delivered(
    stream: &mut Streaming<ConsumeSubscriptionResponse>,
    count: usize,
) -> Result<Vec<Delivery>, Stop> {
    let mut delivered = Vec::new();
    while delivered.len() < count {
        let Some(answer) = answer_of("a frame of a subscription", stream.message()).await?? else {
            return broken("the stream of a subscription ended");
        };
        if let Some(Payload::Change(change)) = answer.frame.and_then(|frame| frame.payload) {
            delivered.push(Delivery {
                position: position_of(&change),
                attempt: answer.delivery_attempt,
                lease_epoch: answer.lease_epoch,
            });
        }
    }
    Ok(delivered)
}

fn positions(delivered: &[Delivery]) -> Vec<i64> {
    delivered
        .iter()
        .map(|delivered| delivered.position)
        .collect()
}

pub(super) async fn s40_what_was_not_acknowledged_is_sent_again(target: &Target) -> CheckResult {
    let mut subscribed = OwnSubscription::new(target, "s40").await?;
    let written = subscribed.publish(4).await?;
    let mut stream = subscribed.consume().await?;
    let first = delivered(&mut stream, 4).await?;
    ensure_same(
        "the changes that a consumer received",
        positions(&first),
        written.clone(),
    )?;
    ensure(first.iter().all(|it| it.attempt == 1), || {
        format!("a first delivery is not attempt 1: {first:?}")
    })?;
    subscribed
        .acknowledge(first[1].lease_epoch, first[1].position)
        .await??;
    // The first consumer is dropped without closing; the next one takes its lease.
    drop(stream);
    let mut stream = subscribed.consume().await?;
    let again = delivered(&mut stream, 2).await?;
    ensure_same(
        "the changes that the next consumer received",
        positions(&again),
        written[2..].to_vec(),
    )?;
    ensure(again.iter().all(|it| it.attempt > 1), || {
        format!("a second delivery has the wrong attempt: {again:?}")
    })?;
    let later = subscribed.publish(1).await?;
    let newest = delivered(&mut stream, 1).await?;
    ensure_same(
        "the changes after them",
        (positions(&newest), newest[0].attempt),
        (later, 1),
    )?;
    subscribed.delete().await?;
    Ok("two of four were acknowledged; the next consumer began with the third".to_owned())
}

pub(super) async fn s41_an_old_lease_moves_nothing(target: &Target) -> CheckResult {
    let mut subscribed = OwnSubscription::new(target, "s41").await?;
    let written = subscribed.publish(3).await?;
    let mut old = subscribed.consume().await?;
    let sent_to_old = delivered(&mut old, 3).await?;
    let mut new = subscribed.consume().await?;
    let sent_to_new = delivered(&mut new, 3).await?;
    ensure_same(
        "the changes that the new lease holder received",
        positions(&sent_to_new),
        written.clone(),
    )?;
    let (old_lease, new_lease) = (sent_to_old[0].lease_epoch, sent_to_new[0].lease_epoch);
    ensure(new_lease > old_lease, || {
        format!("the lease was {old_lease}; after a takeover it is {new_lease}")
    })?;
    let before = subscribed.acknowledged().await?;
    let late = subscribed.acknowledge(old_lease, written[2]).await?;
    refused(target, late, Code::Aborted, ErrorReason::LeaseLost)?;
    ensure_same(
        "the cursor after a late acknowledgement",
        subscribed.acknowledged().await?,
        before,
    )?;
    subscribed.acknowledge(new_lease, written[1]).await??;
    let back = subscribed.acknowledge(new_lease, written[0]).await??;
    ensure_same(
        "the cursor after an acknowledgement of a lower position",
        back,
        written[1],
    )?;
    fenced(&mut old, target).await?;
    subscribed.delete().await?;
    Ok(
        "a late acknowledgement is refused, a lower one moves nothing, the old stream ended"
            .to_owned(),
    )
}

pub(super) async fn s50_what_is_left_of_a_deleted_one_moves_no_other(
    target: &Target,
) -> CheckResult {
    let mut subscribed = OwnSubscription::new(target, "s50").await?;
    let mut stream = subscribed.consume().await?;
    subscribed.publish(2).await?;
    let sent = delivered(&mut stream, 2).await?;
    let (lease, etag) = (sent[0].lease_epoch, subscribed.get().await?.etag);
    subscribed.delete_with("").await??;
    subscribed.create().await?;
    let mut stream = subscribed.consume().await?;
    let written = subscribed.publish(2).await?;
    let sent = delivered(&mut stream, 2).await?;
    ensure_same(
        "the changes that the new subscription sent",
        positions(&sent),
        written,
    )?;
    let late = subscribed.acknowledge(lease, sent[1].position).await?;
    refused(target, late, Code::Aborted, ErrorReason::LeaseLost)?;
    let late = subscribed.delete_with(&etag).await?;
    refused(target, late, Code::Aborted, ErrorReason::EtagMismatch)?;
    subscribed.delete().await?;
    Ok("an acknowledgement and an etag of the deleted subscription are refused".to_owned())
}

/// Checks that the stream of a consumer that lost its lease ends with an error.
async fn fenced(
    stream: &mut Streaming<ConsumeSubscriptionResponse>,
    target: &Target,
) -> Result<(), Stop> {
    loop {
        match answer_of("the end of a stream that lost its lease", stream.message()).await? {
            Ok(Some(_)) => {}
            Ok(None) => return broken("a stream that lost its lease ended with OK"),
            Err(status) => {
                let lost = Err::<(), _>(status);
                return refused(target, lost, Code::Aborted, ErrorReason::LeaseLost).map(drop);
            }
        }
    }
}
