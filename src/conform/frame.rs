//! A frame of a watch, and waits with a bound.

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

/// How long the answer to a unary call may take. No guarantee is measured against it.
const ANSWER_PATIENCE: Duration = Duration::from_secs(10);

/// One frame: its bytes as received, and decoded.
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

    /// The encoded change as received.
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

/// Waits for an answer; the check fails if none comes within 10 s.
pub(super) async fn answer_of<T>(what: &str, future: impl Future<Output = T>) -> Result<T, Stop> {
    within(ANSWER_PATIENCE, what, future).await
}

/// Waits for a future; the check fails if it takes longer than `patience`.
pub(super) async fn within<T>(
    patience: Duration,
    what: &str,
    future: impl Future<Output = T>,
) -> Result<T, Stop> {
    match timeout(patience, future).await {
        Ok(value) => Ok(value),
        Err(_) => broken(format!("{what} did not come within {patience:?}")),
    }
}
