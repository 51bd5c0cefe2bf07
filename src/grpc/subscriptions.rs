//! `SubscriptionService`: each request is read into a command, whose answer is encoded.

use tonic::{Request, Response, Status, async_trait};

use super::{
    call::{call, context},
    frame_codec::SubscriptionCodec,
    frame_stream::FrameStream,
    rows::MessageRows,
    subscription_request as parse, watch,
};
use crate::{
    command::{
        AcknowledgeSubscription, Commands, ConsumeSubscription, CreateSubscription,
        DeleteSubscription, GetSubscription, ListSubscriptions, SeekSubscription, Subscription,
        UpdateSubscription,
    },
    domain::{Micros, View},
    proto::v1,
    store::Cursor,
    wire::{self, services::subscription_service_server::SubscriptionService},
};

/// The rows of `ListSubscriptionsResponse`.
pub(super) type SubscriptionRows = MessageRows<v1::Subscription>;

/// Named cursors and their streams.
#[derive(Clone)]
pub struct Subscriptions {
    pub(super) commands: Commands,
    pub(super) heartbeat_default: std::time::Duration,
}

#[async_trait]
impl SubscriptionService for Subscriptions {
    type ConsumeSubscriptionStream = FrameStream;

    async fn create_subscription(
        &self,
        request: Request<v1::CreateSubscriptionRequest>,
    ) -> Result<Response<v1::CreateSubscriptionResponse>, Status> {
        let created = call::<CreateSubscription, _>(&self.commands, request).await?;
        Ok(Response::new(v1::CreateSubscriptionResponse {
            subscription: Some(created.subscription.into()),
            replayed: created.replayed,
            hints: created.hints,
        }))
    }

    async fn get_subscription(
        &self,
        request: Request<v1::GetSubscriptionRequest>,
    ) -> Result<Response<v1::GetSubscriptionResponse>, Status> {
        let subscription = call::<GetSubscription, _>(&self.commands, request).await?;
        Ok(Response::new(v1::GetSubscriptionResponse {
            subscription: Some(subscription.into()),
        }))
    }

    async fn list_subscriptions(
        &self,
        request: Request<v1::ListSubscriptionsRequest>,
    ) -> Result<Response<v1::ListSubscriptionsResponse>, Status> {
        let page = call::<ListSubscriptions<SubscriptionRows>, _>(&self.commands, request).await?;
        Ok(Response::new(v1::ListSubscriptionsResponse {
            subscriptions: page.rows.messages,
            next_page_token: page.next_page_token,
        }))
    }

    async fn update_subscription(
        &self,
        request: Request<v1::UpdateSubscriptionRequest>,
    ) -> Result<Response<v1::UpdateSubscriptionResponse>, Status> {
        let updated = call::<UpdateSubscription, _>(&self.commands, request).await?;
        Ok(Response::new(v1::UpdateSubscriptionResponse {
            subscription: Some(updated.subscription.into()),
            hints: updated.hints,
        }))
    }

    async fn delete_subscription(
        &self,
        request: Request<v1::DeleteSubscriptionRequest>,
    ) -> Result<Response<v1::DeleteSubscriptionResponse>, Status> {
        call::<DeleteSubscription, _>(&self.commands, request).await?;
        Ok(Response::new(v1::DeleteSubscriptionResponse {}))
    }

    async fn seek_subscription(
        &self,
        request: Request<v1::SeekSubscriptionRequest>,
    ) -> Result<Response<v1::SeekSubscriptionResponse>, Status> {
        let subscription = call::<SeekSubscription, _>(&self.commands, request).await?;
        Ok(Response::new(v1::SeekSubscriptionResponse {
            subscription: Some(subscription.into()),
        }))
    }

    async fn consume_subscription(
        &self,
        request: Request<v1::ConsumeSubscriptionRequest>,
    ) -> Result<Response<FrameStream>, Status> {
        let context = context(&request);
        let (request, compression) = parse::consume(request, self.heartbeat_default)?;
        let codec = |cursor: &Cursor| SubscriptionCodec::new(cursor.view.unwrap_or(View::Full));
        let consume = ConsumeSubscription { request, codec };
        let frames = self.commands.execute(consume, &context).await?;
        let frames = FrameStream::new(frames, self.commands.clock(), context.answer_by);
        Ok(watch::answer(frames, compression))
    }

    async fn acknowledge_subscription(
        &self,
        request: Request<v1::AcknowledgeSubscriptionRequest>,
    ) -> Result<Response<v1::AcknowledgeSubscriptionResponse>, Status> {
        let acked = call::<AcknowledgeSubscription, _>(&self.commands, request).await?;
        Ok(Response::new(v1::AcknowledgeSubscriptionResponse {
            acked_position: signed(acked),
        }))
    }
}

impl From<Subscription> for v1::Subscription {
    fn from(subscription: Subscription) -> v1::Subscription {
        let Subscription { cursor, lag, .. } = &subscription;
        let timestamp = |micros| wire::timestamp(Micros(micros));
        let consumer = cursor.lease.open.then(|| cursor.lease.consumer.clone());
        let last_ack = Some(cursor.last_ack_micros).filter(|micros| *micros != 0);
        let idle_ttl = cursor.idle_ttl.map(prost_types::Duration::try_from);
        v1::Subscription {
            name: cursor.name(),
            filter: cursor.filter().to_owned(),
            view: wire::view_message(cursor.view).into(),
            idle_ttl: idle_ttl.and_then(Result::ok),
            etag: cursor.etag(),
            acked_position: signed(cursor.acked),
            head_position: signed(lag.head),
            unacked_changes: signed(lag.changes),
            oldest_unacked_time: subscription.oldest_unacked_micros.map(timestamp),
            last_ack_time: last_ack.map(timestamp),
            consumer: consumer.unwrap_or_default(),
            lease_epoch: signed(cursor.lease.epoch),
            create_time: Some(timestamp(cursor.create_micros)),
        }
    }
}

fn signed(number: u64) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}
