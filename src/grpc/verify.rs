//! `VerifyStore`: reads the log again and tells how far it is.

use std::pin::Pin;

use tokio_stream::Stream;
use tokio_util::sync::CancellationToken;
use tonic::Status;

use crate::{
    proto::v1::VerifyStoreResponse,
    rejection::Rejection,
    store::{Digest, Store},
};

/// Records that are checked at a time, between which others may read.
const STEP_LEN: usize = 64;
/// Records between two answers.
const ANSWER_EVERY: u64 = 512;

/// How far it is; an error is the last item.
pub(super) type ProgressStream =
    Pin<Box<dyn Stream<Item = Result<VerifyStoreResponse, Status>> + Send>>;

/// Checks everything up to the head as it is now, unless `drain` is cancelled before the end.
pub(super) fn verify(store: Store, drain: CancellationToken) -> ProgressStream {
    let head = store.head().position;
    Box::pin(async_stream::try_stream! {
        let mut reached = (0, Digest::default());
        let mut told = 0;
        while reached.0 < head {
            if drain.is_cancelled() {
                Err(Rejection::Draining)?;
            }
            let checked = store.check_records(reached, head, STEP_LEN).await;
            reached = checked.map_err(Rejection::from)?;
            if reached.0 < head && reached.0 - told >= ANSWER_EVERY {
                told = reached.0;
                yield progress(reached, head);
            }
        }
        let subscriptions = store.check_subscriptions().await.map_err(Rejection::from)?;
        yield VerifyStoreResponse {
            finished: true,
            subscription_count: subscriptions as i64,
            ..progress(reached, head)
        };
    })
}

fn progress((position, digest): (u64, Digest), head: u64) -> VerifyStoreResponse {
    VerifyStoreResponse {
        checked_position: position as i64,
        head_position: head as i64,
        digest: digest.to_string(),
        ..VerifyStoreResponse::default()
    }
}
