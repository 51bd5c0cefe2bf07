//! Calls into sled, whose errors and panics become errors of ours.

use std::{
    any::Any,
    panic::{self, AssertUnwindSafe},
};

use crate::store::error::StoreError;

/// Why sled cannot read what it wrote, as users read it.
const NOT_AS_WRITTEN: &str = "the storage engine finds its files not as it wrote them";

pub(crate) fn sled_failed(error: sled::Error) -> StoreError {
    StoreError::Failed(told(&error))
}

/// What sled says in words of ours, as its own are for whoever works on sled. The log has those.
pub(crate) fn told(error: &sled::Error) -> String {
    match error {
        sled::Error::Io(error) => return error.to_string(),
        sled::Error::Corruption { .. } => tracing::debug!(%error, "sled has found damage"),
        _ => tracing::warn!(%error, "sled has failed"),
    }
    NOT_AS_WRITTEN.to_owned()
}

/// Runs a call into sled, turning a panic in it into an error.
pub(crate) fn catch_panics<T>(call: impl FnOnce() -> T) -> Result<T, StoreError> {
    panic::catch_unwind(AssertUnwindSafe(call))
        .map_err(|panic| StoreError::Failed(panic_message(&*panic)))
}

pub(crate) fn panic_message(panic: &(dyn Any + Send)) -> String {
    let text = panic
        .downcast_ref::<&str>()
        .map(|text| (*text).to_owned())
        .or_else(|| panic.downcast_ref::<String>().cloned());
    let text = text.unwrap_or_else(|| "no message".to_owned());
    // On a damaged file there may be one for each record that is tried.
    tracing::debug!(text, "sled panicked");
    NOT_AS_WRITTEN.to_owned()
}
