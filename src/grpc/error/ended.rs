//! Statuses of streams that the server ends.

use tonic::Status;

use super::{resource, store};
use crate::{
    feed::Ended, grpc::status_builder::StatusBuilder, proto::v1::ErrorReason, rejection::Rejection,
};

/// The status at the end of a stream that did not end with OK.
pub(in crate::grpc) fn ended(ended: Ended) -> Status {
    match ended {
        Ended::MaxAge { position, retry } => StatusBuilder::new(ErrorReason::StreamMaxAge)
            .with("position", position)
            .retry_after(retry)
            .status("the stream has reached its maximum age; resume with its last token"),
        Ended::Draining { position, retry } => StatusBuilder::new(ErrorReason::Draining)
            .with("position", position)
            .retry_after(retry)
            .status("the server is shutting down; resume with the last token"),
        Ended::LeaseLost {
            name,
            epoch,
            position,
        } => resource::lease_lost_after(&name, epoch, position),
        Ended::Stalled { position, retry } => StatusBuilder::new(ErrorReason::ConsumerStalled)
            .with("position", position)
            .retry_after(retry)
            .status(
                "the client accepted no bytes for too long; read faster, then resume with the last token",
            ),
        Ended::Disconnected { position, retry } => {
            StatusBuilder::new(ErrorReason::DisconnectedByAdmin)
                .with("position", position)
                .retry_after(retry)
                .status("an operator ended the stream; resume with the last token")
        }
        Ended::SubscriptionGone { name } => Rejection::not_found(&name).into(),
        Ended::Store(error) => store::failed(&error),
    }
}

/// The status of a stream whose deadline has passed.
pub(in crate::grpc) fn deadline_exceeded() -> Status {
    StatusBuilder::new(ErrorReason::DeadlineExceeded)
        .status("the deadline of the call has passed; resume with the last token")
}
