//! The gRPC code of every reason. What a reason means stands with it in
//! `proto/entente/v1/error_reason.proto`.

use tonic::Code;

use crate::proto::v1::ErrorReason;

/// The code with which a call is refused for this reason.
pub(super) const fn code(reason: ErrorReason) -> Code {
    match reason {
        // An error without a reason.
        ErrorReason::Unspecified => Code::Unknown,

        ErrorReason::FieldInvalid
        | ErrorReason::FilterInvalid
        | ErrorReason::PageTokenInvalid
        | ErrorReason::ResumeTokenInvalid
        | ErrorReason::ResumeTokenFilterMismatch
        | ErrorReason::RequestIdReused
        | ErrorReason::MessageUnreadable
        | ErrorReason::TimeoutInvalid => Code::InvalidArgument,

        ErrorReason::EncodingUnsupported | ErrorReason::MethodUnknown => Code::Unimplemented,

        ErrorReason::StoreEpochChanged
        | ErrorReason::EventRetracted
        | ErrorReason::EventMerged
        | ErrorReason::EventRedacted
        | ErrorReason::NotRetracted
        | ErrorReason::ResourceRedacted
        | ErrorReason::PreconditionFailed
        | ErrorReason::TrackingNotAhead
        | ErrorReason::KnownSinceTooEarly => Code::FailedPrecondition,

        ErrorReason::PositionInFuture
        | ErrorReason::PositionExpired
        | ErrorReason::PositionNotSent => Code::OutOfRange,

        ErrorReason::EventNotFound
        | ErrorReason::PartnershipNotFound
        | ErrorReason::BodyNotFound
        | ErrorReason::SubscriptionNotFound
        | ErrorReason::WatchNotFound
        | ErrorReason::ServiceNotFound => Code::NotFound,

        ErrorReason::EventExists
        | ErrorReason::PartnershipExists
        | ErrorReason::BodyExists
        | ErrorReason::SubscriptionExists => Code::AlreadyExists,

        ErrorReason::EtagMismatch
        | ErrorReason::Contended
        | ErrorReason::ExportOvertaken
        | ErrorReason::LeaseLost => Code::Aborted,

        ErrorReason::WatchLimit
        | ErrorReason::SubscriptionLimit
        | ErrorReason::ConsumerStalled
        | ErrorReason::CallTooCostly
        | ErrorReason::Busy
        | ErrorReason::MetadataTooLarge
        | ErrorReason::MessageTooLarge
        | ErrorReason::AnswerNotTaken
        | ErrorReason::AnswersNotTaken
        | ErrorReason::RequestsUnfinished
        | ErrorReason::StoreFull => Code::ResourceExhausted,

        ErrorReason::ClientGone => Code::Cancelled,

        ErrorReason::DeadlineExceeded
        | ErrorReason::RequestUnfinished
        | ErrorReason::PositionNotReached => Code::DeadlineExceeded,

        ErrorReason::StoreOpening
        | ErrorReason::Draining
        | ErrorReason::StreamMaxAge
        | ErrorReason::DisconnectedByAdmin
        | ErrorReason::StoreReadOnly => Code::Unavailable,

        ErrorReason::StoreCorrupt => Code::DataLoss,
    }
}

#[cfg(test)]
mod tests;
