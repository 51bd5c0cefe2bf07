/// What to do about a refusal, by its stable reason, when a command of this program is the answer.
pub(super) fn advice(reason: &str) -> Option<&'static str> {
    Some(match reason {
        "EVENT_NOT_FOUND" => {
            "look for it: entente list 'text:\"a word of its title\"'; a partnership is named \
             partnerships/NAME"
        }
        "PARTNERSHIP_NOT_FOUND" => "look for it: entente partnerships",
        "WATCH_NOT_FOUND" => "see which are open: entente watches",
        "SUBSCRIPTION_NOT_FOUND" => "see what there is: entente subscriptions",
        "SUBSCRIPTION_EXISTS" => "consume it, or choose another name: entente subscriptions",
        "LEASE_LOST" => "see who consumes it: entente subscriptions",
        "ETAG_MISMATCH" => "somebody else wrote it: read it again with `entente get`, then repeat",
        "RESUME_TOKEN_FILTER_MISMATCH" => {
            "watch with the filter that the token was made with; for another one, remove the token file \
             or name another, and say where to begin with --from"
        }
        "RESUME_TOKEN_INVALID" => {
            "the token is not whole: remove the token file or name another, and say where to begin with \
             --from POSITION or --from snapshot"
        }
        "STORE_EPOCH_CHANGED" => {
            "the store has another history now: drop what you hold of it, remove the token file \
             and watch with --from snapshot"
        }
        "POSITION_IN_FUTURE" => {
            "the log ends before that position: check that --server is the server you read from"
        }
        _ => return None,
    })
}
