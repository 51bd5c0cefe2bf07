use crate::proto::v1::ErrorReason;

/// What to do about a refusal when a command of this program is the answer. The server says the rest in
/// its own sentence.
pub(super) fn advice(reason: ErrorReason) -> Option<&'static str> {
    Some(match reason {
        ErrorReason::EventNotFound => {
            "look for it: entente list 'text:\"a word of its title\"'; a partnership is named \
             partnerships/NAME"
        }
        ErrorReason::PartnershipNotFound => "look for it: entente partnerships",
        ErrorReason::WatchNotFound => "see which are open: entente watches",
        ErrorReason::SubscriptionNotFound => "see what there is: entente subscriptions",
        ErrorReason::SubscriptionExists => {
            "consume it, or choose another name: entente subscriptions"
        }
        ErrorReason::LeaseLost => "see who consumes it: entente subscriptions",
        ErrorReason::EtagMismatch => {
            "somebody else wrote it: read it again with `entente get`, then repeat"
        }
        ErrorReason::ResumeTokenFilterMismatch => {
            "watch with the filter that the token was made with; for another one, remove the token file \
             or name another, and say where to begin with --from"
        }
        ErrorReason::ResumeTokenInvalid => {
            "the token is not whole: remove the token file or name another, and say where to begin with \
             --from POSITION or --from snapshot"
        }
        ErrorReason::StoreEpochChanged => {
            "the store has another history now: drop what you hold of it, remove the token file \
             and watch with --from snapshot"
        }
        ErrorReason::PositionInFuture => {
            "the log ends before that position: check that --server is the server you read from"
        }
        _ => return None,
    })
}
