//! The one place where a rejection becomes a status, with details that hold what the client needs
//! for its next request.

mod ended;
mod limit;
mod request;
mod resource;
mod store;
mod text;

use tonic::Status;

use super::status_builder::StatusBuilder;
use crate::{domain::Violations, proto::v1::ErrorReason, rejection::Rejection};

pub(super) use ended::{deadline_exceeded, ended};

/// Maximum number of violations in a status. Its details travel in HTTP/2 trailers, which are bounded.
const VIOLATIONS_MAX: usize = 20;

impl From<Rejection> for Status {
    fn from(rejection: Rejection) -> Status {
        match rejection {
            Rejection::Invalid(violations) => request::invalid(&violations),
            Rejection::Argument { field, description } => {
                request::invalid(&Violations::one(field, description))
            }
            Rejection::Filter(error) => request::filter(&error),
            Rejection::PageToken { why } => request::page_token(why),
            Rejection::ResumeToken { why } => request::resume_token(why),
            Rejection::ResumeTokenFilter {
                token,
                request: given,
            } => request::resume_token_filter(&token, &given),
            Rejection::EpochChanged { token, store, head } => {
                request::epoch_changed(&token, &store, head)
            }
            Rejection::PositionInFuture { requested, head } => {
                request::position_in_future(requested, head)
            }
            Rejection::RequestIdReused { request_id, name } => {
                request::request_id_reused(&request_id, &name)
            }

            Rejection::NotFound { missing } => resource::not_found(&missing),
            Rejection::AlreadyExists { name } => resource::already_exists(&name),
            Rejection::EtagMismatch {
                name,
                current_etag,
                current_revision,
            } => resource::etag_mismatch(&name, &current_etag, current_revision),
            Rejection::EventRetracted { name } => resource::retracted(&name),
            Rejection::EventMerged { name } => resource::merged(&name),
            Rejection::EventRedacted { name, hint } => resource::redacted(&name, hint),
            Rejection::Redacted { name, hint } => resource::record_redacted(&name, hint),
            Rejection::KnownTooEarly { name, known_since } => {
                resource::known_too_early(&name, known_since)
            }
            Rejection::PreconditionFailed { name, position } => {
                resource::precondition_failed(&name, position)
            }
            Rejection::NotAhead { source, tracked } => resource::not_ahead(&source, tracked),
            Rejection::TooManyBodies(why) => request::too_many_bodies(&why),
            Rejection::NotRetracted { name, state } => resource::not_retracted(&name, state),
            Rejection::Contended { name } => resource::contended(&name),
            Rejection::ExportOvertaken { name } => resource::export_overtaken(&name),
            Rejection::LeaseLost { name, epoch } => resource::lease_lost(&name, epoch),
            Rejection::NotSent {
                name,
                requested,
                sent,
            } => resource::not_sent(&name, requested, sent),

            Rejection::TooManyWatches { limit, holder } => {
                limit::too_many_watches(limit, holder.as_deref())
            }
            Rejection::TooManySubscriptions { limit } => limit::too_many_subscriptions(limit),
            Rejection::TooLarge { what, size, limit } => limit::too_large(what, size, limit),
            Rejection::TooCostly { what, limit } => limit::too_costly(what, limit),
            Rejection::PhraseTooCommon { limit } => limit::phrase_too_common(limit),
            Rejection::Late { waited, what } => limit::late(waited, &what),

            Rejection::Draining => draining(),
            Rejection::Store(error) => store::failed(&error),
        }
    }
}

fn draining() -> Status {
    StatusBuilder::new(ErrorReason::Draining)
        .retry()
        .status("the server is shutting down; try again in a moment")
}

#[cfg(test)]
mod tests;
