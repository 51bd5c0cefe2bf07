use std::{fmt, time::Duration};

use tokio::time::{Instant, sleep_until};
use tonic_types::StatusExt as _;

use super::{
    Cause, Checkpoint, Client, Interruption, WatchError, WatchOptions,
    backoff::Backoff,
    options::Patience,
    refusal::refusal,
    stream::{FrameStream, Opening, open},
};
use crate::proto::v1::{
    EndReason, WatchEnding, WatchEventsRequest, WatchEventsResponse,
    watch_events_request::{Begin, End},
    watch_events_response::Payload,
};

/// A stream that lived this long is healthy: the time of `give_up_after` restarts after it.
const HEALTHY_AGE: Duration = Duration::from_secs(10);

/// A watch, frame by frame. It resumes with its last token after every interruption, until its stop
/// condition. [`Watch`](super::Watch) does the same for programs that want changes.
pub struct Frames {
    client: Client,
    request: WatchEventsRequest,
    patience: Patience,
    state: State,
    position: i64,
    started: bool,
    last_frame_at: Option<Instant>,
    announced: Option<EndReason>,
    asked_delay: Duration,
    backoff: Backoff,
    failing_since: Option<Instant>,
}

/// A frame or an interruption of a watch.
#[derive(Clone, Debug)]
pub enum Step {
    /// A frame as it was sent.
    Frame(Box<WatchEventsResponse>),
    /// The stream was lost; the watch resumes by itself.
    Interrupted(Interruption),
}

enum State {
    Waiting { until: Instant },
    Opening(Opening),
    Open(Box<FrameStream>),
    Finished,
}

impl Frames {
    pub(super) fn new(client: Client, options: WatchOptions) -> Self {
        Self {
            client,
            request: options.request,
            patience: options.patience,
            state: State::Waiting {
                until: Instant::now(),
            },
            position: options.position,
            started: false,
            last_frame_at: None,
            announced: None,
            asked_delay: Duration::ZERO,
            backoff: Backoff::default(),
            failing_since: None,
        }
    }

    /// Returns the next step; `None` once the stop condition is reached, and after an error. Cancel
    /// safe: dropped before it is ready, it loses nothing.
    ///
    /// # Errors
    ///
    /// Waiting will not help. The error is the last item.
    pub async fn next(&mut self) -> Result<Option<Step>, WatchError> {
        loop {
            let frame = match &mut self.state {
                State::Finished => return Ok(None),
                State::Waiting { until } => {
                    sleep_until(*until).await;
                    let opening = open(self.client.clone(), self.request.clone());
                    self.state = State::Opening(opening);
                    continue;
                }
                State::Opening(opening) => match opening.await {
                    Ok(stream) => {
                        self.state = State::Open(stream);
                        continue;
                    }
                    Err(cause) => Err(cause),
                },
                State::Open(stream) => stream.next().await,
            };
            return match frame {
                Ok(frame) => {
                    self.advance(&frame);
                    Ok(Some(Step::Frame(Box::new(frame))))
                }
                Err(cause) => self.interrupted(cause),
            };
        }
    }

    /// Returns the checkpoint after the newest delivered frame. Before the first one, it is the
    /// checkpoint that the watch began with, or `None`.
    pub fn checkpoint(&self) -> Option<Checkpoint> {
        match &self.request.begin {
            Some(Begin::ResumeToken(token)) => Some(Checkpoint::new(token, self.position)),
            _ => None,
        }
    }

    /// Returns the position up to which everything matching has been delivered.
    pub fn position(&self) -> i64 {
        self.position
    }

    /// Returns when the newest frame was read; `None` before the first one.
    pub fn last_frame_at(&self) -> Option<std::time::Instant> {
        self.last_frame_at.map(Instant::into_std)
    }

    /// Returns how long ago the newest frame was read.
    pub fn staleness(&self) -> Option<Duration> {
        self.last_frame_at.map(|at| at.elapsed())
    }

    fn advance(&mut self, frame: &WatchEventsResponse) {
        self.started = true;
        self.position = frame.position;
        self.last_frame_at = Some(Instant::now());
        if !frame.resume_token.is_empty() {
            self.request.begin = Some(Begin::ResumeToken(frame.resume_token.clone()));
        }
        match (&frame.payload, &mut self.request.end) {
            (Some(Payload::Started(started)), _) => self.listen(started.heartbeat_interval),
            (Some(Payload::Change(_)), Some(End::StopCount(left))) => {
                *left -= 1;
                if *left <= 0 {
                    self.state = State::Finished;
                }
            }
            (Some(Payload::CaughtUp(_)), Some(End::StopWhenCaughtUp(true))) => {
                self.state = State::Finished;
            }
            (Some(Payload::Ending(ending)), _) => self.ending(ending),
            _ => {}
        }
    }

    fn listen(&mut self, heartbeat: Option<prost_types::Duration>) {
        let heartbeat = heartbeat.and_then(|interval| Duration::try_from(interval).ok());
        if let (State::Open(stream), Some(heartbeat)) = (&mut self.state, heartbeat) {
            stream.expect_every(heartbeat.saturating_add(self.patience.grace));
        }
    }

    fn ending(&mut self, ending: &WatchEnding) {
        if ending.reason() == EndReason::StopReached {
            self.state = State::Finished;
            return;
        }
        let delay = ending
            .retry_delay
            .and_then(|delay| Duration::try_from(delay).ok());
        self.asked_delay = delay.unwrap_or_default();
        self.announced = Some(ending.reason());
    }

    fn interrupted(&mut self, cause: Cause) -> Result<Option<Step>, WatchError> {
        let ended = std::mem::replace(&mut self.state, State::Finished);
        if let Some(error) = refusal(&cause, self.position) {
            return Err(error);
        }
        if self.patience.must_start && !self.started {
            return Err(WatchError::NotStarted { cause });
        }
        let asked = self.asked_delay(&cause);
        let cause = self.announced.take().map_or(cause, Cause::Announced);
        // A stream that ends at its maximum age is no failure, however often that happens.
        let planned = matches!(cause, Cause::Announced(EndReason::MaxAge));
        let lived = self.lived(&ended, &cause);
        if planned {
            self.backoff.reset();
        }
        if planned || lived >= HEALTHY_AGE {
            self.failing_since = None;
        }
        self.backoff.lived(lived);
        let after = if planned {
            Backoff::planned(asked)
        } else {
            self.check_patience(&cause)?;
            self.backoff.next(asked)
        };
        if cause.taints_connection() {
            self.client = self.client.reconnected();
        }
        self.state = State::Waiting {
            until: Instant::now() + after,
        };
        let position = self.position;
        Ok(Some(Step::Interrupted(Interruption {
            position,
            after,
            cause,
        })))
    }

    /// Returns how long the stream lived; zero if it had no frame. A stream that went silent lived
    /// until its last frame.
    fn lived(&self, ended: &State, cause: &Cause) -> Duration {
        match (ended, self.last_frame_at) {
            (State::Open(stream), Some(last)) if last >= stream.opened() => {
                let end = match cause {
                    Cause::Silent(_) => last,
                    _ => Instant::now(),
                };
                end.saturating_duration_since(stream.opened())
            }
            _ => Duration::ZERO,
        }
    }

    fn asked_delay(&mut self, cause: &Cause) -> Duration {
        let announced = std::mem::take(&mut self.asked_delay);
        let asked = match cause {
            Cause::Failed(status) => status.get_details_retry_info(),
            _ => None,
        };
        asked
            .and_then(|info| info.retry_delay)
            .unwrap_or_default()
            .max(announced)
    }

    fn check_patience(&mut self, cause: &Cause) -> Result<(), WatchError> {
        let failing = self
            .failing_since
            .get_or_insert_with(Instant::now)
            .elapsed();
        match self.patience.give_up_after {
            Some(patience) if failing >= patience => {
                let cause = cause.clone();
                Err(WatchError::GaveUp { failing, cause })
            }
            _ => Ok(()),
        }
    }
}

impl fmt::Debug for Frames {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let state = match self.state {
            State::Waiting { .. } => "waiting",
            State::Opening(_) => "opening",
            State::Open(_) => "open",
            State::Finished => "finished",
        };
        f.debug_struct("Frames")
            .field("filter", &self.request.filter)
            .field("position", &self.position)
            .field("state", &state)
            .finish_non_exhaustive()
    }
}
