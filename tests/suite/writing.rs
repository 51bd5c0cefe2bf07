//! Shorter ways to write and read single events.

use entente::proto::v1::{
    CreateEventRequest, CreateEventResponse, Event, GetEventRequest, UpdateEventRequest,
    UpdateEventResponse,
};
use prost_types::FieldMask;
use tonic::Status;

use crate::harness::Server;

pub fn create(event: Event, request_id: &str) -> CreateEventRequest {
    CreateEventRequest {
        event: Some(event),
        request_id: request_id.to_owned(),
        ..CreateEventRequest::default()
    }
}

pub async fn created(
    server: &Server,
    request: CreateEventRequest,
) -> Result<CreateEventResponse, Status> {
    server
        .publisher()
        .create_event(request)
        .await
        .map(tonic::Response::into_inner)
}

pub async fn updated(
    server: &Server,
    request: UpdateEventRequest,
) -> Result<UpdateEventResponse, Status> {
    server
        .publisher()
        .update_event(request)
        .await
        .map(tonic::Response::into_inner)
}

pub fn masked(event: Event, mask: &[&str]) -> UpdateEventRequest {
    let paths = mask.iter().map(|path| (*path).to_owned()).collect();
    UpdateEventRequest {
        event: Some(event),
        update_mask: Some(FieldMask { paths }),
        ..UpdateEventRequest::default()
    }
}

pub async fn get(server: &Server, name: &str) -> Event {
    let request = GetEventRequest {
        name: name.to_owned(),
        ..Default::default()
    };
    let answer = server
        .events()
        .get_event(request)
        .await
        .expect("it is there")
        .into_inner();
    answer.event.expect("the answer has the event")
}
