//! What is heard on a stream, and how long one listens.

use std::{future::Future, time::Duration};

use bytes::Bytes;
use tokio::time::timeout;

use super::{
    outcome::{Stop, broken},
    raw,
};
use crate::proto::{
    numbers::v1::watch_events_response,
    v1::{EventChange, WatchEventsResponse, watch_events_response::Payload},
};

/// How long an answer to a single call may take. Not what a guarantee is measured by.
const ANSWER_PATIENCE: Duration = Duration::from_secs(10);

/// One frame as it came and as it reads.
#[derive(Clone, Debug)]
pub(super) struct Frame {
    pub(super) bytes: Bytes,
    pub(super) message: WatchEventsResponse,
}

impl Frame {
    pub(super) fn change(&self) -> Option<&EventChange> {
        match &self.message.payload {
            Some(Payload::Change(change)) => Some(change),
            _ => None,
        }
    }

    /// The change as it came.
    pub(super) fn change_bytes(&self) -> Option<Bytes> {
        raw::field(self.bytes.clone(), watch_events_response::CHANGE)
    }

    pub(super) fn is_caught_up(&self) -> bool {
        matches!(self.message.payload, Some(Payload::CaughtUp(_)))
    }

    pub(super) fn token(&self) -> &str {
        &self.message.resume_token
    }
}

/// What comes of it, unless nothing does.
pub(super) async fn soon<T>(what: &str, future: impl Future<Output = T>) -> Result<T, Stop> {
    within(ANSWER_PATIENCE, what, future).await
}

/// What comes of it by then, unless nothing does.
pub(super) async fn within<T>(
    patience: Duration,
    what: &str,
    future: impl Future<Output = T>,
) -> Result<T, Stop> {
    match timeout(patience, future).await {
        Ok(value) => Ok(value),
        Err(_) => broken(format!("waited {patience:?} in vain for {what}")),
    }
}
