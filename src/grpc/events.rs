//! `EventService`: each request is read into a command, whose answer is encoded.

use tonic::{Request, Response, Status, async_trait};

use super::{
    answer::{self, Answer},
    call::{call, context},
    frame_stream::FrameStream,
    get::BatchRows,
    list::{EventRows, RevisionRows},
    summarize::{self, SummaryRows},
    watch,
};
use crate::{
    command::{
        BatchGetEvents, Commands, ExplainFilter, GetEvent, ListEventRevisions, ListEvents,
        SummarizeEvents,
    },
    proto::{numbers::v1::get_event_response, v1},
    wire::{Encoded, services::event_service_server::EventService},
};

/// Reads of events.
#[derive(Clone)]
pub struct Events {
    pub(super) commands: Commands,
    pub(super) heartbeat_default: std::time::Duration,
}

#[async_trait]
impl EventService for Events {
    type WatchEventsStream = FrameStream;

    async fn get_event(
        &self,
        request: Request<v1::GetEventRequest>,
    ) -> Result<Response<Encoded>, Status> {
        let row = call::<GetEvent, _>(&self.commands, request).await?;
        let answer = Answer::default().put(get_event_response::EVENT, &answer::event(row));
        Ok(Response::new(answer.finish()))
    }

    async fn batch_get_events(
        &self,
        request: Request<v1::BatchGetEventsRequest>,
    ) -> Result<Response<Encoded>, Status> {
        let rows = call::<BatchGetEvents<BatchRows>, _>(&self.commands, request).await?;
        Ok(Response::new(rows.into_answer().finish()))
    }

    async fn list_events(
        &self,
        request: Request<v1::ListEventsRequest>,
    ) -> Result<Response<Encoded>, Status> {
        let page = call::<ListEvents<EventRows>, _>(&self.commands, request).await?;
        Ok(Response::new(page.into()))
    }

    async fn list_event_revisions(
        &self,
        request: Request<v1::ListEventRevisionsRequest>,
    ) -> Result<Response<Encoded>, Status> {
        let page = call::<ListEventRevisions<RevisionRows>, _>(&self.commands, request).await?;
        Ok(Response::new(page.into()))
    }

    async fn summarize_events(
        &self,
        request: Request<v1::SummarizeEventsRequest>,
    ) -> Result<Response<Encoded>, Status> {
        let summary = call::<SummarizeEvents<SummaryRows>, _>(&self.commands, request).await?;
        Ok(Response::new(summarize::answer(summary)?))
    }

    async fn explain_filter(
        &self,
        request: Request<v1::ExplainFilterRequest>,
    ) -> Result<Response<v1::ExplainFilterResponse>, Status> {
        let explained = call::<ExplainFilter, _>(&self.commands, request).await?;
        Ok(Response::new(explained.into()))
    }

    async fn watch_events(
        &self,
        request: Request<v1::WatchEventsRequest>,
    ) -> Result<Response<FrameStream>, Status> {
        let context = context(&request);
        let (watch, compression) = watch::parse(request, self.heartbeat_default)?;
        let frames = self.commands.execute(watch, &context).await?;
        let frames = FrameStream::new(frames, self.commands.clock(), context.answer_by);
        Ok(watch::answer(frames, compression))
    }
}
