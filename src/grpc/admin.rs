//! `AdminService`: each request is read into a command, whose answer is encoded.

use std::collections::BTreeMap;

use prost::Message;
use tokio_stream::StreamExt as _;
use tonic::{Request, Response, Status, async_trait};

use super::{
    call::call, export::PartStream, server_info, verify::ProgressStream, watches::WatchRows,
};
use crate::{
    command::{
        Commands, DisconnectWatch, ExportStore, GetServerInfo, ListWatches, Redacted, VerifyStore,
        Write,
    },
    proto::v1,
    publish::{BodyRedaction, PartnershipRedaction, Redact},
    rejection::Rejection,
    store::StoreError,
    wire::services::admin_service_server::AdminService,
};

/// The methods of `AdminService`.
#[derive(Clone)]
pub struct Admin {
    pub(super) commands: Commands,
    pub(super) limits: BTreeMap<String, String>,
}

/// Decodes what a redaction leaves of a resource.
fn what_is_left<M: Message + Default>(redacted: &Redacted) -> Result<Option<M>, Rejection> {
    let left = redacted.written.resources.first();
    let left = left.map(|left| M::decode(left.clone())).transpose();
    left.map_err(|error| {
        let what = format!("its own answer is unreadable: {error}");
        StoreError::Failed(what).into()
    })
}

#[async_trait]
impl AdminService for Admin {
    type VerifyStoreStream = ProgressStream;
    type ExportStoreStream = PartStream;

    async fn get_server_info(
        &self,
        request: Request<v1::GetServerInfoRequest>,
    ) -> Result<Response<v1::GetServerInfoResponse>, Status> {
        let info = call::<GetServerInfo, _>(&self.commands, request).await?;
        Ok(Response::new(server_info::answer(
            info,
            self.limits.clone(),
        )))
    }

    async fn list_watches(
        &self,
        request: Request<v1::ListWatchesRequest>,
    ) -> Result<Response<v1::ListWatchesResponse>, Status> {
        let page = call::<ListWatches<WatchRows>, _>(&self.commands, request).await?;
        Ok(Response::new(v1::ListWatchesResponse {
            watches: page.rows.messages,
            next_page_token: page.next_page_token,
        }))
    }

    async fn disconnect_watch(
        &self,
        request: Request<v1::DisconnectWatchRequest>,
    ) -> Result<Response<v1::DisconnectWatchResponse>, Status> {
        call::<DisconnectWatch, _>(&self.commands, request).await?;
        Ok(Response::new(v1::DisconnectWatchResponse {}))
    }

    async fn redact_event(
        &self,
        request: Request<v1::RedactEventRequest>,
    ) -> Result<Response<v1::RedactEventResponse>, Status> {
        let redacted = call::<Write<Redact>, _>(&self.commands, request).await?;
        Ok(Response::new(v1::RedactEventResponse {
            event: what_is_left(&redacted)?,
            replayed: redacted.written.replayed,
            erasure_pending: redacted.erasure_pending,
        }))
    }

    async fn redact_partnership(
        &self,
        request: Request<v1::RedactPartnershipRequest>,
    ) -> Result<Response<v1::RedactPartnershipResponse>, Status> {
        let redacted = call::<Write<PartnershipRedaction>, _>(&self.commands, request).await?;
        Ok(Response::new(v1::RedactPartnershipResponse {
            partnership: what_is_left(&redacted)?,
            replayed: redacted.written.replayed,
            erasure_pending: redacted.erasure_pending,
        }))
    }

    async fn redact_body(
        &self,
        request: Request<v1::RedactBodyRequest>,
    ) -> Result<Response<v1::RedactBodyResponse>, Status> {
        let redacted = call::<Write<BodyRedaction>, _>(&self.commands, request).await?;
        Ok(Response::new(v1::RedactBodyResponse {
            body: what_is_left(&redacted)?,
            replayed: redacted.written.replayed,
            erasure_pending: redacted.erasure_pending,
        }))
    }

    async fn verify_store(
        &self,
        request: Request<v1::VerifyStoreRequest>,
    ) -> Result<Response<ProgressStream>, Status> {
        let steps = call::<VerifyStore, _>(&self.commands, request).await?;
        let steps = steps.map(|step| Ok(step?.into()));
        Ok(Response::new(Box::pin(steps)))
    }

    async fn export_store(
        &self,
        request: Request<v1::ExportStoreRequest>,
    ) -> Result<Response<PartStream>, Status> {
        let parts = call::<ExportStore, _>(&self.commands, request).await?;
        let parts = parts.map(|part| Ok(part?.into()));
        Ok(Response::new(Box::pin(parts)))
    }
}
