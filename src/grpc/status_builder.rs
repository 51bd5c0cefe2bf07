//! A status with the details of `google.rpc`, put together.

use std::{collections::BTreeMap, time::Duration};

use tonic::Status;
use tonic_types::ErrorDetails;

use super::trailer_limit::Full;
use crate::proto::v1::ErrorReason;

/// The domain of every `google.rpc.ErrorInfo`.
pub const ERROR_DOMAIN: &str = "entente.v1";

const RETRY_DELAY: Duration = Duration::from_secs(1);

/// A status that is being built.
pub struct StatusBuilder {
    reason: ErrorReason,
    metadata: BTreeMap<String, String>,
    pub details: ErrorDetails,
}

impl StatusBuilder {
    /// Begins a status with this reason, which is stable, and its code.
    pub fn new(reason: ErrorReason) -> StatusBuilder {
        StatusBuilder {
            reason,
            metadata: BTreeMap::new(),
            details: ErrorDetails::new(),
        }
    }

    /// Adds a value for programs.
    pub fn with(mut self, key: &str, value: impl ToString) -> StatusBuilder {
        self.metadata.insert(key.to_owned(), value.to_string());
        self
    }

    /// Names the resource of the error.
    pub fn about(mut self, name: &str) -> StatusBuilder {
        self.details
            .set_resource_info(resource_type(name), name, "", "");
        self
    }

    /// Marks the request as worth retrying in a moment.
    pub fn retry(self) -> StatusBuilder {
        self.retry_after(RETRY_DELAY)
    }

    /// Marks the request as worth retrying after a time.
    pub fn retry_after(mut self, delay: Duration) -> StatusBuilder {
        self.details.set_retry_info(Some(delay));
        self
    }

    /// Finishes the status with a message for people.
    pub fn status(self, message: impl Into<String>) -> Status {
        let full = Full {
            message: message.into(),
            reason: self.reason,
            metadata: self.metadata,
            details: self.details,
        };
        full.fitted()
    }
}

/// The type of what has this name, as `google.rpc.ResourceInfo` tells it.
pub(super) fn resource_type(name: &str) -> &'static str {
    match name.split_once('/') {
        Some(("partnerships", _)) => "partnership",
        Some(("bodies", _)) => "body",
        Some(("subscriptions", _)) => "subscription",
        Some(("watches", _)) => "watch",
        _ => "event",
    }
}

#[cfg(test)]
mod tests {
    use tonic_types::StatusExt as _;

    use super::*;

    /// Trial A12.
    #[test]
    fn a12_the_same_refusal_has_the_same_bytes() {
        let refused = || {
            let keys = ["one", "two", "three", "four", "five", "six"];
            let reply = StatusBuilder::new(ErrorReason::EtagMismatch).about("events/a");
            let reply = keys.iter().fold(reply, |reply, key| reply.with(key, 1));
            reply.retry().status("stale")
        };
        let first = refused();
        assert!((0..20).all(|_| refused().details() == first.details()));
        let info = first.get_details_error_info().expect("it was set");
        assert_eq!(
            (info.reason.as_str(), info.metadata.len()),
            ("ETAG_MISMATCH", 6)
        );
        assert!(first.get_details_retry_info().is_some());
        assert!(first.get_details_resource_info().is_some());
    }
}
