//! The request itself is wrong, whatever it is about.

use tonic::Status;
use tonic_types::FieldViolation;

use super::{
    VIOLATIONS_MAX,
    text::{listed, short},
};
use crate::{
    domain::Violations,
    filter::{FILTER_BODIES_MAX, FilterError, NAMED_BODIES_MAX},
    grpc::{status_builder::StatusBuilder, trailer_limit::LEFT_OUT},
    index::{Position, TooManyBodies},
    proto::v1::ErrorReason,
};

pub(super) fn invalid(violations: &Violations) -> Status {
    let all = violations.as_slice();
    let first = all
        .first()
        .map(|violation| violation.field.clone())
        .unwrap_or_default();
    let mut reply = StatusBuilder::new(ErrorReason::FieldInvalid).with("field", short(&first));
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

pub(super) fn filter(error: &FilterError) -> Status {
    let mut reply = StatusBuilder::new(ErrorReason::FilterInvalid)
        .with("offset", error.offset)
        .with("fragment", short(&error.fragment))
        .with("expected", listed(&error.expected));
    let text = error.to_string();
    reply
        .details
        .set_bad_request(vec![FieldViolation::new("filter", text.as_str())]);
    reply.status(format!("filter: {text}"))
}

pub(super) fn too_many_bodies(why: &TooManyBodies) -> Status {
    let status = StatusBuilder::new(ErrorReason::FilterInvalid);
    match why {
        TooManyBodies::OfTerm(term) => status.with("fragment", term).status(format!(
            "filter: {term} stands for more than {NAMED_BODIES_MAX} bodies; write more of the name"
        )),
        TooManyBodies::OfFilter => status.status(format!(
            "filter: its names stand for more than {FILTER_BODIES_MAX} bodies in all; write more of \
             each name, or name fewer bodies"
        )),
    }
}

pub(super) fn page_token(why: &str) -> Status {
    StatusBuilder::new(ErrorReason::PageTokenInvalid).status(format!(
        "page_token: {why}; begin again without it, and do not change the request between pages"
    ))
}

pub(super) fn resume_token(why: &str) -> Status {
    StatusBuilder::new(ErrorReason::ResumeTokenInvalid).status(format!(
        "resume_token: {why}; send one as it was received, or after_position"
    ))
}

pub(super) fn resume_token_filter(token: &str, request: &str) -> Status {
    StatusBuilder::new(ErrorReason::ResumeTokenFilterMismatch)
        .with("tokenFilter", token)
        .with("requestFilter", request)
        .status(format!(
            "resume_token was made under the filter `{}` and this request has `{}`; send the same \
             filter, or after_position to change it",
            short(token),
            short(request)
        ))
}

pub(super) fn epoch_changed(token: &str, store: &str, head: Position) -> Status {
    let mut reply = StatusBuilder::new(ErrorReason::StoreEpochChanged)
        .with("tokenEpoch", token)
        .with("storeEpoch", store)
        .with("headPosition", head);
    reply.details.add_precondition_failure_violation(
        "STORE_EPOCH",
        store,
        "the history that the token belongs to is not the one of this store",
    );
    reply.status(format!(
        "resume_token belongs to the history {token} and this store has {store}, as after a \
         restored backup; begin with START_SNAPSHOT and replace what you hold"
    ))
}

pub(super) fn position_in_future(requested: Position, head: Position) -> Status {
    StatusBuilder::new(ErrorReason::PositionInFuture)
        .with("requestedPosition", requested)
        .with("oldestPosition", 1)
        .with("headPosition", head)
        .status(format!(
            "position {requested} is beyond the head, which is {head}; send a position up to it"
        ))
}

pub(super) fn request_id_reused(request_id: &str, name: &str) -> Status {
    StatusBuilder::new(ErrorReason::RequestIdReused)
        .with("requestId", request_id)
        .with("existingResource", name)
        .status(format!(
            "request_id {request_id:?} was used for another request, which wrote {name}; choose a \
             new one"
        ))
}
