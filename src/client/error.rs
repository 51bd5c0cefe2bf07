use std::time::Duration;

use thiserror::Error;
use tonic::Status;

use super::{Cause, cause::sentence};

/// Why a watch ended for good. Waiting will not help; the program has to decide what to do.
///
/// [`choices`](Self::choices) lists the ways to go on, and
/// [`WatchOptions::choose`](super::WatchOptions::choose) takes one:
///
/// ```no_run
/// use entente::client::{Choice, Client, WatchError, WatchOptions};
///
/// # async fn run(client: Client, mut options: WatchOptions) -> Result<(), WatchError> {
/// loop {
///     let mut watch = client.watch(options.clone());
///     match watch.next().await {
///         Err(WatchError::EpochChanged { .. }) => {
///             // A backup was restored. This program can drop its data and begin anew.
///             options = options.choose(Choice::Snapshot);
///         }
///         other => return other.map(drop),
///     }
/// }
/// # }
/// ```
#[derive(Clone, Debug, Error)]
#[non_exhaustive]
pub enum WatchError {
    /// The token belongs to another filter.
    #[error("{}", sentence(status))]
    FilterMismatch {
        /// The filter of the token. A long one may be shortened.
        token_filter: String,
        /// The filter of the request, in normal form.
        request_filter: String,
        /// The position of the watch; 0 if unknown.
        position: i64,
        /// The status that the server returned.
        status: Box<Status>,
    },
    /// The store has another history, for example after a restored backup. Changes read before may
    /// be missing from it.
    #[error("{}", sentence(status))]
    EpochChanged {
        /// The epoch of the token.
        token_epoch: String,
        /// The epoch of the store.
        store_epoch: String,
        /// The newest position of the store.
        head_position: i64,
        /// The status that the server returned.
        status: Box<Status>,
    },
    /// The log ends before the position: this is another server, or one that has lost data.
    #[error("{}", sentence(status))]
    PositionInFuture {
        /// The position to resume from.
        requested_position: i64,
        /// The newest position of the store.
        head_position: i64,
        /// The status that the server returned.
        status: Box<Status>,
    },
    /// The log no longer holds the position, so changes after it are gone.
    #[error("{}", sentence(status))]
    PositionExpired {
        /// The position to resume from.
        requested_position: i64,
        /// The oldest position of the store.
        oldest_position: i64,
        /// The status that the server returned.
        status: Box<Status>,
    },
    /// The token is malformed.
    #[error("{}", sentence(status))]
    TokenInvalid {
        /// The position of the watch; 0 if unknown.
        position: i64,
        /// The status that the server returned.
        status: Box<Status>,
    },
    /// The server refused for another reason, such as an invalid filter.
    #[error("{}", sentence(status))]
    Refused {
        /// The status that the server returned.
        status: Box<Status>,
    },
    /// The first attempt failed, and [`must_start`](super::WatchOptions::must_start) was set.
    #[error("the watch did not start: {cause}")]
    NotStarted {
        /// Why it failed.
        cause: Cause,
    },
    /// The watch failed for longer than [`give_up_after`](super::WatchOptions::give_up_after).
    #[error("gave up after {:.1} s: {cause}", failing.as_secs_f32())]
    GaveUp {
        /// How long the watch had been failing.
        failing: Duration,
        /// The cause of the last interruption.
        cause: Cause,
    },
}

/// One way to go on after a [`WatchError`].
#[derive(Clone, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum Choice {
    /// Drop your data and begin with a snapshot of everything that matches now.
    Snapshot,
    /// Resume above this position. With a new filter, matches at or below it are not sent.
    After(i64),
    /// Resume with the token, under the filter that it belongs to.
    Filter(String),
}

impl WatchError {
    /// Returns the ways to go on, the one that loses least first. Empty if the request itself has to
    /// change or only time can help.
    pub fn choices(&self) -> Vec<Choice> {
        let after = |position: i64| (position > 0).then_some(Choice::After(position));
        let of_token = match self {
            Self::FilterMismatch {
                token_filter,
                position,
                ..
            } => [Some(Choice::Filter(token_filter.clone())), after(*position)],
            Self::TokenInvalid { position, .. } => [after(*position), None],
            Self::EpochChanged { .. }
            | Self::PositionInFuture { .. }
            | Self::PositionExpired { .. } => [None, None],
            Self::Refused { .. } | Self::NotStarted { .. } | Self::GaveUp { .. } => {
                return Vec::new();
            }
        };
        of_token
            .into_iter()
            .flatten()
            .chain([Choice::Snapshot])
            .collect()
    }

    /// Returns the status of the server, if it answered.
    pub fn status(&self) -> Option<&Status> {
        match self {
            Self::FilterMismatch { status, .. }
            | Self::EpochChanged { status, .. }
            | Self::PositionInFuture { status, .. }
            | Self::PositionExpired { status, .. }
            | Self::TokenInvalid { status, .. }
            | Self::Refused { status } => Some(status),
            Self::NotStarted { cause } | Self::GaveUp { cause, .. } => match cause {
                Cause::Failed(status) => Some(status),
                _ => None,
            },
        }
    }
}
