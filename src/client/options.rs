use std::time::Duration;

use super::{Checkpoint, Choice, Start, Stop};
use crate::proto::v1::{View, WatchEventsRequest, watch_events_request::Begin};

/// The server promises that silence lasts at most a heartbeat and 1 s. The rest is for the network.
const GRACE: Duration = Duration::from_secs(5);

/// What to watch, where to begin and end, and how long to tolerate interruptions.
///
/// ```
/// use std::time::Duration;
/// use entente::client::{Checkpoint, Start, Stop, WatchOptions};
///
/// # let stored: Option<Checkpoint> = None;
/// let options = WatchOptions::new("topic:semiconductors")
///     .start(Start::Snapshot)
///     .resume(stored)
///     .label("mirror of the research department")
///     .heartbeat(Duration::from_secs(5));
/// ```
#[derive(Clone, Debug)]
#[must_use]
pub struct WatchOptions {
    pub(super) request: WatchEventsRequest,
    /// The position of the checkpoint that the request begins with; 0 if unknown.
    pub(super) position: i64,
    pub(super) patience: Patience,
}

/// How long to tolerate interruptions.
#[derive(Clone, Copy, Debug)]
pub(super) struct Patience {
    pub(super) grace: Duration,
    pub(super) give_up_after: Option<Duration>,
    pub(super) must_start: bool,
}

impl WatchOptions {
    /// Watches what matches the filter; an empty filter matches everything but drills.
    pub fn new(filter: impl Into<String>) -> Self {
        Self::from(WatchEventsRequest {
            filter: filter.into(),
            ..Default::default()
        })
    }

    /// Sets where to begin without a checkpoint. Default: [`Start::Latest`].
    pub fn start(self, start: Start) -> Self {
        match self.request.begin {
            Some(Begin::ResumeToken(_)) => self,
            _ => self.begin(start),
        }
    }

    fn begin(mut self, start: Start) -> Self {
        self.request.begin = Some(start.into());
        self.position = 0;
        self
    }

    /// Resumes from a checkpoint of the same filter, which takes precedence over
    /// [`start`](Self::start) in any order of the calls. `None` changes nothing, so that the first
    /// run and every later one share the same code.
    pub fn resume(mut self, checkpoint: Option<Checkpoint>) -> Self {
        if let Some(checkpoint) = checkpoint {
            self.position = checkpoint.position();
            self.request.begin = Some(Begin::ResumeToken(checkpoint.into_token()));
        }
        self
    }

    /// Sets when to end. Default: never.
    pub fn stop(mut self, stop: Stop) -> Self {
        self.request.end = Some(stop.into());
        self
    }

    /// Sets how much of each event to receive. Default: everything.
    pub fn view(mut self, view: View) -> Self {
        self.request.view = view.into();
        self
    }

    /// Also requests each event as it was before the change.
    pub fn include_previous(mut self) -> Self {
        self.request.include_previous = true;
        self
    }

    /// Sets the label that operators see in the list of watches, at most 100 characters.
    pub fn label(mut self, label: impl Into<String>) -> Self {
        self.request.client_label = label.into();
        self
    }

    /// Sets the heartbeat, the longest silence of the server, 1 s to 55 s. Default: the server's.
    pub fn heartbeat(mut self, interval: Duration) -> Self {
        self.request.heartbeat_interval = interval.try_into().ok();
        self
    }

    /// Asks the server to end the stream after about this long, at least 1 s, to rehearse resuming.
    pub fn max_age(mut self, age: Duration) -> Self {
        self.request.max_age = age.try_into().ok();
        self
    }

    /// Sets how much longer than a heartbeat silence may last before the stream counts as lost.
    /// Default: 5 s.
    pub fn grace(mut self, grace: Duration) -> Self {
        self.patience.grace = grace;
        self
    }

    /// Makes the watch fail after it has been failing for this long without ten healthy seconds in
    /// between. Unless set, a watch never gives up.
    pub fn give_up_after(mut self, patience: Duration) -> Self {
        self.patience.give_up_after = Some(patience);
        self
    }

    /// Makes the watch fail if the first attempt does, as people expect of a command. Unless set, a
    /// watch waits for a server that is not running yet.
    pub fn must_start(mut self) -> Self {
        self.patience.must_start = true;
        self
    }

    /// Applies one of the [choices](super::WatchError::choices) of the error that ended a watch.
    pub fn choose(mut self, choice: Choice) -> Self {
        match choice {
            Choice::Snapshot => self.begin(Start::Snapshot),
            Choice::After(position) => self.begin(Start::After(position)),
            Choice::Filter(filter) => {
                self.request.filter = filter;
                self
            }
        }
    }
}

/// Uses a request as it is, for settings that the methods do not cover.
impl From<WatchEventsRequest> for WatchOptions {
    fn from(request: WatchEventsRequest) -> Self {
        Self {
            request,
            position: 0,
            patience: Patience {
                grace: GRACE,
                give_up_after: None,
                must_start: false,
            },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Trial A8.
    #[test]
    fn a_checkpoint_takes_precedence_in_any_order() {
        let checkpoint = || Some(Checkpoint::new("token".to_owned(), 7));
        let orders = [
            WatchOptions::new("")
                .start(Start::Snapshot)
                .resume(checkpoint()),
            WatchOptions::new("")
                .resume(checkpoint())
                .start(Start::Snapshot),
        ];
        for options in orders {
            let token = Some(Begin::ResumeToken("token".to_owned()));
            assert_eq!((options.request.begin, options.position), (token, 7));
        }
        let chosen = WatchOptions::new("").resume(checkpoint());
        let chosen = chosen.choose(Choice::Snapshot);
        assert_eq!(chosen.request.begin, Some(Start::Snapshot.into()));
    }
}
