//! S40, S41: cursors that the server keeps.

use prost_types::Duration;
use tonic::{Code, Streaming, transport::Channel};

use super::{
    hearing::soon,
    outcome::{Checked, Stop, broken, ensure, ensure_same, inapplicable},
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

/// A subscription of our own, and the topic it is to.
struct Subscribed<'a> {
    target: &'a Target,
    client: SubscriptionServiceClient<Channel>,
    topic: String,
    name: String,
}

/// What a consumer was sent: the position of a change, and how often it was.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
struct Delivered {
    position: i64,
    attempt: i32,
    lease_epoch: i64,
}

impl Subscribed<'_> {
    /// To what is published from now on.
    async fn new<'a>(target: &'a Target, word: &str) -> Result<Subscribed<'a>, Stop> {
        let topic = target.topic(word);
        let name = format!("subscriptions/{}", target.fresh(word));
        let client = SubscriptionServiceClient::new(target.channel());
        let mut subscribed = Subscribed {
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
                filter: self.target.about(&self.topic),
                ..Default::default()
            }),
            ..Default::default()
        };
        match soon(
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
        Ok(soon("ConsumeSubscription", call).await??.into_inner())
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
        let answer = soon("AcknowledgeSubscription", call).await?;
        Ok(answer.map(|answer| answer.into_inner().acked_position))
    }

    async fn acknowledged(&mut self) -> Result<i64, Stop> {
        Ok(self.get().await?.acked_position)
    }

    async fn get(&mut self) -> Result<Subscription, Stop> {
        let request = GetSubscriptionRequest {
            name: self.name.clone(),
        };
        let answer = soon("GetSubscription", self.client.get_subscription(request)).await??;
        Ok(answer.into_inner().subscription.unwrap_or_default())
    }

    /// Leaves nothing behind.
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
        Ok(soon("DeleteSubscription", call).await?.map(drop))
    }
}

/// The next so many changes of a consumer.
async fn delivered(
    stream: &mut Streaming<ConsumeSubscriptionResponse>,
    count: usize,
) -> Result<Vec<Delivered>, Stop> {
    let mut delivered = Vec::new();
    while delivered.len() < count {
        let Some(answer) = soon("a frame of a subscription", stream.message()).await?? else {
            return broken("the stream of a subscription ended");
        };
        if let Some(Payload::Change(change)) = answer.frame.and_then(|frame| frame.payload) {
            delivered.push(Delivered {
                position: position_of(&change),
                attempt: answer.delivery_attempt,
                lease_epoch: answer.lease_epoch,
            });
        }
    }
    Ok(delivered)
}

fn positions(delivered: &[Delivered]) -> Vec<i64> {
    delivered
        .iter()
        .map(|delivered| delivered.position)
        .collect()
}

pub(super) async fn s40_what_was_not_acknowledged_is_sent_again(target: &Target) -> Checked {
    let mut subscribed = Subscribed::new(target, "s40").await?;
    let written = subscribed.publish(4).await?;
    let mut stream = subscribed.consume().await?;
    let first = delivered(&mut stream, 4).await?;
    ensure_same(
        "what a consumer was sent",
        positions(&first),
        written.clone(),
    )?;
    ensure(first.iter().all(|it| it.attempt == 1), || {
        format!("a first delivery is not attempt 1: {first:?}")
    })?;
    subscribed
        .acknowledge(first[1].lease_epoch, first[1].position)
        .await??;
    // The consumer is gone without a word; the next one takes its place.
    drop(stream);
    let mut stream = subscribed.consume().await?;
    let again = delivered(&mut stream, 2).await?;
    ensure_same(
        "what the next consumer was sent",
        positions(&again),
        written[2..].to_vec(),
    )?;
    ensure(again.iter().all(|it| it.attempt > 1), || {
        format!("what is sent again is not counted: {again:?}")
    })?;
    let later = subscribed.publish(1).await?;
    let newest = delivered(&mut stream, 1).await?;
    ensure_same(
        "what followed",
        (positions(&newest), newest[0].attempt),
        (later, 1),
    )?;
    subscribed.delete().await?;
    Ok("two of four were acknowledged; the next consumer began with the third".to_owned())
}

pub(super) async fn s41_an_old_lease_moves_nothing(target: &Target) -> Checked {
    let mut subscribed = Subscribed::new(target, "s41").await?;
    let written = subscribed.publish(3).await?;
    let mut old = subscribed.consume().await?;
    let sent_to_old = delivered(&mut old, 3).await?;
    let mut new = subscribed.consume().await?;
    let sent_to_new = delivered(&mut new, 3).await?;
    ensure_same(
        "what the one who took over was sent",
        positions(&sent_to_new),
        written.clone(),
    )?;
    let (old_lease, new_lease) = (sent_to_old[0].lease_epoch, sent_to_new[0].lease_epoch);
    ensure(new_lease > old_lease, || {
        format!("the lease was {old_lease}, and is {new_lease} after another took it")
    })?;
    let before = subscribed.acknowledged().await?;
    let late = subscribed.acknowledge(old_lease, written[2]).await?;
    refused(target, late, Code::Aborted, ErrorReason::LeaseLost)?;
    ensure_same(
        "the cursor after a late ack",
        subscribed.acknowledged().await?,
        before,
    )?;
    subscribed.acknowledge(new_lease, written[1]).await??;
    let back = subscribed.acknowledge(new_lease, written[0]).await??;
    ensure_same("the cursor after an ack of less", back, written[1])?;
    fenced(&mut old, target).await?;
    subscribed.delete().await?;
    Ok("a late ack is refused, an ack of less moves nothing, the old stream ended".to_owned())
}

pub(super) async fn s50_what_is_left_of_a_deleted_one_moves_no_other(target: &Target) -> Checked {
    let mut subscribed = Subscribed::new(target, "s50").await?;
    let mut stream = subscribed.consume().await?;
    subscribed.publish(2).await?;
    let sent = delivered(&mut stream, 2).await?;
    let (lease, etag) = (sent[0].lease_epoch, subscribed.get().await?.etag);
    subscribed.delete_with("").await??;
    subscribed.create().await?;
    let mut stream = subscribed.consume().await?;
    let written = subscribed.publish(2).await?;
    let sent = delivered(&mut stream, 2).await?;
    ensure_same("what the new one was sent", positions(&sent), written)?;
    let late = subscribed.acknowledge(lease, sent[1].position).await?;
    refused(target, late, Code::Aborted, ErrorReason::LeaseLost)?;
    let late = subscribed.delete_with(&etag).await?;
    refused(target, late, Code::Aborted, ErrorReason::EtagMismatch)?;
    subscribed.delete().await?;
    Ok("an acknowledgement and an etag of the deleted one are refused".to_owned())
}

/// Whoever lost the lease is told.
async fn fenced(
    stream: &mut Streaming<ConsumeSubscriptionResponse>,
    target: &Target,
) -> Result<(), Stop> {
    loop {
        match soon("the end of a stream that lost its lease", stream.message()).await? {
            Ok(Some(_)) => {}
            Ok(None) => return broken("a stream that lost its lease ended with OK"),
            Err(status) => {
                let lost = Err::<(), _>(status);
                return refused(target, lost, Code::Aborted, ErrorReason::LeaseLost).map(drop);
            }
        }
    }
}
