//! `EventService`: parse, ask below, convert the answer.

use tonic::{Request, Response, Status, async_trait};

use super::{
    explain,
    frame_codec::WatchCodec,
    get, list, revisions, summarize, time_left,
    watch::{self, FrameStream},
};
use crate::{
    feed::Feed,
    proto::v1,
    store::Store,
    wire::{Encoded, services::event_service_server::EventService},
};

/// Reads of events.
#[derive(Clone)]
pub struct Events {
    pub(super) store: Store,
    pub(super) feed: Feed,
    pub(super) heartbeat_default: std::time::Duration,
}

#[async_trait]
impl EventService for Events {
    type WatchEventsStream = FrameStream;

    async fn get_event(
        &self,
        request: Request<v1::GetEventRequest>,
    ) -> Result<Response<Encoded>, Status> {
        Ok(Response::new(
            get::event(&self.store, self.feed.drain(), request.into_inner()).await?,
        ))
    }

    async fn batch_get_events(
        &self,
        request: Request<v1::BatchGetEventsRequest>,
    ) -> Result<Response<Encoded>, Status> {
        Ok(Response::new(
            get::batch(&self.store, self.feed.drain(), request.into_inner()).await?,
        ))
    }

    async fn list_events(
        &self,
        request: Request<v1::ListEventsRequest>,
    ) -> Result<Response<Encoded>, Status> {
        Ok(Response::new(
            list::events(&self.store, self.feed.drain(), request.into_inner()).await?,
        ))
    }

    async fn list_event_revisions(
        &self,
        request: Request<v1::ListEventRevisionsRequest>,
    ) -> Result<Response<Encoded>, Status> {
        Ok(Response::new(
            revisions::list(&self.store, request.into_inner()).await?,
        ))
    }

    async fn summarize_events(
        &self,
        request: Request<v1::SummarizeEventsRequest>,
    ) -> Result<Response<Encoded>, Status> {
        Ok(Response::new(
            summarize::events(&self.store, self.feed.drain(), request.into_inner()).await?,
        ))
    }

    async fn explain_filter(
        &self,
        request: Request<v1::ExplainFilterRequest>,
    ) -> Result<Response<v1::ExplainFilterResponse>, Status> {
        Ok(Response::new(
            explain::filter(&self.store, request.into_inner()).await?,
        ))
    }

    async fn watch_events(
        &self,
        request: Request<v1::WatchEventsRequest>,
    ) -> Result<Response<FrameStream>, Status> {
        let deadline = time_left::answer_by();
        let call = watch::parse(request, self.heartbeat_default)?;
        let frames = self.feed.watch(call.request, WatchCodec::new(call.view))?;
        let frames = watch::frames(frames, self.store.clock().clone(), deadline);
        Ok(watch::answer(frames, call.compression))
    }
}
