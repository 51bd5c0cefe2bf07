//! `PublisherService`: each request is read into a command, whose answer is encoded.

use tonic::{Request, Response, Status, async_trait};

use super::{answer, call::call};
use crate::{
    command::{Commands, GetTracking, Write},
    domain::Slug,
    proto::v1,
    publish::{EventUpdate, Merger, NewEvent, Restoration, Retraction},
    rejection::Rejection,
    wire::{Encoded, services::publisher_service_server::PublisherService},
};

/// Writes of events.
#[derive(Clone)]
pub struct Publishing {
    pub(super) commands: Commands,
}

#[async_trait]
impl PublisherService for Publishing {
    async fn create_event(
        &self,
        request: Request<Box<v1::CreateEventRequest>>,
    ) -> Result<Response<Encoded>, Status> {
        let written = call::<Write<NewEvent>, _>(&self.commands, request).await?;
        Ok(Response::new(answer::written(&written)))
    }

    async fn batch_create_events(
        &self,
        request: Request<v1::BatchCreateEventsRequest>,
    ) -> Result<Response<Encoded>, Status> {
        let written = call::<Write<Vec<NewEvent>>, _>(&self.commands, request).await?;
        Ok(Response::new(answer::written(&written)))
    }

    async fn update_event(
        &self,
        request: Request<Box<v1::UpdateEventRequest>>,
    ) -> Result<Response<Encoded>, Status> {
        let written = call::<Write<EventUpdate>, _>(&self.commands, request).await?;
        Ok(Response::new(answer::written(&written)))
    }

    async fn retract_event(
        &self,
        request: Request<v1::RetractEventRequest>,
    ) -> Result<Response<Encoded>, Status> {
        let written = call::<Write<Retraction>, _>(&self.commands, request).await?;
        Ok(Response::new(answer::written(&written)))
    }

    async fn restore_event(
        &self,
        request: Request<v1::RestoreEventRequest>,
    ) -> Result<Response<Encoded>, Status> {
        let written = call::<Write<Restoration>, _>(&self.commands, request).await?;
        Ok(Response::new(answer::written(&written)))
    }

    async fn merge_events(
        &self,
        request: Request<v1::MergeEventsRequest>,
    ) -> Result<Response<Encoded>, Status> {
        let written = call::<Write<Merger>, _>(&self.commands, request).await?;
        Ok(Response::new(answer::written(&written)))
    }

    async fn get_tracking(
        &self,
        request: Request<v1::GetTrackingRequest>,
    ) -> Result<Response<v1::GetTrackingResponse>, Status> {
        let tracked = call::<GetTracking, _>(&self.commands, request).await?;
        Ok(Response::new(v1::GetTrackingResponse {
            position: i64::try_from(tracked.position).unwrap_or(i64::MAX),
            log_position: i64::try_from(tracked.log_position).unwrap_or(i64::MAX),
        }))
    }
}

impl TryFrom<v1::GetTrackingRequest> for GetTracking {
    type Error = Rejection;

    fn try_from(request: v1::GetTrackingRequest) -> Result<Self, Rejection> {
        Slug::parse(&request.source).map_err(|why| Rejection::argument("source", why))?;
        Ok(GetTracking {
            source: request.source,
        })
    }
}
