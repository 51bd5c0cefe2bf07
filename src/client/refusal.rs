//! Distinguishes refusals that waiting may cure from those that it cannot.

use tonic::{Code, Status};
use tonic_types::{ErrorInfo, StatusExt as _};

use super::{Cause, WatchError};
use crate::proto::v1::ErrorReason;

/// Returns the error of a refusal that a retry would meet again.
pub(super) fn refusal(cause: &Cause, position: i64) -> Option<WatchError> {
    match cause {
        Cause::Failed(status) => Answer::of(status).refusal(position),
        _ => None,
    }
}

/// A status with its `ErrorInfo`.
struct Answer<'a> {
    status: &'a Status,
    info: ErrorInfo,
}

impl<'a> Answer<'a> {
    fn of(status: &'a Status) -> Self {
        let info = status.get_details_error_info();
        let info = info.unwrap_or_else(|| ErrorInfo::new("", "", []));
        Self { status, info }
    }

    fn refusal(&self, position: i64) -> Option<WatchError> {
        let status = Box::new(self.status.clone());
        Some(match ErrorReason::from_text(&self.info.reason) {
            ErrorReason::ResumeTokenFilterMismatch => WatchError::FilterMismatch {
                token_filter: self.text("tokenFilter"),
                request_filter: self.text("requestFilter"),
                position,
                status,
            },
            ErrorReason::StoreEpochChanged => WatchError::EpochChanged {
                token_epoch: self.text("tokenEpoch"),
                store_epoch: self.text("storeEpoch"),
                head_position: self.number("headPosition"),
                status,
            },
            ErrorReason::PositionInFuture => WatchError::PositionInFuture {
                requested_position: self.number("requestedPosition"),
                head_position: self.number("headPosition"),
                status,
            },
            ErrorReason::PositionExpired => WatchError::PositionExpired {
                requested_position: self.number("requestedPosition"),
                oldest_position: self.number("oldestPosition"),
                status,
            },
            ErrorReason::ResumeTokenInvalid => WatchError::TokenInvalid { position, status },
            ErrorReason::MessageTooLarge => WatchError::Refused { status },
            _ if is_passing(status.code()) => return None,
            _ => WatchError::Refused { status },
        })
    }

    fn text(&self, key: &str) -> String {
        self.info.metadata.get(key).cloned().unwrap_or_default()
    }

    fn number(&self, key: &str) -> i64 {
        let value = self.info.metadata.get(key);
        value
            .and_then(|value| value.parse().ok())
            .unwrap_or_default()
    }
}

/// Whether the same request may succeed later. Transports report a lost connection as UNKNOWN,
/// INTERNAL or CANCELLED too.
pub(crate) fn is_passing(code: Code) -> bool {
    matches!(
        code,
        Code::Unavailable
            | Code::ResourceExhausted
            | Code::Aborted
            | Code::Cancelled
            | Code::DeadlineExceeded
            | Code::Internal
            | Code::Unknown
    )
}

#[cfg(test)]
mod tests {
    use std::collections::HashMap;

    use tonic_types::ErrorDetails;

    use super::*;
    use crate::client::Choice;

    fn refused(code: Code, reason: &str, metadata: &[(&str, &str)]) -> Option<WatchError> {
        let metadata = metadata
            .iter()
            .map(|(key, value)| ((*key).to_owned(), (*value).to_owned()));
        let metadata: HashMap<_, _> = metadata.collect();
        let details = ErrorDetails::with_error_info(reason, "entente.v1", metadata);
        let status = Status::with_error_details(code, "a sentence", details);
        refusal(&status.into(), 7)
    }

    #[test]
    fn a_token_of_another_filter_leaves_three_choices() {
        let metadata = [("tokenFilter", "party:JP"), ("requestFilter", "party:GB")];
        let error = refused(
            Code::InvalidArgument,
            "RESUME_TOKEN_FILTER_MISMATCH",
            &metadata,
        )
        .expect("a retry would be refused too");

        let filter = Choice::Filter("party:JP".to_owned());
        assert_eq!(
            error.choices(),
            [filter, Choice::After(7), Choice::Snapshot]
        );
    }

    #[test]
    fn an_expired_position_is_never_moved_silently() {
        let metadata = [("requestedPosition", "3"), ("oldestPosition", "9")];
        let error = refused(Code::OutOfRange, "POSITION_EXPIRED", &metadata);

        match error.expect("a retry would be refused too") {
            WatchError::PositionExpired {
                requested_position: 3,
                oldest_position: 9,
                ..
            } => {}
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn a_transient_refusal_is_no_error() {
        for code in [
            Code::Unavailable,
            Code::ResourceExhausted,
            Code::Unknown,
            Code::Internal,
        ] {
            assert!(refused(code, "WATCH_LIMIT", &[]).is_none(), "{code:?}");
        }
        assert!(refused(Code::ResourceExhausted, "MESSAGE_TOO_LARGE", &[]).is_some());
        assert!(refused(Code::PermissionDenied, "", &[]).is_some());
    }
}
