//! `PartnershipService`: each request is read into a command, whose answer is encoded.

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
    command::{Commands, GetNamed, ListNamed, PartnershipRow, Write},
    domain::ResourceName,
    filter::{Filter, Schema},
    proto::{
        numbers::v1::{get_partnership_response, list_partnerships_response},
        v1,
    },
    publish::{NewPartnership, PartnershipUpdate},
    rejection::Rejection,
    wire::{Encoded, services::partnership_service_server::PartnershipService},
};

/// The rows of `ListPartnershipsResponse`.
type PartnershipRows = EncodedRows<{ list_partnerships_response::PARTNERSHIPS }>;

/// Reads and writes of partnerships.
#[derive(Clone)]
pub struct Partnerships {
    pub(super) commands: Commands,
}

#[async_trait]
impl PartnershipService for Partnerships {
    async fn get_partnership(
        &self,
        request: Request<v1::GetPartnershipRequest>,
    ) -> Result<Response<Encoded>, Status> {
        let row = call::<GetNamed<PartnershipRow>, _>(&self.commands, request).await?;
        let tag = get_partnership_response::PARTNERSHIP;
        let answer = Answer::default().put(tag, &answer::partnership(&row));
        Ok(Response::new(answer.finish()))
    }

    async fn list_partnerships(
        &self,
        request: Request<v1::ListPartnershipsRequest>,
    ) -> Result<Response<Encoded>, Status> {
        let page =
            call::<ListNamed<PartnershipRow, PartnershipRows>, _>(&self.commands, request).await?;
        Ok(Response::new(page.into()))
    }

    async fn create_partnership(
        &self,
        request: Request<v1::CreatePartnershipRequest>,
    ) -> Result<Response<Encoded>, Status> {
        let written = call::<Write<NewPartnership>, _>(&self.commands, request).await?;
        Ok(Response::new(answer::written_partnership(&written)))
    }

    async fn update_partnership(
        &self,
        request: Request<v1::UpdatePartnershipRequest>,
    ) -> Result<Response<Encoded>, Status> {
        let written = call::<Write<PartnershipUpdate>, _>(&self.commands, request).await?;
        Ok(Response::new(answer::written_partnership(&written)))
    }
}

impl TryFrom<v1::GetPartnershipRequest> for GetNamed<PartnershipRow> {
    type Error = Rejection;

    fn try_from(request: v1::GetPartnershipRequest) -> Result<Self, Rejection> {
        ResourceName::partnership_slug(&request.name)
            .map_err(|why| Rejection::argument("name", why))?;
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

impl TryFrom<v1::ListPartnershipsRequest> for ListNamed<PartnershipRow, PartnershipRows> {
    type Error = Rejection;

    fn try_from(request: v1::ListPartnershipsRequest) -> Result<Self, Rejection> {
        Ok(ListNamed {
            page_size: page_size(request.page_size)?,
            filter: Filter::parse(&request.filter, Schema::Partnerships)?,
            at: read_at(
                request.min_position,
                request.as_of_position,
                request.as_of_time,
                request.known_at,
            )?,
            page_token: request.page_token,
            rows: PartnershipRows::default(),
            row: PhantomData,
        })
    }
}
