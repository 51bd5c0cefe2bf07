//! `BodyService`: each request is read into a command, whose answer is encoded.

use std::marker::PhantomData;

use tonic::{Request, Response, Status, async_trait};

use super::{
    answer::{self, Answer},
    call::call,
    page_size::page_size,
    read_at::read_at,
    rows::EncodedRows,
};
use crate::{
    command::{BodyRow, Commands, GetNamed, ListNamed, Write},
    domain::ResourceName,
    filter::{Filter, Schema},
    proto::{
        numbers::v1::{get_body_response, list_bodies_response},
        v1,
    },
    publish::{BodyUpdate, NewBody},
    rejection::Rejection,
    wire::{Encoded, services::body_service_server::BodyService},
};

/// The rows of `ListBodiesResponse`.
type BodyRows = EncodedRows<{ list_bodies_response::BODIES }>;

/// Reads and writes of bodies.
#[derive(Clone)]
pub struct Bodies {
    pub(super) commands: Commands,
}

#[async_trait]
impl BodyService for Bodies {
    async fn get_body(
        &self,
        request: Request<v1::GetBodyRequest>,
    ) -> Result<Response<Encoded>, Status> {
        let row = call::<GetNamed<BodyRow>, _>(&self.commands, request).await?;
        let tag = get_body_response::BODY;
        let answer = Answer::default().put(tag, &row.body);
        Ok(Response::new(answer.finish()))
    }

    async fn list_bodies(
        &self,
        request: Request<v1::ListBodiesRequest>,
    ) -> Result<Response<Encoded>, Status> {
        let page = call::<ListNamed<BodyRow, BodyRows>, _>(&self.commands, request).await?;
        Ok(Response::new(page.into()))
    }

    async fn create_body(
        &self,
        request: Request<v1::CreateBodyRequest>,
    ) -> Result<Response<Encoded>, Status> {
        let written = call::<Write<NewBody>, _>(&self.commands, request).await?;
        Ok(Response::new(answer::written_body(&written)))
    }

    async fn update_body(
        &self,
        request: Request<v1::UpdateBodyRequest>,
    ) -> Result<Response<Encoded>, Status> {
        let written = call::<Write<BodyUpdate>, _>(&self.commands, request).await?;
        Ok(Response::new(answer::written_body(&written)))
    }
}

impl TryFrom<v1::GetBodyRequest> for GetNamed<BodyRow> {
    type Error = Rejection;

    fn try_from(request: v1::GetBodyRequest) -> Result<Self, Rejection> {
        ResourceName::body_slug(&request.name).map_err(|why| Rejection::argument("name", why))?;
        Ok(GetNamed {
            name: request.name,
            at: read_at(
                request.min_position,
                request.as_of_position,
                request.as_of_time,
                request.known_at,
            )?,
            row: PhantomData,
        })
    }
}

impl TryFrom<v1::ListBodiesRequest> for ListNamed<BodyRow, BodyRows> {
    type Error = Rejection;

    fn try_from(request: v1::ListBodiesRequest) -> Result<Self, Rejection> {
        Ok(ListNamed {
            page_size: page_size(request.page_size)?,
            filter: Filter::parse(&request.filter, Schema::Bodies)?,
            at: read_at(
                request.min_position,
                request.as_of_position,
                request.as_of_time,
                request.known_at,
            )?,
            page_token: request.page_token,
            rows: BodyRows::default(),
            row: PhantomData,
        })
    }
}
