//! The request exceeds a limit or a time.

use std::time::Duration;

use tonic::Status;
use tonic_types::QuotaViolation;

use crate::{grpc::status_builder::StatusBuilder, proto::v1::ErrorReason};

pub(super) fn too_many_watches(limit: usize, holder: Option<&str>) -> Status {
    let (scope, subject, message) = match holder {
        None => (
            "server",
            "watches".to_owned(),
            format!("{limit} watches are open, which is the limit; close one or try again later"),
        ),
        Some(holder) => (
            "client",
            format!("client:{holder}"),
            format!(
                "{holder} has {limit} watches open, which is the limit of one client; close one or \
                 try again later"
            ),
        ),
    };
    let mut reply = StatusBuilder::new(ErrorReason::WatchLimit)
        .with("limit", limit)
        .with("scope", scope);
    let what = format!("at most {limit} watches are open at a time");
    let quota = QuotaViolation::new(subject, what);
    reply.details.set_quota_failure(vec![quota]);
    reply.retry().status(message)
}

pub(super) fn too_many_subscriptions(limit: usize) -> Status {
    let message = format!("there are {limit} subscriptions, which is the limit; delete one");
    let mut reply = StatusBuilder::new(ErrorReason::SubscriptionLimit).with("limit", limit);
    let quota = QuotaViolation::new("subscriptions", message.as_str());
    reply.details.set_quota_failure(vec![quota]);
    reply.status(message)
}

pub(super) fn too_large(what: &str, size: usize, limit: usize) -> Status {
    StatusBuilder::new(ErrorReason::MessageTooLarge)
        .with("size", size)
        .with("limit", limit)
        .status(format!(
            "{what} would have {size} bytes and may have {limit}; ask for less at a time"
        ))
}

pub(super) fn too_costly(what: &str, limit: u64) -> Status {
    StatusBuilder::new(ErrorReason::CallTooCostly)
        .with("limit", limit)
        .status(format!(
            "{what}, of which one call may have {limit}; narrow the filter, or group by fewer fields or \
             by those with fewer values"
        ))
}

pub(super) fn phrase_too_common(limit: u64) -> Status {
    StatusBuilder::new(ErrorReason::CallTooCostly)
        .with("limit", limit)
        .status(format!(
            "more than {limit} records have the words of text = \"...\", and the text of each would have to \
             be read; write text:\"...\" for the words in any order, or add terms that fewer records match"
        ))
}

pub(super) fn late(waited: Duration, what: &str) -> Status {
    StatusBuilder::new(ErrorReason::PositionNotReached)
        .retry()
        .status(format!(
            "{what} within {} ms; try again, or ask without min_position",
            waited.as_millis()
        ))
}
