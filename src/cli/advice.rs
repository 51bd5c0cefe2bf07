use crate::proto::v1::ErrorReason;

/// Returns the command that helps after a refusal. For other reasons the server's own message is
/// enough.
pub(super) fn advice(reason: ErrorReason) -> Option<&'static str> {
    Some(match reason {
        ErrorReason::EventNotFound => {
            "search for it: entente list 'text:\"a word of its title\"'; partnerships are named \
             partnerships/NAME, and bodies bodies/NAME"
        }
        ErrorReason::BodyNotFound => "list bodies: entente bodies",
        ErrorReason::PreconditionFailed => {
            "see it with `entente get`; to write nevertheless, give its position with --after"
        }
        ErrorReason::TrackingNotAhead => {
            "if the source has more, give a higher position with --tracking"
        }
        ErrorReason::PartnershipNotFound => "list partnerships: entente partnerships",
        ErrorReason::WatchNotFound => "list the open watches: entente watches",
        ErrorReason::SubscriptionNotFound => "list subscriptions: entente subscriptions",
        ErrorReason::SubscriptionExists => {
            "consume it, or choose a name that `entente subscriptions` does not list"
        }
        ErrorReason::LeaseLost => "see its consumer: entente subscriptions",
        ErrorReason::EtagMismatch => {
            "it was changed meanwhile: read it again with `entente get`, then repeat"
        }
        ErrorReason::ResumeTokenFilterMismatch => {
            "use the same filter as when the token was made; to change the filter, remove the token file \
             or name another one, and give the start with --from"
        }
        ErrorReason::ResumeTokenInvalid => {
            "the token is damaged: remove the token file or name another one, and give the start with \
             --from POSITION or --from snapshot"
        }
        ErrorReason::StoreEpochChanged => {
            "the store now has another history: delete your copy of its data, remove the token file \
             and watch with --from snapshot"
        }
        ErrorReason::PositionInFuture => {
            "the log ends before that position: check that --server names the right server"
        }
        _ => return None,
    })
}
