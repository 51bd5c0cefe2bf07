//! `SubscriptionService`: parse, ask below, convert the answer.

use std::{pin::Pin, sync::Arc};

use tokio::task::yield_now;
use tokio_stream::Stream;
use tonic::{Request, Response, Status, async_trait};

use super::{
    answer::position,
    frame_codec::SubscriptionCodec,
    page,
    subscription_request::{self as parse, given},
    time_left, watch, write,
};
use crate::{
    domain::{Micros, View},
    feed::{Feed, hints_of, lag},
    proto::v1,
    rejection::Rejection,
    store::{Cursor, CursorChange, CursorOutcome, Store},
    wire::{self, Encoded, services::subscription_service_server::SubscriptionService},
};

/// Named cursors and their streams.
#[derive(Clone)]
pub struct Subscriptions {
    pub(super) store: Store,
    pub(super) feed: Feed,
    pub(super) heartbeat_default: std::time::Duration,
}

#[async_trait]
impl SubscriptionService for Subscriptions {
    type ConsumeSubscriptionStream = Pin<Box<dyn Stream<Item = Result<Encoded, Status>> + Send>>;

    async fn create_subscription(
        &self,
        request: Request<v1::CreateSubscriptionRequest>,
    ) -> Result<Response<v1::CreateSubscriptionResponse>, Status> {
        let context = write::context(&request, |request| {
            ("CreateSubscription", &request.request_id, false)
        });
        let (slug, new) = parse::create(&self.store, request.into_inner(), context)?;
        let (cursor, replayed) = self.change(&slug, CursorChange::Create(new)).await?;
        Ok(Response::new(v1::CreateSubscriptionResponse {
            subscription: Some(self.subscription(&cursor).await?),
            replayed,
            hints: self.hints(&cursor)?,
        }))
    }

    async fn get_subscription(
        &self,
        request: Request<v1::GetSubscriptionRequest>,
    ) -> Result<Response<v1::GetSubscriptionResponse>, Status> {
        let name = request.into_inner().name;
        let cursor = self.store.cursors().get(&parse::slug("name", &name)?);
        let cursor = cursor.ok_or_else(|| Rejection::not_found(&name))?;
        let subscription = Some(self.subscription(&cursor).await?);
        Ok(Response::new(v1::GetSubscriptionResponse { subscription }))
    }

    async fn list_subscriptions(
        &self,
        request: Request<v1::ListSubscriptionsRequest>,
    ) -> Result<Response<v1::ListSubscriptionsResponse>, Status> {
        let listed = self.list(&request.into_inner()).await?;
        Ok(Response::new(listed))
    }

    async fn update_subscription(
        &self,
        request: Request<v1::UpdateSubscriptionRequest>,
    ) -> Result<Response<v1::UpdateSubscriptionResponse>, Status> {
        let (slug, edit) = parse::update(request.into_inner())?;
        let (cursor, _) = self.change(&slug, CursorChange::Edit(edit)).await?;
        let subscription = Some(self.subscription(&cursor).await?);
        Ok(Response::new(v1::UpdateSubscriptionResponse {
            subscription,
            hints: self.hints(&cursor)?,
        }))
    }

    async fn delete_subscription(
        &self,
        request: Request<v1::DeleteSubscriptionRequest>,
    ) -> Result<Response<v1::DeleteSubscriptionResponse>, Status> {
        let request = request.into_inner();
        let slug = parse::slug("name", &request.name)?;
        let etag = given(request.etag);
        self.change(&slug, CursorChange::Delete { etag }).await?;
        Ok(Response::new(v1::DeleteSubscriptionResponse {}))
    }

    async fn seek_subscription(
        &self,
        request: Request<v1::SeekSubscriptionRequest>,
    ) -> Result<Response<v1::SeekSubscriptionResponse>, Status> {
        let request = request.into_inner();
        let slug = parse::slug("name", &request.name)?;
        let after = parse::target(&self.store, request.target)?;
        let (cursor, _) = self.change(&slug, CursorChange::Seek { after }).await?;
        let subscription = Some(self.subscription(&cursor).await?);
        Ok(Response::new(v1::SeekSubscriptionResponse { subscription }))
    }

    async fn consume_subscription(
        &self,
        request: Request<v1::ConsumeSubscriptionRequest>,
    ) -> Result<Response<Self::ConsumeSubscriptionStream>, Status> {
        let deadline = time_left::answer_by();
        let (request, compression) = parse::consume(request, self.heartbeat_default)?;
        let codec = |cursor: &Cursor| SubscriptionCodec::new(cursor.view.unwrap_or(View::Full));
        let frames = self.feed.consume(request, codec).await?;
        let frames = watch::frames(frames, self.store.clock().clone(), deadline);
        Ok(watch::answer(frames, compression))
    }

    async fn acknowledge_subscription(
        &self,
        request: Request<v1::AcknowledgeSubscriptionRequest>,
    ) -> Result<Response<v1::AcknowledgeSubscriptionResponse>, Status> {
        let request = request.into_inner();
        let slug = parse::slug("name", &request.name)?;
        let change = CursorChange::Acknowledge {
            // One below 0 was never given out, so that it is a lost one like any other.
            epoch: u64::try_from(request.lease_epoch).unwrap_or(0),
            position: position("position", request.position)?,
        };
        let (cursor, _) = self.change(&slug, change).await?;
        let acked_position = signed(cursor.acked);
        Ok(Response::new(v1::AcknowledgeSubscriptionResponse {
            acked_position,
        }))
    }
}

impl Subscriptions {
    /// Changes a subscription. The flag says whether the same request had done so before.
    async fn change(
        &self,
        slug: &str,
        change: CursorChange,
    ) -> Result<(Arc<Cursor>, bool), Rejection> {
        match self.store.change_cursor(slug, change).await? {
            CursorOutcome::Done(cursor) => Ok((cursor, false)),
            CursorOutcome::Replayed(cursor) => Ok((cursor, true)),
            CursorOutcome::Refused(refusal) => Err(Rejection::of_subscription(slug, refusal)),
        }
    }

    async fn list(
        &self,
        request: &v1::ListSubscriptionsRequest,
    ) -> Result<v1::ListSubscriptionsResponse, Rejection> {
        let size = page::size(request.page_size)?;
        let fingerprint = page::fingerprint(&["subscriptions"]);
        let after = match request.page_token.as_str() {
            "" => String::new(),
            token => page::read_name_token(token, self.store.epoch(), &fingerprint)?,
        };
        let cursors = self.store.cursors().list(&after, size + 1);
        let mut rows = Vec::with_capacity(size.min(cursors.len()));
        for cursor in cursors.iter().take(size) {
            rows.push(self.subscription(cursor).await);
            // The lag of each is counted, and many take their time.
            yield_now().await;
        }
        let subscriptions = page::fitting(rows)?;
        let sent = subscriptions.len();
        let next = (sent < cursors.len()).then(|| {
            let last = &cursors[sent - 1].slug;
            page::name_token(self.store.epoch(), &fingerprint, last)
        });
        Ok(v1::ListSubscriptionsResponse {
            subscriptions,
            next_page_token: next.unwrap_or_default(),
        })
    }

    fn hints(&self, cursor: &Cursor) -> Result<Vec<String>, Rejection> {
        Ok(hints_of(&self.store, cursor)?)
    }

    async fn subscription(&self, cursor: &Cursor) -> Result<v1::Subscription, Rejection> {
        let lag = lag(&self.store, cursor).await?;
        let commit_micros = |position| self.store.index().commit_micros(position);
        let timestamp = |micros| wire::timestamp(Micros(micros));
        let consumer = cursor.lease.open.then(|| cursor.lease.consumer.clone());
        let last_ack = Some(cursor.last_ack_micros).filter(|micros| *micros != 0);
        let idle_ttl = cursor.idle_ttl.map(prost_types::Duration::try_from);
        Ok(v1::Subscription {
            name: cursor.name(),
            filter: cursor.filter().to_owned(),
            view: wire::view_message(cursor.view).into(),
            idle_ttl: idle_ttl.and_then(Result::ok),
            etag: cursor.etag(),
            acked_position: signed(cursor.acked),
            head_position: signed(lag.head),
            unacked_changes: signed(lag.changes),
            oldest_unacked_time: lag.first.map(|first| timestamp(commit_micros(first))),
            last_ack_time: last_ack.map(timestamp),
            consumer: consumer.unwrap_or_default(),
            lease_epoch: signed(cursor.lease.epoch),
            create_time: Some(timestamp(cursor.create_micros)),
        })
    }
}

fn signed(number: u64) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}
