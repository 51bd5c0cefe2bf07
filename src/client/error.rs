use std::time::Duration;

use thiserror::Error;
use tonic::Status;

use super::{Cause, cause::sentence};

/// Why a watch ended for good: waiting will not help, and what to do is for the program to decide.
///
/// [`choices`](Self::choices) lists what can be done, each with its meaning, and
/// [`WatchOptions::choose`](super::WatchOptions::choose) does it:
///
/// ```no_run
/// use entente::client::{Choice, Client, WatchError, WatchOptions};
///
/// # async fn run(client: Client, mut options: WatchOptions) -> Result<(), WatchError> {
/// loop {
///     let mut watch = client.watch(options.clone());
///     match watch.next().await {
///         Err(WatchError::EpochChanged { .. }) => {
///             // A backup was restored. This program can drop what it holds and begin anew.
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
    /// The token was made under another filter, so that it says nothing about this one.
    #[error("{}", sentence(status))]
    FilterMismatch {
        /// Of the token. A long one may be shortened.
        token_filter: String,
        /// Of the request, as the server understands it.
        request_filter: String,
        /// Where the watch stood; 0 when it is not known.
        position: i64,
        /// What the server answered.
        status: Box<Status>,
    },
    /// The store has another history, as after a restored backup. What was read before may never
    /// have happened in it.
    #[error("{}", sentence(status))]
    EpochChanged {
        /// The history of the token.
        token_epoch: String,
        /// The history of the store.
        store_epoch: String,
        /// The newest position of the store.
        head_position: i64,
        /// What the server answered.
        status: Box<Status>,
    },
    /// The log ends before the position: this is another server, or one that has lost something.
    #[error("{}", sentence(status))]
    PositionInFuture {
        /// Where the watch was to go on.
        requested_position: i64,
        /// The newest position of the store.
        head_position: i64,
        /// What the server answered.
        status: Box<Status>,
    },
    /// The log no longer holds the position: changes in between are gone.
    #[error("{}", sentence(status))]
    PositionExpired {
        /// Where the watch was to go on.
        requested_position: i64,
        /// The oldest position of the store.
        oldest_position: i64,
        /// What the server answered.
        status: Box<Status>,
    },
    /// The token is not one that a server made.
    #[error("{}", sentence(status))]
    TokenInvalid {
        /// Where the watch stood; 0 when it is not known.
        position: i64,
        /// What the server answered.
        status: Box<Status>,
    },
    /// The server refused for another reason, such as a filter that it cannot read.
    #[error("{}", sentence(status))]
    Refused {
        /// What the server answered.
        status: Box<Status>,
    },
    /// The first attempt failed, and [`must_start`](super::WatchOptions::must_start) was set.
    #[error("the watch did not start: {cause}")]
    NotStarted {
        /// Why.
        cause: Cause,
    },
    /// The time of [`give_up_after`](super::WatchOptions::give_up_after) is over.
    #[error("gave up after {:.1} s: {cause}", failing.as_secs_f32())]
    GaveUp {
        /// How long the server could not be followed.
        failing: Duration,
        /// Of the last interruption.
        cause: Cause,
    },
}

/// One way to go on after a [`WatchError`].
#[derive(Clone, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum Choice {
    /// Drop what you hold, and begin with everything that matches now.
    Snapshot,
    /// Go on above this position. For a new filter: what it matches at or below is not sent.
    After(i64),
    /// Go on with the token, under the filter that it was made with.
    Filter(String),
}

impl WatchError {
    /// What can be done, the choice that loses least first. Empty when the request itself has to
    /// change, or when only time can help.
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

    /// What the server answered, if it did.
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
