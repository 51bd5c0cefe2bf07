//! Reads and streams.

use std::pin::Pin;

use entente::{
    proto::v1::{
        self, WatchCaughtUp, WatchEventsResponse, watch_events_request::End,
        watch_events_response::Payload,
    },
    wire::{Encoded, services::event_service_server::EventService},
};
use tokio_stream::{Stream, StreamExt as _, wrappers::BroadcastStream};
use tonic::{Request, Response, Status, async_trait};

use super::serve::{Bare, encoded, not_measured};

type Frames = Pin<Box<dyn Stream<Item = Result<Encoded, Status>> + Send>>;

#[async_trait]
impl EventService for Bare {
    type WatchEventsStream = Frames;

    /// The event whose number ends the name.
    async fn get_event(
        &self,
        request: Request<v1::GetEventRequest>,
    ) -> Result<Response<Encoded>, Status> {
        let name = request.into_inner().name;
        let number = name
            .rsplit_once('-')
            .and_then(|(_, number)| number.parse::<usize>().ok());
        let frame = number.and_then(|number| self.frames.get(number));
        let event = frame
            .and_then(event_of)
            .ok_or_else(|| Status::not_found(name))?;
        Ok(Response::new(encoded(&v1::GetEventResponse {
            event: Some(event),
        })))
    }

    /// The first events.
    async fn list_events(
        &self,
        request: Request<v1::ListEventsRequest>,
    ) -> Result<Response<Encoded>, Status> {
        let count = usize::try_from(request.get_ref().page_size).unwrap_or_default();
        let events = self
            .frames
            .iter()
            .take(count)
            .filter_map(event_of)
            .collect();
        let list = v1::ListEventsResponse {
            events,
            ..Default::default()
        };
        Ok(Response::new(encoded(&list)))
    }

    async fn watch_events(
        &self,
        request: Request<v1::WatchEventsRequest>,
    ) -> Result<Response<Frames>, Status> {
        let frames: Frames = match request.into_inner().end {
            Some(End::StopWhenCaughtUp(true)) => Box::pin(self.all()),
            _ => Box::pin(self.live()),
        };
        Ok(Response::new(frames))
    }

    async fn batch_get_events(
        &self,
        _: Request<v1::BatchGetEventsRequest>,
    ) -> Result<Response<Encoded>, Status> {
        not_measured()
    }

    async fn list_event_revisions(
        &self,
        _: Request<v1::ListEventRevisionsRequest>,
    ) -> Result<Response<Encoded>, Status> {
        not_measured()
    }

    async fn summarize_events(
        &self,
        _: Request<v1::SummarizeEventsRequest>,
    ) -> Result<Response<Encoded>, Status> {
        not_measured()
    }

    async fn explain_filter(
        &self,
        _: Request<v1::ExplainFilterRequest>,
    ) -> Result<Response<v1::ExplainFilterResponse>, Status> {
        not_measured()
    }
}

impl Bare {
    fn all(&self) -> impl Stream<Item = Result<Encoded, Status>> + use<> {
        let frames = self.frames.clone();
        tokio_stream::iter(0..frames.len()).map(move |number| Ok(encoded(&frames[number])))
    }

    /// A first frame when it is subscribed, then what is published.
    fn live(&self) -> impl Stream<Item = Result<Encoded, Status>> + use<> {
        let live = BroadcastStream::new(self.live.subscribe()).map(|frame| match frame {
            Ok(frame) => Ok(encoded(&*frame)),
            Err(lagged) => Err(Status::data_loss(lagged.to_string())),
        });
        let payload = Some(Payload::CaughtUp(WatchCaughtUp::default()));
        let first = WatchEventsResponse {
            payload,
            ..WatchEventsResponse::default()
        };
        tokio_stream::once(Ok(encoded(&first))).chain(live)
    }
}

fn event_of(frame: &WatchEventsResponse) -> Option<v1::Event> {
    match &frame.payload {
        Some(Payload::Change(change)) => change.event.clone(),
        _ => None,
    }
}
