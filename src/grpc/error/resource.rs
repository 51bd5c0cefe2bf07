//! The resource of a request does not exist, or is not in the required state.

use tonic::Status;
use tonic_types::FieldViolation;

use super::VIOLATIONS_MAX;
use crate::{
    domain::Micros,
    grpc::{
        status_builder::{StatusBuilder, resource_type},
        trailer_limit::LEFT_OUT,
    },
    index::Position,
    proto::v1::ErrorReason,
    rejection::{Begins, Missing},
    wire,
};

pub(super) fn not_found(missing: &[Missing]) -> Status {
    let first = missing.first().map_or("", |missing| missing.name.as_str());
    let reason = match resource_type(first) {
        "partnership" => ErrorReason::PartnershipNotFound,
        "body" => ErrorReason::BodyNotFound,
        "subscription" => ErrorReason::SubscriptionNotFound,
        "watch" => ErrorReason::WatchNotFound,
        _ => ErrorReason::EventNotFound,
    };
    let mut reply = StatusBuilder::new(reason).with("name", first).about(first);
    match missing.first().and_then(|missing| missing.begins) {
        Some(Begins::At { position, .. }) => reply = reply.with("firstPosition", position),
        Some(Begins::Known { since }) => {
            reply = reply.with("knownSince", wire::timestamp(since));
        }
        None => {}
    }
    if missing.len() > 1 {
        let listed = missing.iter().take(VIOLATIONS_MAX);
        let listed = listed.map(|missing| FieldViolation::new("names", absent(missing)));
        reply.details.set_bad_request(listed.collect::<Vec<_>>());
        if missing.len() > VIOLATIONS_MAX {
            reply = reply.with(LEFT_OUT, missing.len() - VIOLATIONS_MAX);
        }
    }
    reply.status(match missing {
        [one] if one.begins.is_some() => format!("{}; read it as of then or later", absent(one)),
        [one] => format!(
            "{}; list what there is, or look for a typing error",
            absent(one)
        ),
        all => format!("{} of the names do not exist; see details", all.len()),
    })
}

/// Describes a missing resource, with when it begins if that is later than the read.
fn absent(Missing { name, begins }: &Missing) -> String {
    match begins {
        None => format!("there is no {name}"),
        Some(Begins::At { position, commit }) => format!(
            "{name} was not there yet: its first position is {position}, committed at {}",
            wire::timestamp(*commit)
        ),
        Some(Begins::Known { since }) => format!(
            "{name} was not known yet: it became known at {}",
            wire::timestamp(*since)
        ),
    }
}

pub(super) fn already_exists(name: &str) -> Status {
    let (reason, key) = match resource_type(name) {
        "partnership" => (ErrorReason::PartnershipExists, "partnership"),
        "body" => (ErrorReason::BodyExists, "body"),
        "subscription" => (ErrorReason::SubscriptionExists, "subscription"),
        _ => (ErrorReason::EventExists, "event"),
    };
    StatusBuilder::new(reason)
        .with(key, name)
        .about(name)
        .status(format!(
            "{name} already exists; update it, or choose another id"
        ))
}

pub(super) fn etag_mismatch(name: &str, etag: &str, revision: i32) -> Status {
    StatusBuilder::new(ErrorReason::EtagMismatch)
        .with("currentEtag", etag)
        .with("currentRevision", revision)
        .about(name)
        .status(format!(
            "{name} was changed since you read it and is now at revision {revision} with etag \
             {etag}; read it again before you write"
        ))
}

pub(super) fn retracted(name: &str) -> Status {
    let reason = ErrorReason::EventRetracted;
    wrong_state(reason, name, "retracted", "restore it first")
}

pub(super) fn merged(name: &str) -> Status {
    let hint = "write to the event it was merged into";
    wrong_state(ErrorReason::EventMerged, name, "merged", hint)
}

pub(super) fn redacted(name: &str, hint: &str) -> Status {
    wrong_state(ErrorReason::EventRedacted, name, "redacted", hint)
}

pub(super) fn record_redacted(name: &str, hint: &str) -> Status {
    StatusBuilder::new(ErrorReason::ResourceRedacted)
        .with(resource_type(name), name)
        .about(name)
        .status(format!("{name} is redacted; {hint}"))
}

pub(super) fn known_too_early(name: &str, known_since: Micros) -> Status {
    let known_since = wire::timestamp(known_since);
    StatusBuilder::new(ErrorReason::KnownSinceTooEarly)
        .with("knownSince", known_since)
        .about(name)
        .status(format!(
            "known_since is earlier than that of the revision before, {known_since}; give that time or a \
             later one"
        ))
}

pub(super) fn precondition_failed(name: &str, position: Position) -> Status {
    StatusBuilder::new(ErrorReason::PreconditionFailed)
        .with("existingResource", name)
        .with("position", position)
        .about(name)
        .status(format!(
            "{name} matches the precondition, at position {position}; read it before you write"
        ))
}

pub(super) fn not_ahead(source: &str, tracked: u64) -> Status {
    StatusBuilder::new(ErrorReason::TrackingNotAhead)
        .with("trackedPosition", tracked)
        .status(format!(
            "tracking source {source:?} was written up to its position {tracked}; continue after it"
        ))
}

pub(super) fn not_retracted(name: &str, state: &str) -> Status {
    let hint = "only a retracted event can be restored";
    wrong_state(ErrorReason::NotRetracted, name, state, hint)
}

fn wrong_state(reason: ErrorReason, name: &str, state: &str, hint: &str) -> Status {
    let message = format!("{name} is {state}; {hint}");
    let mut reply = StatusBuilder::new(reason)
        .with("event", name)
        .with("state", state);
    reply
        .details
        .add_precondition_failure_violation("STATE", name, &message);
    reply.about(name).status(message)
}

pub(super) fn contended(name: &str) -> Status {
    StatusBuilder::new(ErrorReason::Contended)
        .about(name)
        .retry()
        .status(format!(
            "{name} is being written by many clients at once; try again in a moment"
        ))
}

pub(super) fn export_overtaken(name: &str) -> Status {
    StatusBuilder::new(ErrorReason::ExportOvertaken)
        .about(name)
        .retry()
        .status(format!(
            "{name} was redacted while the store was exported; export it again"
        ))
}

pub(super) fn lease_lost(name: &str, epoch: u64) -> Status {
    lease_lost_reply(name, epoch).status(lease_lost_text(name, epoch))
}

/// The end of a stream that has sent up to this position.
pub(super) fn lease_lost_after(name: &str, epoch: u64, position: Position) -> Status {
    let lost = lease_lost_text(name, epoch);
    lease_lost_reply(name, epoch).status(format!("{lost}; this stream has sent up to {position}"))
}

fn lease_lost_reply(name: &str, epoch: u64) -> StatusBuilder {
    StatusBuilder::new(ErrorReason::LeaseLost)
        .with("leaseEpoch", epoch)
        .about(name)
}

fn lease_lost_text(name: &str, epoch: u64) -> String {
    format!(
        "{name} is at lease epoch {epoch}: another consumer took it, or its cursor was moved; \
         consume it again to go on"
    )
}

pub(super) fn not_sent(name: &str, requested: Position, sent: Position) -> Status {
    StatusBuilder::new(ErrorReason::PositionNotSent)
        .with("requestedPosition", requested)
        .with("sentPosition", sent)
        .about(name)
        .status(format!(
            "position {requested} was not sent under this lease, which has sent up to {sent}; \
             acknowledge what was received"
        ))
}
