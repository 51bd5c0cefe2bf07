//! Shortens a status so that every client accepts it.
//!
//! A status travels in HTTP/2 trailers. Many clients and proxies refuse 8 KiB of them, and show their
//! own error instead of ours. The most useful of a status is kept: its reason, the first violations,
//! and how many were left out.

use std::collections::BTreeMap;

use prost::Message;
use tonic::Status;
use tonic_types::{ErrorDetails, ErrorInfo, FieldViolation, StatusExt as _, pb};

use super::{reason_code::code, status_builder::ERROR_DOMAIN};
use crate::proto::v1::ErrorReason;

/// Maximum length of the trailers as HTTP/2 counts it. Proxies add some of their own.
pub const TRAILERS_LEN_MAX: usize = 7 << 10;

/// What HTTP/2 counts for a header beside its name and value.
const HEADER_COST: usize = 32;

/// Names, and headers of every refusal: `:status`, `content-type`, `grpc-status` and `date`.
const FIXED_LEN: usize = 8 * HEADER_COST + 160;

/// How many violations are not among the details.
pub(super) const LEFT_OUT: &str = "violationsLeftOut";

/// Texts are not cut below this length, in bytes.
const TEXT_LEN_MIN: usize = 100;

/// A status with its details.
pub(super) struct Full {
    pub message: String,
    pub reason: ErrorReason,
    pub metadata: BTreeMap<String, String>,
    pub details: ErrorDetails,
}

impl Full {
    /// Returns the status, shortened to fit.
    pub(super) fn fitted(mut self) -> Status {
        let cuts = [
            Full::cut_violations,
            Full::cut_only_violation,
            Full::cut_metadata,
            Full::cut_message,
            Full::cut_details,
        ];
        let mut status = self.status();
        for cut in cuts {
            let mut more = true;
            while more && !fits(&status) {
                more = cut(&mut self);
                status = self.status();
            }
        }
        status
    }

    fn status(&self) -> Status {
        let info = OrderedInfo {
            reason: self.reason.as_text().to_owned(),
            domain: ERROR_DOMAIN.to_owned(),
            metadata: self.metadata.clone(),
        };
        let mut details = self.details.clone();
        details.set_error_info(self.reason.as_text(), ERROR_DOMAIN, []);
        let status = Status::with_error_details(code(self.reason), self.message.clone(), details);
        with_info(status, &info)
    }

    /// Leaves out the last quarter of the violations, but the first.
    fn cut_violations(&mut self) -> bool {
        let mut violations = self.violations();
        let kept = violations.len() - violations.len().div_ceil(4);
        if kept == 0 {
            return false;
        }
        let left_out = self.metadata.get(LEFT_OUT);
        let left_out = left_out.and_then(|text| text.parse().ok()).unwrap_or(0);
        let left_out = left_out + violations.len() - kept;
        self.metadata
            .insert(LEFT_OUT.to_owned(), left_out.to_string());
        violations.truncate(kept);
        self.details.set_bad_request(violations);
        true
    }

    fn cut_only_violation(&mut self) -> bool {
        let mut violations = self.violations();
        let Some(only) = violations.first_mut() else {
            return false;
        };
        let cut = halve(&mut only.field) | halve(&mut only.description);
        self.details.set_bad_request(violations);
        cut
    }

    fn cut_metadata(&mut self) -> bool {
        let longest = self.metadata.values_mut().max_by_key(|value| value.len());
        longest.is_some_and(halve)
    }

    fn cut_message(&mut self) -> bool {
        halve(&mut self.message)
    }

    /// Keeps only the reason and the retry delay.
    fn cut_details(&mut self) -> bool {
        let retry = self
            .details
            .retry_info()
            .and_then(|retry| retry.retry_delay);
        self.details = ErrorDetails::new();
        if retry.is_some() {
            self.details.set_retry_info(retry);
        }
        false
    }

    fn violations(&self) -> Vec<FieldViolation> {
        let listed = self.details.bad_request();
        listed.map_or_else(Vec::new, |listed| listed.field_violations.clone())
    }
}

/// `google.rpc.ErrorInfo` whose metadata have an order, so that the same refusal has the same bytes.
#[derive(Clone, PartialEq, Message)]
struct OrderedInfo {
    #[prost(string, tag = "1")]
    reason: String,
    #[prost(string, tag = "2")]
    domain: String,
    #[prost(btree_map = "string, string", tag = "3")]
    metadata: BTreeMap<String, String>,
}

/// A status with this in the place of its `ErrorInfo`.
fn with_info(status: Status, info: &OrderedInfo) -> Status {
    let Ok(mut told) = pb::Status::decode(status.details()) else {
        return status;
    };
    for detail in &mut told.details {
        if detail.type_url == ErrorInfo::TYPE_URL {
            detail.value = info.encode_to_vec();
        }
    }
    Status::with_details(status.code(), status.message(), told.encode_to_vec().into())
}

/// Cuts a text in half, but not below a useful length.
fn halve(text: &mut String) -> bool {
    if text.len() <= TEXT_LEN_MIN {
        return false;
    }
    let half = (text.len() / 2).max(TEXT_LEN_MIN - '…'.len_utf8());
    text.truncate(text.floor_char_boundary(half));
    text.push('…');
    true
}

fn fits(status: &Status) -> bool {
    let details = status.details().len().div_ceil(3) * 4;
    FIXED_LEN + percent_encoded_len(status.message()) + details <= TRAILERS_LEN_MAX
}

/// At most so many bytes; some characters that are not letters or digits may stay as they are.
fn percent_encoded_len(text: &str) -> usize {
    let plain = text.bytes().filter(u8::is_ascii_alphanumeric).count();
    plain + (text.len() - plain) * 3
}

#[cfg(test)]
mod tests {
    use super::*;

    fn full(violations: usize, len: usize, text: &str) -> Full {
        let text = text.repeat(len);
        let violation = |n: usize| FieldViolation::new(format!("{n}{text}"), text.as_str());
        let mut details = ErrorDetails::new();
        details.set_bad_request((0..violations).map(violation).collect::<Vec<_>>());
        details.set_resource_info("event", text.as_str(), "", "");
        details.add_precondition_failure_violation("STATE", text.as_str(), text.as_str());
        Full {
            message: text.clone(),
            reason: ErrorReason::FieldInvalid,
            metadata: BTreeMap::from([("field".to_owned(), text)]),
            details,
        }
    }

    #[test]
    fn s54_b7_a_status_of_any_size_fits_and_keeps_its_reason() {
        for (violations, len) in [
            (0, 0),
            (1, 10),
            (20, 60),
            (20, 300),
            (1, 9_000),
            (0, 50_000),
        ] {
            for text in ["x", "é ", "条約"] {
                let status = full(violations, len, text).fitted();
                let headers = status.clone().into_http::<()>().into_parts().0.headers;
                let counted = headers
                    .iter()
                    .map(|(name, value)| name.as_str().len() + value.len());
                let size: usize = counted.map(|len| len + HEADER_COST).sum();
                assert!(
                    size <= TRAILERS_LEN_MAX,
                    "{violations} {len} {text}: {size}"
                );
                let info = status.get_details_error_info().expect("a reason");
                assert_eq!(info.reason, "FIELD_INVALID");
                let listed = status.get_details_bad_request();
                let listed = listed.map_or(0, |listed| listed.field_violations.len());
                let left_out = info.metadata.get(LEFT_OUT);
                let left_out = left_out.map_or(0, |count| count.parse().expect("a number"));
                // None of them is gone in silence, unless there is room for the reason alone.
                assert!(
                    listed + left_out == violations || listed == 0,
                    "{len} {text}"
                );
            }
        }
    }

    #[test]
    fn what_fits_stays_as_it_is() {
        let status = full(3, 10, "x").fitted();
        let listed = status.get_details_bad_request().expect("violations");
        assert_eq!(listed.field_violations.len(), 3);
        assert!(status.get_details_resource_info().is_some());
        assert!(
            !status
                .get_details_error_info()
                .expect("a reason")
                .metadata
                .contains_key(LEFT_OUT)
        );
    }
}
