use std::{collections::BTreeMap, time::Duration};

use tonic::{Code, Status};
use tonic_types::{ErrorInfo, StatusExt as _};

/// The stable reason of a refusal. Every refusal has one, and it is ours.
pub fn info(status: &Status) -> ErrorInfo {
    let info = status.get_details_error_info();
    let info = info.unwrap_or_else(|| panic!("there is no ErrorInfo in {status:?}"));
    assert_eq!(info.domain, "entente.v1", "{status:?}");
    info
}

/// Checks code and reason and gives the metadata.
#[track_caller]
pub fn assert_refused(status: &Status, code: Code, reason: &str) -> BTreeMap<String, String> {
    let info = info(status);
    assert_eq!(
        (status.code(), info.reason.as_str()),
        (code, reason),
        "{status:?}"
    );
    assert!(!status.message().is_empty(), "{status:?}");
    info.metadata.into_iter().collect()
}

/// Checks that exactly these fields are refused, each with a reason in words.
#[track_caller]
pub fn assert_invalid_fields(status: &Status, fields: &[&str]) {
    assert_refused(status, Code::InvalidArgument, "FIELD_INVALID");
    let found = status
        .get_details_bad_request()
        .map(|bad| bad.field_violations);
    let mut found = found.unwrap_or_default();
    assert!(
        found
            .iter()
            .all(|violation| !violation.description.is_empty()),
        "{status:?}"
    );
    found.sort_by(|a, b| a.field.cmp(&b.field));
    let found: Vec<&str> = found
        .iter()
        .map(|violation| violation.field.as_str())
        .collect();
    let mut fields = fields.to_vec();
    fields.sort_unstable();
    assert_eq!(found, fields, "{status:?}");
}

/// How long the server asks to wait before the next attempt.
#[track_caller]
pub fn retry_delay(status: &Status) -> Duration {
    let info = status.get_details_retry_info();
    let delay = info.and_then(|info| info.retry_delay);
    delay.unwrap_or_else(|| panic!("there is no RetryInfo in {status:?}"))
}
