//! Rewrites statuses that the transport makes before our code sees the request, into the form of our errors.

use std::fmt::Display;

use http::Response;
use tonic::{Code, Status, body::Body};

use crate::{
    domain::Violations, grpc::StatusBuilder, proto::v1::ErrorReason, rejection::Rejection,
    wire::ONEOF_TWICE,
};

/// Prefixes of tonic's messages about a request that is too large or not a message.
const TOO_LARGE: &str = "Error, decoded message length too large";
const UNREADABLE: &str = "failed to decode Protobuf message";
const UNPACKS_TOO_FAR: &str = "Error decompressing: size limit";
const NOT_UNPACKED: &str = "Error decompressing: ";

/// Returns the response, or the same refusal with a reliable code and details.
pub(super) fn reworded(response: Response<Body>) -> Response<Body> {
    // Absent unless the call was refused before it gave any answer.
    if !response.headers().contains_key(Status::GRPC_STATUS) {
        return response;
    }
    let Some(status) = Status::from_header_map(response.headers()) else {
        return response;
    };
    match reworded_status(&status) {
        Some(status) => status.into_http(),
        None => response,
    }
}

fn reworded_status(status: &Status) -> Option<Status> {
    let message = status.message();
    if let Some(oneof) = message.strip_suffix(ONEOF_TWICE)
        && status.details().is_empty()
    {
        let why = "is set twice; set one of its fields, once";
        let mut violations = Violations::default();
        violations.add(oneof, why);
        return Some(Rejection::Invalid(violations).into());
    }
    match status.code() {
        Code::OutOfRange if message.starts_with(TOO_LARGE) => Some(told_too_large(message)),
        Code::ResourceExhausted if message.starts_with(UNPACKS_TOO_FAR) => {
            Some(told_too_large(message))
        }
        Code::Internal if message.starts_with(NOT_UNPACKED) => {
            let reply = StatusBuilder::new(ErrorReason::MessageUnreadable);
            Some(reply.status("the request is not compressed as its grpc-encoding says"))
        }
        Code::Internal if message.starts_with(UNREADABLE) => {
            let reply = StatusBuilder::new(ErrorReason::MessageUnreadable);
            Some(reply.status(
                "the request is not a message of this method; check its type against reflection",
            ))
        }
        Code::Unimplemented if status.details().is_empty() => {
            let reply = StatusBuilder::new(ErrorReason::MethodUnknown);
            Some(reply.status("the server has no such method; list its methods by reflection"))
        }
        _ => None,
    }
}

/// Makes the status of a message of which tonic reports the length and the limit, or the limit alone.
fn told_too_large(message: &str) -> Status {
    let mut numbers = message
        .split(|c: char| !c.is_ascii_digit())
        .filter(|number| !number.is_empty());
    let (first, second) = (numbers.next().unwrap_or_default(), numbers.next());
    match second {
        Some(limit) => too_large(first, limit),
        None => too_large(format!("more than {first}"), first),
    }
}

/// Makes the status of a request of this size.
pub(super) fn too_large(size: impl Display, limit: impl Display) -> Status {
    StatusBuilder::new(ErrorReason::MessageTooLarge)
        .with("size", &size)
        .with("limit", &limit)
        .status(format!(
            "the request has {size} bytes and may have {limit}; send less at a time, in several \
             calls"
        ))
}

#[cfg(test)]
mod tests {
    use tonic_types::{ErrorDetails, StatusExt as _};

    use super::*;
    use crate::grpc::ERROR_DOMAIN;

    fn seen(status: Status) -> Status {
        let response = reworded(status.into_http());
        Status::from_header_map(response.headers()).expect("a status")
    }

    #[test]
    fn a_request_that_is_too_large_is_told_its_size_and_the_limit() {
        let message = "Error, decoded message length too large: found 5000000 bytes, the limit \
                       is: 4194304 bytes";
        let status = seen(Status::out_of_range(message));
        assert_eq!(status.code(), Code::ResourceExhausted);
        let info = status
            .get_error_details()
            .error_info()
            .expect("an ErrorInfo")
            .clone();
        assert_eq!(info.reason, "MESSAGE_TOO_LARGE");
        assert_eq!(
            (&*info.metadata["size"], &*info.metadata["limit"]),
            ("5000000", "4194304")
        );
        // Trial B9: the same request never becomes smaller.
        assert!(status.get_details_retry_info().is_none());
    }

    #[test]
    fn bytes_that_are_no_message_are_the_fault_of_the_client() {
        let status = seen(Status::internal(
            "failed to decode Protobuf message: invalid tag",
        ));
        assert_eq!(status.code(), Code::InvalidArgument);
    }

    #[test]
    fn our_own_statuses_stay_as_they_are() {
        let details = ErrorDetails::with_error_info("POSITION_IN_FUTURE", ERROR_DOMAIN, []);
        let status = Status::with_error_details(Code::OutOfRange, "beyond the head", details);
        let (before, after) = (status.details().to_vec(), seen(status));
        assert_eq!(
            (after.code(), after.details()),
            (Code::OutOfRange, &before[..])
        );
    }
}
