//! Writes, which go to the open streams and nowhere else.

use std::{
    sync::{Arc, atomic::Ordering},
    time::SystemTime,
};

use entente::{
    proto::v1::{self, EventChange, WatchEventsResponse, watch_events_response::Payload},
    wire::{Encoded, services::publisher_service_server::PublisherService},
};
use prost_types::Timestamp;
use tonic::{Request, Response, Status, async_trait};

use super::serve::{Bare, encoded, not_measured};

#[async_trait]
impl PublisherService for Bare {
    async fn create_event(
        &self,
        request: Request<Box<v1::CreateEventRequest>>,
    ) -> Result<Response<Encoded>, Status> {
        let event = Some(self.created(request.into_inner().event));
        let answer = v1::CreateEventResponse {
            event,
            replayed: false,
        };
        Ok(Response::new(encoded(&answer)))
    }

    async fn batch_create_events(
        &self,
        request: Request<v1::BatchCreateEventsRequest>,
    ) -> Result<Response<Encoded>, Status> {
        let requests = request.into_inner().requests.into_iter();
        let answer = v1::BatchCreateEventsResponse {
            events: requests
                .map(|request| self.created(request.event))
                .collect(),
            ..v1::BatchCreateEventsResponse::default()
        };
        Ok(Response::new(encoded(&answer)))
    }

    async fn update_event(
        &self,
        _: Request<Box<v1::UpdateEventRequest>>,
    ) -> Result<Response<Encoded>, Status> {
        not_measured()
    }

    async fn retract_event(
        &self,
        _: Request<v1::RetractEventRequest>,
    ) -> Result<Response<Encoded>, Status> {
        not_measured()
    }

    async fn get_tracking(
        &self,
        _: Request<v1::GetTrackingRequest>,
    ) -> Result<Response<v1::GetTrackingResponse>, Status> {
        not_measured()
    }

    async fn restore_event(
        &self,
        _: Request<v1::RestoreEventRequest>,
    ) -> Result<Response<Encoded>, Status> {
        not_measured()
    }

    async fn merge_events(
        &self,
        _: Request<v1::MergeEventsRequest>,
    ) -> Result<Response<Encoded>, Status> {
        not_measured()
    }
}

impl Bare {
    fn created(&self, event: Option<v1::Event>) -> v1::Event {
        let position = self.position.fetch_add(1, Ordering::Relaxed) + 1;
        let now = Some(Timestamp::from(SystemTime::now()));
        let event = v1::Event {
            state: v1::State::Active.into(),
            revision: 1,
            etag: format!("01234567-{position}"),
            position,
            create_time: now,
            update_time: now,
            author: "anonymous".to_owned(),
            ..event.unwrap_or_default()
        };
        if self.live.receiver_count() > 0 {
            // It fails when the last watcher has just gone.
            let _ = self.live.send(Arc::new(live_frame(&event)));
        }
        event
    }
}

/// The frame of a new event, of the length that it has in entente.
fn live_frame(event: &v1::Event) -> WatchEventsResponse {
    let change = EventChange {
        r#type: v1::ChangeType::Created.into(),
        r#match: v1::Match::Entered.into(),
        event: Some(event.clone()),
        commit_time: event.create_time,
        digest: "0".repeat(64),
        ..EventChange::default()
    };
    WatchEventsResponse {
        frame: event.position,
        position: event.position,
        resume_token: "0".repeat(72),
        server_time: event.create_time,
        payload: Some(Payload::Change(change)),
    }
}
