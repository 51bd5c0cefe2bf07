//! A status with the details of `google.rpc`, put together.

use std::{collections::HashMap, time::Duration};

use tonic::{Code, Status};
use tonic_types::{ErrorDetails, StatusExt as _};

/// The domain of every `google.rpc.ErrorInfo`.
pub const ERROR_DOMAIN: &str = "entente.v1";

const RETRY_DELAY: Duration = Duration::from_secs(1);

/// A status in the making.
pub struct Reply {
    code: Code,
    reason: &'static str,
    metadata: HashMap<String, String>,
    pub details: ErrorDetails,
}

impl Reply {
    /// With this reason, which stays the same whatever the message says.
    pub fn new(code: Code, reason: &'static str) -> Reply {
        Reply {
            code,
            reason,
            metadata: HashMap::new(),
            details: ErrorDetails::new(),
        }
    }

    /// Tells a program something.
    pub fn with(mut self, key: &str, value: impl ToString) -> Reply {
        self.metadata.insert(key.to_owned(), value.to_string());
        self
    }

    /// Names the resource that it is about.
    pub fn about(mut self, name: &str) -> Reply {
        self.details
            .set_resource_info(resource_type(name), name, "", "");
        self
    }

    /// Says that the same request may succeed in a moment.
    pub fn retry(self) -> Reply {
        self.retry_after(RETRY_DELAY)
    }

    /// The same, after a given time.
    pub fn retry_after(mut self, delay: Duration) -> Reply {
        self.details.set_retry_info(Some(delay));
        self
    }

    /// The status, with what it says to people.
    pub fn status(mut self, message: impl Into<String>) -> Status {
        self.details
            .set_error_info(self.reason, ERROR_DOMAIN, self.metadata);
        Status::with_error_details(self.code, message, self.details)
    }
}

/// The type of what has this name, as `google.rpc.ResourceInfo` tells it.
pub fn resource_type(name: &str) -> &'static str {
    match name.split_once('/') {
        Some(("partnerships", _)) => "partnership",
        Some(("subscriptions", _)) => "subscription",
        Some(("watches", _)) => "watch",
        _ => "event",
    }
}
