//! The store cannot serve the request.

use tonic::Status;

use super::draining;
use crate::{grpc::status_builder::StatusBuilder, proto::v1::ErrorReason, store::StoreError};

/// Our own failure. The log gets all of it, the client only its kind.
pub(super) fn failed(error: &StoreError) -> Status {
    match error {
        StoreError::Damaged { position, .. } => {
            tracing::error!(%error, "damaged record");
            StatusBuilder::new(ErrorReason::StoreCorrupt).with("position", position).status(format!(
                "the record at position {position} is damaged; tell the operator, who can restore \
                 a backup"
            ))
        }
        StoreError::DamagedSubscription { name, .. } => {
            tracing::error!(%error, "damaged subscription");
            StatusBuilder::new(ErrorReason::StoreCorrupt)
                .about(name)
                .status(format!(
                    "the state of {name} is damaged; tell the operator, who can restore a backup"
                ))
        }
        StoreError::DamagedFile { .. } => {
            tracing::error!(%error, "damaged file");
            StatusBuilder::new(ErrorReason::StoreCorrupt)
                .status("the log is damaged; tell the operator, who can restore a backup")
        }
        StoreError::Failed(_) => {
            tracing::error!(%error, "store failed");
            StatusBuilder::new(ErrorReason::StoreReadOnly).retry().status(
                "the store failed and takes no writes; reads go on; tell the operator, who will \
                 find the cause in the log",
            )
        }
        StoreError::Full { free, reserve } => StatusBuilder::new(ErrorReason::StoreFull)
            .with("freeBytes", free)
            .with("reserveBytes", reserve)
            .retry()
            .status("the disk is full and the store takes no writes until there is room"),
        StoreError::Busy { .. } => StatusBuilder::new(ErrorReason::Busy).retry().status(format!(
            "{error}; try again in a moment, or narrow the filter, which makes the call a cheap one"
        )),
        StoreError::Closed => draining(),
    }
}
