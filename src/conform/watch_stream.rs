//! A watch that checks each of its frames against the rules of all streams.

use std::time::{Duration, Instant};

use bytes::Bytes;
use prost::Message as _;
use tokio::time::timeout;
use tonic::{Request, Status, Streaming};

use super::{
    frame::{Frame, answer_of, within},
    outcome::{Stop, broken, describe},
    rules::{Rules, position_of},
    target::Target,
    watch_requests::EVERYTHING,
};
use crate::proto::v1::{
    ChangeType, EventChange, WatchEventsRequest, WatchEventsResponse, WatchStarted,
    watch_events_response::Payload,
};

const WATCH_EVENTS: &str = "/entente.v1.EventService/WatchEvents";

/// How long to wait for a frame beyond the heartbeat.
const PATIENCE: Duration = Duration::from_secs(4);

/// An open watch.
pub(super) struct WatchStream {
    frames: Streaming<Bytes>,
    rules: Rules,
    redactions: Redactions,
    patience: Duration,
    /// The payload of the first frame.
    pub(super) started: WatchStarted,
    /// The token of the newest frame.
    pub(super) token: String,
}

/// Whether the checks see the redactions of a stream. Redactions pass every filter, so under a
/// filter that leaves something out they do not show whether it holds: the log may have any number
/// of them, and others may add more. The checks redact nothing.
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

    /// Whether the checks see the change.
    fn show(self, change: &EventChange) -> bool {
        self == Redactions::Counted || change.r#type() != ChangeType::Redacted
    }
}

/// A frame, or the end of the stream.
pub(super) enum Received {
    Frame(Box<Frame>),
    End(Result<(), Status>),
}

/// The frames and the end of a stream that the server ended.
pub(super) struct EndedStream {
    pub(super) frames: Vec<Frame>,
    pub(super) end: Result<(), Status>,
    redactions: Redactions,
}

impl WatchStream {
    /// Opens a watch and takes its first frame.
    pub(super) async fn open(
        target: &Target,
        request: WatchEventsRequest,
    ) -> Result<WatchStream, Stop> {
        match WatchStream::try_open(target, request).await? {
            Ok(watching) => Ok(watching),
            Err(status) => broken(format!("a watch was refused with {}", describe(&status))),
        }
    }

    /// Opens a watch and takes its first frame, or tells the refusal.
    pub(super) async fn try_open(
        target: &Target,
        request: WatchEventsRequest,
    ) -> Result<Result<WatchStream, Status>, Stop> {
        WatchStream::try_call(target, Request::new(request)).await
    }

    /// The same with metadata.
    pub(super) async fn try_call(
        target: &Target,
        request: Request<WatchEventsRequest>,
    ) -> Result<Result<WatchStream, Status>, Stop> {
        let heartbeat = target.options.heartbeat;
        let redactions = Redactions::under(&request.get_ref().filter);
        let request = request.map(|mut request| {
            let asked = prost_types::Duration::try_from(heartbeat).ok();
            request.heartbeat_interval = request.heartbeat_interval.or(asked);
            Bytes::from(request.encode_to_vec())
        });
        let call = super::raw::stream(target.channel(), WATCH_EVENTS, request);
        let frames = match answer_of("a watch to open", call).await? {
            Ok(frames) => frames,
            Err(status) => return Ok(Err(status)),
        };
        let mut watching = WatchStream {
            frames,
            rules: Rules::new(
                target.broken_rules.clone(),
                target.timer_lag.clone(),
                heartbeat,
            ),
            redactions,
            patience: heartbeat + PATIENCE,
            started: WatchStarted::default(),
            token: String::new(),
        };
        match watching.next().await? {
            Received::End(Err(status)) => return Ok(Err(status)),
            Received::End(Ok(())) => return broken("a stream ended before its first frame"),
            Received::Frame(frame) => match frame.message.payload {
                Some(Payload::Started(started)) => watching.started = started,
                _ => return broken("the first frame of a stream is not `started`"),
            },
        }
        Ok(Ok(watching))
    }

    /// Returns the next frame, or the end, which is checked as one that the server planned.
    pub(super) async fn next(&mut self) -> Result<Received, Stop> {
        let heard = self.listen().await?;
        if let Received::End(end) = &heard
            // A stream that never began was refused; `refused` checks that.
            && !self.token.is_empty()
        {
            self.rules.end(end);
        }
        Ok(heard)
    }

    /// Returns the next frame, or an end that the server may not have planned.
    pub(super) async fn listen(&mut self) -> Result<Received, Stop> {
        let since = Instant::now();
        let heard = within(self.patience, "a frame", self.frames.message()).await?;
        Ok(match heard {
            Ok(Some(bytes)) => Received::Frame(Box::new(self.read(bytes, since.elapsed())?)),
            Ok(None) => Received::End(Ok(())),
            Err(status) => Received::End(Err(status)),
        })
    }

    fn read(&mut self, bytes: Bytes, waited: Duration) -> Result<Frame, Stop> {
        let Ok(message) = WatchEventsResponse::decode(bytes.clone()) else {
            return broken("a frame cannot be decoded");
        };
        self.rules.frame(&message, waited);
        self.token.clone_from(&message.resume_token);
        Ok(Frame { bytes, message })
    }

    /// Returns the next frame; the check fails if the stream ends.
    pub(super) async fn frame(&mut self) -> Result<Frame, Stop> {
        match self.next().await? {
            Received::Frame(frame) => Ok(*frame),
            Received::End(Ok(())) => broken("a stream ended with OK that should continue"),
            Received::End(Err(status)) => broken(format!(
                "a stream that should continue ended with {}",
                describe(&status)
            )),
        }
    }

    /// Returns the next frame if one comes within `patience`.
    pub(super) async fn frame_within(&mut self, patience: Duration) -> Result<Option<Frame>, Stop> {
        let since = Instant::now();
        match timeout(patience, self.frames.message()).await {
            Ok(Ok(Some(bytes))) => self.read(bytes, since.elapsed()).map(Some),
            Ok(Ok(None)) => broken("a stream ended with OK that should continue"),
            Ok(Err(status)) => broken(format!("a stream ended with {}", describe(&status))),
            Err(_) => Ok(None),
        }
    }

    /// Returns the next change and skips other frames, for as long as a change may take.
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

    /// Returns the next `count` changes.
    pub(super) async fn changes(&mut self, count: usize) -> Result<Vec<EventChange>, Stop> {
        let mut changes = Vec::with_capacity(count);
        while changes.len() < count {
            changes.push(self.change().await?);
        }
        Ok(changes)
    }

    /// Returns the positions of the next `count` changes.
    pub(super) async fn positions(&mut self, count: usize) -> Result<Vec<i64>, Stop> {
        Ok(self.changes(count).await?.iter().map(position_of).collect())
    }

    /// Returns the frames up to and including the first `caught_up`.
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
            // A stream that sends only heartbeats is at the head, whatever it reports.
            if beats > 2 {
                return broken("a stream at the head does not send caught_up");
            }
        }
    }

    /// Returns every frame up to the end, which must come within `longest`.
    pub(super) async fn until_end(mut self, longest: Duration) -> Result<EndedStream, Stop> {
        let redactions = self.redactions;
        let all = async {
            let mut frames = Vec::new();
            loop {
                match self.next().await? {
                    Received::Frame(frame) => frames.push(*frame),
                    Received::End(end) => {
                        return Ok(EndedStream {
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

impl EndedStream {
    /// Returns the changes of a stream that ended with OK.
    pub(super) fn planned(&self) -> Result<Vec<EventChange>, Stop> {
        if let Err(status) = &self.end {
            return broken(format!(
                "a stream with a stop ended with {}",
                describe(status)
            ));
        }
        Ok(self.changes(&self.frames).cloned().collect())
    }

    /// Returns the changes in some of its frames.
    pub(super) fn changes<'a>(
        &self,
        frames: &'a [Frame],
    ) -> impl Iterator<Item = &'a EventChange> + use<'a> {
        let redactions = self.redactions;
        let changes = frames.iter().filter_map(Frame::change);
        changes.filter(move |change| redactions.show(change))
    }

    /// Returns the positions of the changes of a stream that ended with OK.
    pub(super) fn positions(&self) -> Result<Vec<i64>, Stop> {
        Ok(self.planned()?.iter().map(position_of).collect())
    }
}
