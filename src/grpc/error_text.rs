//! What a rejection says to a person.

use crate::{
    rejection::{Missing, Rejection},
    wire,
};

/// Longest text of a client's own that is repeated to it. Statuses travel in HTTP/2 trailers, which
/// are bounded.
const TEXT_LEN_MAX: usize = 300;

/// One sentence that says what is wrong and what to do.
pub(super) fn message(rejection: &Rejection) -> String {
    match rejection {
        Rejection::Invalid(_) | Rejection::Argument { .. } | Rejection::Filter(_) => String::new(),
        Rejection::PageToken { why } => {
            format!("page_token: {why}; begin again without it and change nothing between pages")
        }
        Rejection::ResumeToken { why } => {
            format!("resume_token: {why}; send one as it was received, or after_position")
        }
        Rejection::ResumeTokenFilter { token, request } => format!(
            "resume_token was made under the filter `{}` and this request has `{}`; send the same \
             filter, or after_position to change it",
            short(token),
            short(request)
        ),
        Rejection::EpochChanged { token, store, .. } => format!(
            "resume_token belongs to the history {token} and this store has {store}, as after a \
             restored backup; begin with START_SNAPSHOT and replace what you hold"
        ),
        Rejection::PositionInFuture { requested, head } => format!(
            "position {requested} is beyond the head, which is {head}; send a position up to it"
        ),
        Rejection::NotFound { missing } => match missing.as_slice() {
            [one] if one.first.is_some() => {
                format!("{}; read it as of then or later", absent(one))
            }
            [one] => {
                let absent = absent(one);
                format!("{absent}; list what there is, or look for a typing error")
            }
            all => format!("{} of the names are not there; see details", all.len()),
        },
        Rejection::AlreadyExists { name } => {
            format!("{name} is there already; update it, or choose another id")
        }
        Rejection::EtagMismatch {
            name,
            current_etag,
            current_revision,
        } => format!(
            "{name} was changed since you read it and is now at revision {current_revision} with \
             etag {current_etag}; read it again and decide anew"
        ),
        Rejection::WrongState {
            name, state, hint, ..
        } => format!("{name} is {state}; {hint}"),
        Rejection::RequestIdReused { request_id, name } => format!(
            "request_id {request_id:?} was used for another request, which wrote {name}; choose a \
             new one"
        ),
        Rejection::Contended { name } => {
            format!("{name} is being written by many at once; try again in a moment")
        }
        Rejection::ExportOvertaken { name } => {
            format!("{name} was redacted while the store was exported; export it again")
        }
        Rejection::TooManyWatches { limit, holder } => match holder {
            None => {
                format!(
                    "{limit} watches are open, which is the limit; close one or try again later"
                )
            }
            Some(holder) => format!(
                "{holder} has {limit} watches open, which is the limit of one client; close one or \
                 try again later"
            ),
        },
        Rejection::LeaseLost { name, epoch } => format!(
            "{name} is at lease epoch {epoch}: another consumer took it, or its cursor was moved; \
             consume it again to go on"
        ),
        Rejection::NotSent {
            requested, sent, ..
        } => format!(
            "position {requested} was not sent under this lease, which has sent up to {sent}; \
             acknowledge what was received"
        ),
        Rejection::TooManySubscriptions { limit } => {
            format!("there are {limit} subscriptions, which is the limit; delete one")
        }
        Rejection::TooLarge { what, size, limit } => {
            format!("{what} would have {size} bytes and may have {limit}; ask for less at a time")
        }
        Rejection::TooCostly { what, limit } => format!(
            "{what}, of which one call may have {limit}; narrow the filter, or group by fewer fields or \
             by those with fewer values"
        ),
        Rejection::Late { waited, what } => {
            format!(
                "{what} within {} ms; try again, or ask without min_position",
                waited.as_millis()
            )
        }
        Rejection::Draining => "the server is shutting down; try again in a moment".to_owned(),
        Rejection::Store(error) => error.to_string(),
    }
}

/// What is not there, and since when it is when that is later than what was read.
pub(super) fn absent(Missing { name, first }: &Missing) -> String {
    match first {
        None => format!("there is no {name}"),
        Some((position, time)) => format!(
            "{name} was not there yet: its first position is {position}, committed at {}",
            wire::timestamp(*time)
        ),
    }
}

/// The words in one text, as many whole ones as fit.
pub(super) fn listed(words: &[String]) -> String {
    let mut listed = String::new();
    for (at, word) in words.iter().enumerate() {
        let separator = if at == 0 { "" } else { ", " };
        if at > 0 && listed.len() + separator.len() + word.len() > TEXT_LEN_MAX {
            return format!("{listed}, …");
        }
        listed.extend([separator, word]);
    }
    short(&listed)
}

/// The text, or its beginning.
pub(super) fn short(text: &str) -> String {
    match text.len() {
        0..=TEXT_LEN_MAX => text.to_owned(),
        _ => format!("{}…", &text[..text.floor_char_boundary(TEXT_LEN_MAX)]),
    }
}
