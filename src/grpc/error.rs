//! The one place where a rejection becomes a status, with details that hold what the client needs
//! for its next request.

use tonic::{Code, Status};
use tonic_types::{FieldViolation, QuotaViolation};

use super::{
    error_text::{absent, listed, message, short},
    fitting::LEFT_OUT,
    reply::{Reply, resource_type},
};
use crate::{
    domain::Violations,
    feed::Ended,
    filter::FilterError,
    rejection::{Missing, Rejection},
    store::StoreError,
};

/// Violations that a status lists. Its details travel in HTTP/2 trailers, which are bounded.
const VIOLATIONS_MAX: usize = 20;

impl From<Rejection> for Status {
    fn from(rejection: Rejection) -> Status {
        let message = message(&rejection);
        match rejection {
            Rejection::Invalid(violations) => invalid(&violations),
            Rejection::Argument { field, description } => {
                invalid(&Violations::one(field, description))
            }
            Rejection::Filter(error) => filter(&error),
            Rejection::PageToken { .. } => {
                Reply::new(Code::InvalidArgument, "PAGE_TOKEN_INVALID").status(message)
            }
            Rejection::ResumeToken { .. } => {
                Reply::new(Code::InvalidArgument, "RESUME_TOKEN_INVALID").status(message)
            }
            Rejection::ResumeTokenFilter { token, request } => {
                Reply::new(Code::InvalidArgument, "RESUME_TOKEN_FILTER_MISMATCH")
                    .with("tokenFilter", token)
                    .with("requestFilter", request)
                    .status(message)
            }
            Rejection::EpochChanged { token, store, head } => {
                let mut reply = Reply::new(Code::FailedPrecondition, "STORE_EPOCH_CHANGED")
                    .with("tokenEpoch", token)
                    .with("storeEpoch", store.as_str())
                    .with("headPosition", head);
                reply.details.add_precondition_failure_violation(
                    "STORE_EPOCH",
                    store,
                    "the history that the token belongs to is not the one of this store",
                );
                reply.status(message)
            }
            Rejection::PositionInFuture { requested, head } => {
                Reply::new(Code::OutOfRange, "POSITION_IN_FUTURE")
                    .with("requestedPosition", requested)
                    .with("oldestPosition", 1)
                    .with("headPosition", head)
                    .status(message)
            }
            Rejection::NotFound { missing } => not_found(&missing, message),
            Rejection::AlreadyExists { name } => {
                let (reason, key) = match resource_type(&name) {
                    "partnership" => ("PARTNERSHIP_EXISTS", "partnership"),
                    "subscription" => ("SUBSCRIPTION_EXISTS", "subscription"),
                    _ => ("EVENT_EXISTS", "event"),
                };
                Reply::new(Code::AlreadyExists, reason)
                    .with(key, name.as_str())
                    .about(&name)
                    .status(message)
            }
            Rejection::EtagMismatch {
                name,
                current_etag,
                current_revision,
            } => Reply::new(Code::Aborted, "ETAG_MISMATCH")
                .with("currentEtag", current_etag)
                .with("currentRevision", current_revision)
                .about(&name)
                .status(message),
            Rejection::WrongState {
                name,
                state,
                reason,
                ..
            } => {
                let event = name.as_str();
                let mut reply = Reply::new(Code::FailedPrecondition, reason)
                    .with("event", event)
                    .with("state", state);
                reply
                    .details
                    .add_precondition_failure_violation("STATE", event, &message);
                reply.about(event).status(message)
            }
            Rejection::RequestIdReused { request_id, name } => {
                Reply::new(Code::InvalidArgument, "REQUEST_ID_REUSED")
                    .with("requestId", request_id)
                    .with("existingResource", name)
                    .status(message)
            }
            Rejection::Contended { name } => Reply::new(Code::Aborted, "CONTENDED")
                .about(&name)
                .retry()
                .status(message),
            Rejection::ExportOvertaken { name } => Reply::new(Code::Aborted, "EXPORT_OVERTAKEN")
                .about(&name)
                .retry()
                .status(message),
            Rejection::TooManyWatches { limit, holder } => {
                let scope = if holder.is_some() { "client" } else { "server" };
                let mut reply = Reply::new(Code::ResourceExhausted, "WATCH_LIMIT")
                    .with("limit", limit)
                    .with("scope", scope);
                let what = format!("at most {limit} watches are open at a time");
                let subject =
                    holder.map_or("watches".to_owned(), |holder| format!("client:{holder}"));
                let quota = QuotaViolation::new(subject, what);
                reply.details.set_quota_failure(vec![quota]);
                reply.retry().status(message)
            }
            Rejection::LeaseLost { name, epoch } => lease_lost(&name, epoch, message),
            Rejection::NotSent {
                name,
                requested,
                sent,
            } => Reply::new(Code::OutOfRange, "POSITION_NOT_SENT")
                .with("requestedPosition", requested)
                .with("sentPosition", sent)
                .about(&name)
                .status(message),
            Rejection::TooManySubscriptions { limit } => {
                let mut reply =
                    Reply::new(Code::ResourceExhausted, "SUBSCRIPTION_LIMIT").with("limit", limit);
                let quota = QuotaViolation::new("subscriptions", message.as_str());
                reply.details.set_quota_failure(vec![quota]);
                reply.status(message)
            }
            Rejection::TooLarge { size, limit, .. } => {
                Reply::new(Code::ResourceExhausted, "MESSAGE_TOO_LARGE")
                    .with("size", size)
                    .with("limit", limit)
                    .status(message)
            }
            Rejection::TooCostly { limit, .. } => {
                Reply::new(Code::ResourceExhausted, "CALL_TOO_COSTLY")
                    .with("limit", limit)
                    .status(message)
            }
            Rejection::Late { .. } => Reply::new(Code::DeadlineExceeded, "POSITION_NOT_REACHED")
                .retry()
                .status(message),
            Rejection::Draining => Reply::new(Code::Unavailable, "DRAINING")
                .retry()
                .status(message),
            Rejection::Store(error) => store(&error),
        }
    }
}

/// The status at the end of a stream that did not end with OK.
pub(super) fn ended(ended: Ended) -> Status {
    match ended {
        Ended::MaxAge { position, retry } => Reply::new(Code::Unavailable, "STREAM_MAX_AGE")
            .with("position", position)
            .retry_after(retry)
            .status("the stream is as old as streams get; go on with its last resume token"),
        Ended::Draining { position, retry } => Reply::new(Code::Unavailable, "DRAINING")
            .with("position", position)
            .retry_after(retry)
            .status("the server is shutting down; go on with the last resume token"),
        Ended::LeaseLost {
            name,
            epoch,
            position,
        } => {
            let message = message(&Rejection::LeaseLost {
                name: name.clone(),
                epoch,
            });
            lease_lost(
                &name,
                epoch,
                format!("{message}; this stream has sent up to {position}"),
            )
        }
        Ended::Stalled { position, retry } => {
            Reply::new(Code::ResourceExhausted, "CONSUMER_STALLED")
                .with("position", position)
                .retry_after(retry)
                .status(
                    "the client accepted nothing for too long; read faster, then go on with the \
                     last resume token",
                )
        }
        Ended::Disconnected { position, retry } => {
            Reply::new(Code::Unavailable, "DISCONNECTED_BY_ADMIN")
                .with("position", position)
                .retry_after(retry)
                .status("an operator ended the stream; go on with the last resume token")
        }
        Ended::SubscriptionGone { name } => Rejection::not_found(&name).into(),
        Ended::Store(error) => store(&error),
    }
}

fn lease_lost(name: &str, epoch: u64, message: String) -> Status {
    Reply::new(Code::Aborted, "LEASE_LOST")
        .with("leaseEpoch", epoch)
        .about(name)
        .status(message)
}

/// The end of a stream for which its client gave no more time.
pub(super) fn deadline_exceeded() -> Status {
    Reply::new(Code::DeadlineExceeded, "DEADLINE_EXCEEDED")
        .status("the deadline of the call has passed; go on with the last resume token")
}

/// Our own failure: told in full to the log and by its kind to the client.
fn store(error: &StoreError) -> Status {
    match error {
        StoreError::Damaged { position, .. } => {
            tracing::error!(%error, "damaged record");
            Reply::new(Code::DataLoss, "STORE_CORRUPT").with("position", position).status(format!(
                "the record at position {position} is damaged; tell the operator, who can restore \
                 a backup"
            ))
        }
        StoreError::DamagedSubscription { name, .. } => {
            tracing::error!(%error, "damaged subscription");
            Reply::new(Code::DataLoss, "STORE_CORRUPT")
                .about(name)
                .status(format!(
                    "the state of {name} is damaged; tell the operator, who can restore a backup"
                ))
        }
        StoreError::DamagedFile { .. } => {
            tracing::error!(%error, "damaged file");
            Reply::new(Code::DataLoss, "STORE_CORRUPT")
                .status("the log is damaged; tell the operator, who can restore a backup")
        }
        StoreError::Failed(_) => {
            tracing::error!(%error, "store failed");
            Reply::new(Code::Unavailable, "STORE_READ_ONLY").retry().status(
                "the store failed and takes no writes; reads go on; tell the operator, who will \
                 find the cause in the log",
            )
        }
        StoreError::Full { free, reserve } => Reply::new(Code::ResourceExhausted, "STORE_FULL")
            .with("freeBytes", free)
            .with("reserveBytes", reserve)
            .retry()
            .status("the disk is full and the store takes no writes until there is room"),
        StoreError::Busy => Reply::new(Code::ResourceExhausted, "BUSY")
            .retry()
            .status(format!(
                "{error}; try again in a moment, or narrow the filter, which makes the call a cheap one"
            )),
        StoreError::Closed => Reply::new(Code::Unavailable, "DRAINING")
            .retry()
            .status("the server is shutting down; try again in a moment"),
    }
}

fn invalid(violations: &Violations) -> Status {
    let all = violations.as_slice();
    let first = all
        .first()
        .map(|violation| violation.field.clone())
        .unwrap_or_default();
    let mut reply = Reply::new(Code::InvalidArgument, "FIELD_INVALID").with("field", short(&first));
    if all.len() > VIOLATIONS_MAX {
        reply = reply.with(LEFT_OUT, all.len() - VIOLATIONS_MAX);
    }
    let listed = all.iter().take(VIOLATIONS_MAX);
    let listed: Vec<FieldViolation> = listed
        .map(|violation| {
            FieldViolation::new(short(&violation.field), short(&violation.description))
        })
        .collect();
    reply.details.set_bad_request(listed);
    let message = match all {
        [only] => format!("{only}"),
        all => format!("{} fields are invalid; see the details", all.len()),
    };
    reply.status(short(&message))
}

fn filter(error: &FilterError) -> Status {
    let mut reply = Reply::new(Code::InvalidArgument, "FILTER_INVALID")
        .with("offset", error.offset)
        .with("fragment", short(&error.fragment))
        .with("expected", listed(&error.expected));
    let text = error.to_string();
    reply
        .details
        .set_bad_request(vec![FieldViolation::new("filter", text.as_str())]);
    reply.status(format!("filter: {text}"))
}

fn not_found(missing: &[Missing], message: String) -> Status {
    let first = missing.first().map_or("", |missing| missing.name.as_str());
    let reason = match resource_type(first) {
        "partnership" => "PARTNERSHIP_NOT_FOUND",
        "subscription" => "SUBSCRIPTION_NOT_FOUND",
        "watch" => "WATCH_NOT_FOUND",
        _ => "EVENT_NOT_FOUND",
    };
    let mut reply = Reply::new(Code::NotFound, reason)
        .with("name", first)
        .about(first);
    if let Some((position, _)) = missing.first().and_then(|missing| missing.first) {
        reply = reply.with("firstPosition", position);
    }
    if missing.len() > 1 {
        let listed = missing.iter().take(VIOLATIONS_MAX);
        let listed = listed.map(|missing| FieldViolation::new("names", absent(missing)));
        reply.details.set_bad_request(listed.collect::<Vec<_>>());
        if missing.len() > VIOLATIONS_MAX {
            reply = reply.with(LEFT_OUT, missing.len() - VIOLATIONS_MAX);
        }
    }
    reply.status(message)
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use tonic_types::StatusExt as _;

    use super::*;

    #[test]
    fn damage_is_told_as_data_loss_with_its_place_and_what_to_do() {
        let record = StoreError::Damaged {
            position: 7,
            what: "wrong checksum".to_owned(),
        };
        let subscription = StoreError::DamagedSubscription {
            name: "subscriptions/radar".to_owned(),
            what: "wrong checksum".to_owned(),
        };
        for (error, place) in [
            (record, "position 7"),
            (subscription, "subscriptions/radar"),
        ] {
            let status = store(&error);
            let info = status.get_details_error_info().expect("a reason");
            assert_eq!(
                (status.code(), info.reason.as_str()),
                (Code::DataLoss, "STORE_CORRUPT")
            );
            assert!(status.message().contains(place), "{}", status.message());
            assert!(
                status.message().contains("restore a backup"),
                "{}",
                status.message()
            );
        }
        let position = store(&StoreError::Damaged {
            position: 7,
            what: String::new(),
        });
        let info = position.get_details_error_info().expect("a reason");
        assert_eq!(info.metadata["position"], "7");
    }

    #[test]
    fn b9_a_refusal_asks_to_try_again_only_where_that_can_help() {
        let name = || "events/a".to_owned();
        let store = |error| Rejection::Store(error);
        let refusals: Vec<(Rejection, bool)> = vec![
            (Rejection::argument("name", "is wrong"), false),
            (Rejection::PageToken { why: "" }, false),
            (Rejection::ResumeToken { why: "" }, false),
            (Rejection::not_found("events/a"), false),
            (Rejection::AlreadyExists { name: name() }, false),
            (
                Rejection::PositionInFuture {
                    requested: 2,
                    head: 1,
                },
                false,
            ),
            (
                Rejection::RequestIdReused {
                    request_id: name(),
                    name: name(),
                },
                false,
            ),
            (
                Rejection::LeaseLost {
                    name: name(),
                    epoch: 1,
                },
                false,
            ),
            (
                Rejection::NotSent {
                    name: name(),
                    requested: 2,
                    sent: 1,
                },
                false,
            ),
            (Rejection::TooManySubscriptions { limit: 1 }, false),
            (
                Rejection::TooLarge {
                    what: "it",
                    size: 2,
                    limit: 1,
                },
                false,
            ),
            (Rejection::Contended { name: name() }, true),
            (Rejection::ExportOvertaken { name: name() }, true),
            (
                Rejection::TooManyWatches {
                    limit: 1,
                    holder: None,
                },
                true,
            ),
            (
                Rejection::Late {
                    waited: Duration::ZERO,
                    what: name(),
                },
                true,
            ),
            (Rejection::Draining, true),
            (store(StoreError::Closed), true),
            // Until an operator has made room, which is seen at once.
            (
                store(StoreError::Full {
                    free: 1,
                    reserve: 2,
                }),
                true,
            ),
            (
                store(StoreError::Damaged {
                    position: 1,
                    what: name(),
                }),
                false,
            ),
        ];
        for (rejection, helps) in refusals {
            let told = format!("{rejection:?}");
            let status = Status::from(rejection);
            assert_eq!(status.get_details_retry_info().is_some(), helps, "{told}");
        }
    }
}
