//! Makes the answers of `VerifyStore`.

use std::pin::Pin;

use tokio_stream::Stream;
use tonic::Status;

use crate::{
    command::{Verification, VerifyStore},
    proto::v1::{VerifyStoreRequest, VerifyStoreResponse},
    rejection::Rejection,
};

/// How far it is; an error is the last item.
pub(super) type ProgressStream =
    Pin<Box<dyn Stream<Item = Result<VerifyStoreResponse, Status>> + Send>>;

impl TryFrom<VerifyStoreRequest> for VerifyStore {
    type Error = Rejection;

    fn try_from(_: VerifyStoreRequest) -> Result<Self, Rejection> {
        Ok(VerifyStore)
    }
}

impl From<Verification> for VerifyStoreResponse {
    fn from(verification: Verification) -> VerifyStoreResponse {
        VerifyStoreResponse {
            checked_position: verification.checked as i64,
            head_position: verification.head as i64,
            digest: verification.digest.to_string(),
            finished: verification.finished.is_some(),
            subscription_count: verification.finished.unwrap_or_default() as i64,
        }
    }
}
