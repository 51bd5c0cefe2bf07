//! Turns sled's errors and panics into our errors.

use std::{
    any::Any,
    panic::{self, AssertUnwindSafe},
};

use crate::store::error::StoreError;

/// What users read when sled finds its files damaged.
const NOT_AS_WRITTEN: &str = "the storage engine finds its files damaged";

pub(crate) fn sled_failed(error: sled::Error) -> StoreError {
    StoreError::Failed(sled_message(&error))
}

/// Describes an error of sled in our words. sled's own words, for developers of sled, are logged.
pub(crate) fn sled_message(error: &sled::Error) -> String {
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
    // A damaged file may cause a panic for each record that is read.
    tracing::debug!(text, "sled panicked");
    NOT_AS_WRITTEN.to_owned()
}
