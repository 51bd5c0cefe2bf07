use std::time::Duration;

use tokio::time::{Instant, sleep_until, timeout};
use tonic::{Code, Status, Streaming};
use tonic_types::StatusExt;

use crate::{
    cli::{
        connect::Connection,
        failure::{Failure, sentence},
        note::note,
    },
    proto::v1::{
        EndReason, WatchEnding, WatchEventsRequest, WatchEventsResponse,
        watch_events_request::{Begin, End},
        watch_events_response::Payload,
    },
};

use super::backoff::Backoff;

/// A stream this old is healthy: what interrupts it then is a new interruption.
const HEALTHY_AGE: Duration = Duration::from_secs(10);

/// Until the server has told its heartbeat, which is at most 55 s.
const FIRST_SILENCE_MAX: Duration = Duration::from_secs(120);

/// Silence that counts as the loss of the stream, in heartbeats.
const SILENCE_MAX_HEARTBEATS: u32 = 3;

/// A watch that goes on with its last token after every interruption, until its stop condition.
///
/// No change is given twice and none is left out. An interruption before the first frame is an
/// error, as is a refusal at any time.
#[derive(Debug)]
pub(in crate::cli) struct Follower {
    server: Connection,
    request: WatchEventsRequest,
    stream: Option<Stream>,
    position: i64,
    retry_delay: Duration,
    next_attempt: Instant,
    backoff: Backoff,
    started: bool,
    finished: bool,
}

#[derive(Debug)]
struct Stream {
    frames: Streaming<WatchEventsResponse>,
    opened: Instant,
    silence_max: Duration,
}

impl Follower {
    /// Nothing is sent before the first call of [`next`](Self::next).
    pub(in crate::cli) fn new(server: Connection, request: WatchEventsRequest) -> Self {
        Self {
            server,
            request,
            stream: None,
            position: 0,
            retry_delay: Duration::ZERO,
            next_attempt: Instant::now(),
            backoff: Backoff::default(),
            started: false,
            finished: false,
        }
    }

    /// The next frame; none once the stop condition is reached. Dropped before it is ready, it
    /// loses nothing.
    pub(in crate::cli) async fn next(&mut self) -> Result<Option<WatchEventsResponse>, Failure> {
        while !self.finished {
            sleep_until(self.next_attempt).await;
            match self.frame().await {
                Ok(frame) => {
                    self.advance(&frame);
                    return Ok(Some(frame));
                }
                Err(status) => self.interrupted(&status)?,
            }
        }
        Ok(None)
    }

    async fn frame(&mut self) -> Result<WatchEventsResponse, Status> {
        let stream = match &mut self.stream {
            Some(stream) => stream,
            closed => closed.insert(open(&self.server, &self.request).await?),
        };
        match timeout(stream.silence_max, stream.frames.message()).await {
            Ok(Ok(Some(frame))) => Ok(frame),
            Ok(Ok(None)) => Err(Status::unavailable("the stream ended without a reason")),
            Ok(Err(status)) => Err(status),
            Err(_) => Err(Status::unavailable("the server fell silent")),
        }
    }

    fn advance(&mut self, frame: &WatchEventsResponse) {
        self.started = true;
        self.position = frame.position;
        if !frame.resume_token.is_empty() {
            self.request.begin = Some(Begin::ResumeToken(frame.resume_token.clone()));
        }
        if self
            .stream
            .as_ref()
            .is_some_and(|stream| stream.opened.elapsed() > HEALTHY_AGE)
        {
            self.backoff.reset();
        }
        match (&frame.payload, &mut self.request.end) {
            (Some(Payload::Started(started)), _) => self.listen(started.heartbeat_interval),
            (Some(Payload::Change(_)), Some(End::StopCount(left))) => {
                *left -= 1;
                self.finished = *left <= 0;
            }
            (Some(Payload::CaughtUp(_)), Some(End::StopWhenCaughtUp(true))) => self.finished = true,
            (Some(Payload::Ending(ending)), _) => self.ending(ending),
            _ => {}
        }
    }

    fn listen(&mut self, heartbeat: Option<prost_types::Duration>) {
        let heartbeat = heartbeat.and_then(|interval| Duration::try_from(interval).ok());
        if let (Some(stream), Some(heartbeat)) = (&mut self.stream, heartbeat) {
            stream.silence_max = heartbeat * SILENCE_MAX_HEARTBEATS;
        }
    }

    fn ending(&mut self, ending: &WatchEnding) {
        let delay = ending
            .retry_delay
            .and_then(|delay| Duration::try_from(delay).ok());
        self.retry_delay = delay.unwrap_or_default();
        self.finished = ending.reason() == EndReason::StopReached;
    }

    fn interrupted(&mut self, status: &Status) -> Result<(), Failure> {
        self.stream = None;
        if !self.started || !is_passing(status.code()) {
            return Err(self.server.failure(status.clone()));
        }
        let asked = status
            .get_details_retry_info()
            .and_then(|info| info.retry_delay);
        let least = asked
            .unwrap_or_default()
            .max(std::mem::take(&mut self.retry_delay));
        let wait = self.backoff.next(least);
        self.next_attempt = Instant::now() + wait;
        let (why, seconds) = (sentence(status), wait.as_secs_f32());
        note(format!(
            "interrupted at position {}: {why}; again in {seconds:.1} s",
            self.position
        ));
        Ok(())
    }
}

async fn open(server: &Connection, request: &WatchEventsRequest) -> Result<Stream, Status> {
    let frames = server
        .events()
        .watch_events(request.clone())
        .await?
        .into_inner();
    Ok(Stream {
        frames,
        opened: Instant::now(),
        silence_max: FIRST_SILENCE_MAX,
    })
}

/// Whether the same request may be served later. Transports report a lost connection as UNKNOWN,
/// INTERNAL or CANCELLED too.
fn is_passing(code: Code) -> bool {
    matches!(
        code,
        Code::Unavailable
            | Code::ResourceExhausted
            | Code::Aborted
            | Code::Cancelled
            | Code::DeadlineExceeded
            | Code::Internal
            | Code::Unknown
    )
}
