//! A watch as its client sees it, each of its frames held against the rules of all streams.

use std::time::{Duration, Instant};

use bytes::Bytes;
use prost::Message as _;
use tokio::time::timeout;
use tonic::{Request, Status, Streaming};

use super::{
    asking::EVERYTHING,
    hearing::{Frame, soon, within},
    outcome::{Stop, broken, told},
    rules::{Rules, position_of},
    target::Target,
};
use crate::proto::v1::{
    ChangeType, EventChange, WatchEventsRequest, WatchEventsResponse, WatchStarted,
    watch_events_response::Payload,
};

const WATCH_EVENTS: &str = "/entente.v1.EventService/WatchEvents";

/// Beyond what a heartbeat takes, a frame is waited for for so long.
const PATIENCE: Duration = Duration::from_secs(4);

/// An open watch.
pub(super) struct Watching {
    frames: Streaming<Bytes>,
    rules: Rules,
    redactions: Redactions,
    patience: Duration,
    /// What the first frame said.
    pub(super) started: WatchStarted,
    /// The token of the newest frame.
    pub(super) token: String,
}

/// Whether the redactions of a stream are looked at. They pass every filter, so under one that has
/// something left out they say nothing of whether it holds: there may be any number of them in the
/// history of a server, and others may add to it. The checks redact nothing.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Redactions {
    Counted,
    Skipped,
}

impl Redactions {
    fn under(filter: &str) -> Redactions {
        match filter {
            EVERYTHING => Redactions::Counted,
            _ => Redactions::Skipped,
        }
    }

    /// Whether the checks are to see the change.
    fn show(self, change: &EventChange) -> bool {
        self == Redactions::Counted || change.r#type() != ChangeType::Redacted
    }
}

/// What came last on a stream.
pub(super) enum Heard {
    Frame(Box<Frame>),
    End(Result<(), Status>),
}

/// All of a stream that the server ended.
pub(super) struct Ended {
    pub(super) frames: Vec<Frame>,
    pub(super) end: Result<(), Status>,
    redactions: Redactions,
}

impl Watching {
    /// Opens a watch and takes its first frame.
    pub(super) async fn open(
        target: &Target,
        request: WatchEventsRequest,
    ) -> Result<Watching, Stop> {
        match Watching::try_open(target, request).await? {
            Ok(watching) => Ok(watching),
            Err(status) => broken(format!("a watch was refused with {}", told(&status))),
        }
    }

    /// Opens a watch and takes its first frame, or tells the refusal.
    pub(super) async fn try_open(
        target: &Target,
        request: WatchEventsRequest,
    ) -> Result<Result<Watching, Status>, Stop> {
        Watching::try_call(target, Request::new(request)).await
    }

    /// The same with metadata.
    pub(super) async fn try_call(
        target: &Target,
        request: Request<WatchEventsRequest>,
    ) -> Result<Result<Watching, Status>, Stop> {
        let heartbeat = target.options.heartbeat;
        let redactions = Redactions::under(&request.get_ref().filter);
        let request = request.map(|mut request| {
            let asked = prost_types::Duration::try_from(heartbeat).ok();
            request.heartbeat_interval = request.heartbeat_interval.or(asked);
            Bytes::from(request.encode_to_vec())
        });
        let call = super::raw::stream(target.channel(), WATCH_EVENTS, request);
        let frames = match soon("a watch to open", call).await? {
            Ok(frames) => frames,
            Err(status) => return Ok(Err(status)),
        };
        let mut watching = Watching {
            frames,
            rules: Rules::new(target.ledger.clone(), target.noise.clone(), heartbeat),
            redactions,
            patience: heartbeat + PATIENCE,
            started: WatchStarted::default(),
            token: String::new(),
        };
        match watching.next().await? {
            Heard::End(Err(status)) => return Ok(Err(status)),
            Heard::End(Ok(())) => return broken("a stream ended before its first frame"),
            Heard::Frame(frame) => match frame.message.payload {
                Some(Payload::Started(started)) => watching.started = started,
                _ => return broken("the first frame of a stream is not `started`"),
            },
        }
        Ok(Ok(watching))
    }

    /// The next frame, or the end that the server makes.
    pub(super) async fn next(&mut self) -> Result<Heard, Stop> {
        let heard = self.listen().await?;
        if let Heard::End(end) = &heard
            // A stream that never began was refused, which is judged elsewhere.
            && !self.token.is_empty()
        {
            self.rules.end(end);
        }
        Ok(heard)
    }

    /// The next frame, or an end that the server did not plan.
    pub(super) async fn listen(&mut self) -> Result<Heard, Stop> {
        let since = Instant::now();
        let heard = within(self.patience, "a frame", self.frames.message()).await?;
        Ok(match heard {
            Ok(Some(bytes)) => Heard::Frame(Box::new(self.read(bytes, since.elapsed())?)),
            Ok(None) => Heard::End(Ok(())),
            Err(status) => Heard::End(Err(status)),
        })
    }

    fn read(&mut self, bytes: Bytes, waited: Duration) -> Result<Frame, Stop> {
        let Ok(message) = WatchEventsResponse::decode(bytes.clone()) else {
            return broken("a frame cannot be read");
        };
        self.rules.frame(&message, waited);
        self.token.clone_from(&message.resume_token);
        Ok(Frame { bytes, message })
    }

    /// The next frame of a stream that goes on.
    pub(super) async fn frame(&mut self) -> Result<Frame, Stop> {
        match self.next().await? {
            Heard::Frame(frame) => Ok(*frame),
            Heard::End(Ok(())) => broken("a stream ended with OK where it was to go on"),
            Heard::End(Err(status)) => broken(format!(
                "a stream that was to go on ended with {}",
                told(&status)
            )),
        }
    }

    /// The next frame, if there is one by then.
    pub(super) async fn frame_within(&mut self, patience: Duration) -> Result<Option<Frame>, Stop> {
        let since = Instant::now();
        match timeout(patience, self.frames.message()).await {
            Ok(Ok(Some(bytes))) => self.read(bytes, since.elapsed()).map(Some),
            Ok(Ok(None)) => broken("a stream ended with OK where it was to go on"),
            Ok(Err(status)) => broken(format!("a stream ended with {}", told(&status))),
            Err(_) => Ok(None),
        }
    }

    /// The next change. Other frames are skipped, for as long as a change may take.
    pub(super) async fn change(&mut self) -> Result<EventChange, Stop> {
        let patience = self.patience + PATIENCE;
        let change = async {
            loop {
                if let Some(change) = self.frame().await?.change()
                    && self.redactions.show(change)
                {
                    return Ok(change.clone());
                }
            }
        };
        within(patience, "a change", change).await?
    }

    /// The next so many changes.
    pub(super) async fn changes(&mut self, count: usize) -> Result<Vec<EventChange>, Stop> {
        let mut changes = Vec::with_capacity(count);
        while changes.len() < count {
            changes.push(self.change().await?);
        }
        Ok(changes)
    }

    /// Where the next so many changes are in the log.
    pub(super) async fn positions(&mut self, count: usize) -> Result<Vec<i64>, Stop> {
        Ok(self.changes(count).await?.iter().map(position_of).collect())
    }

    /// The frames up to the first `caught_up`, which is the last of them.
    pub(super) async fn until_caught_up(&mut self) -> Result<Vec<Frame>, Stop> {
        let mut frames = Vec::new();
        let mut beats = 0;
        loop {
            let frame = self.frame().await?;
            let caught_up = frame.is_caught_up();
            beats = if frame.change().is_some() {
                0
            } else {
                beats + 1
            };
            frames.push(frame);
            if caught_up {
                return Ok(frames);
            }
            // A stream that only beats is at the head, whatever it says.
            if beats > 2 {
                return broken("a stream at the head does not say that it has caught up");
            }
        }
    }

    /// Every frame up to the end that the server makes.
    pub(super) async fn until_end(mut self, longest: Duration) -> Result<Ended, Stop> {
        let redactions = self.redactions;
        let all = async {
            let mut frames = Vec::new();
            loop {
                match self.next().await? {
                    Heard::Frame(frame) => frames.push(*frame),
                    Heard::End(end) => {
                        return Ok(Ended {
                            frames,
                            end,
                            redactions,
                        });
                    }
                }
            }
        };
        within(longest, "the end of a stream", all).await?
    }
}

impl Ended {
    /// The changes of a stream that ended with OK.
    pub(super) fn planned(&self) -> Result<Vec<EventChange>, Stop> {
        if let Err(status) = &self.end {
            return broken(format!("a stream with a stop ended with {}", told(status)));
        }
        Ok(self.changes(&self.frames).cloned().collect())
    }

    /// The changes of a part of its frames.
    pub(super) fn changes<'a>(
        &self,
        frames: &'a [Frame],
    ) -> impl Iterator<Item = &'a EventChange> + use<'a> {
        let redactions = self.redactions;
        let changes = frames.iter().filter_map(Frame::change);
        changes.filter(move |change| redactions.show(change))
    }

    /// Where they are in the log.
    pub(super) fn positions(&self) -> Result<Vec<i64>, Stop> {
        Ok(self.planned()?.iter().map(position_of).collect())
    }
}
