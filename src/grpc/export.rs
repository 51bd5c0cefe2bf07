//! Reads `ExportStoreRequest`, and makes the answers.

use std::pin::Pin;

use tokio_stream::Stream;
use tonic::Status;

use super::answer::position;
use crate::{
    command::{self, ExportPart, ExportStore},
    domain::Micros,
    proto::v1::{
        ExportEnd, ExportHeader, ExportRecords, ExportStoreRequest, ExportStoreResponse,
        ExportSubscriptions, export_store_response::Part,
    },
    rejection::Rejection,
    store::RECORD_FORMAT,
    wire,
};

/// The parts of an export; an error is the last item.
pub(super) type PartStream =
    Pin<Box<dyn Stream<Item = Result<ExportStoreResponse, Status>> + Send>>;

impl TryFrom<ExportStoreRequest> for ExportStore {
    type Error = Rejection;

    fn try_from(request: ExportStoreRequest) -> Result<Self, Rejection> {
        let after = position("after_position", request.after_position)?;
        Ok(ExportStore { after })
    }
}

impl From<ExportPart> for ExportStoreResponse {
    fn from(part: ExportPart) -> ExportStoreResponse {
        let part = match part {
            ExportPart::Header(header) => Part::Header(header.into()),
            ExportPart::Records { first, records } => Part::Records(ExportRecords {
                first_position: first as i64,
                records,
            }),
            ExportPart::Subscriptions(subscriptions) => {
                Part::Subscriptions(ExportSubscriptions { subscriptions })
            }
            ExportPart::End(end) => Part::End(ExportEnd {
                record_count: end.records as i64,
                subscription_count: end.subscriptions as i64,
            }),
        };
        ExportStoreResponse { part: Some(part) }
    }
}

impl From<command::ExportHeader> for ExportHeader {
    fn from(header: command::ExportHeader) -> ExportHeader {
        ExportHeader {
            store_epoch: header.epoch,
            server_version: env!("CARGO_PKG_VERSION").to_owned(),
            format: i32::from(RECORD_FORMAT),
            after_position: header.after as i64,
            after_digest: header.after_digest.to_string(),
            head_position: header.head.position as i64,
            head_digest: header.head.digest.to_string(),
            export_time: Some(wire::timestamp(Micros(header.export_micros))),
        }
    }
}
