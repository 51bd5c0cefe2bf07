//! Answers that their clients have not taken: handed on in pieces, and given up when nobody takes
//! the next one.
//!
//! HTTP/2 asks for the next piece once it has a place for the one before. So no more than two pieces
//! of an answer are ever where they cannot be given up.

use std::{
    pin::Pin,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    task::{Context, Poll, ready},
    time::Duration,
};

use bytes::{Buf as _, Bytes};
use http::HeaderMap;
use http_body::{Body as HttpBody, Frame};
use tokio::{
    task::AbortHandle,
    time::{Instant, sleep_until},
};
use tonic::{Code, Status, body::Body};

use super::room::Held;
use crate::grpc::Reply;

/// As long as an HTTP/2 frame, so that cutting an answer costs no more frames.
const PIECE_LEN: usize = 16 << 10;

/// The body of an answer that holds room until it is taken or given up.
#[derive(Debug)]
pub struct UntakenAnswer {
    answer: Arc<Mutex<Answer>>,
    stall_timeout: Duration,
    /// Gives the answer up; there once the client has to take more than one piece.
    watchdog: Option<AbortHandle>,
}

#[derive(Debug)]
struct Answer {
    /// What comes after `rest`; `None` when nothing does.
    body: Option<Body>,
    rest: Bytes,
    held: Option<Held>,
    /// Whether there may be several messages, each of which takes the room again.
    streams: bool,
    /// When the last piece was handed on, until the next is asked for.
    offered: Option<Instant>,
    given_up: bool,
}

impl UntakenAnswer {
    /// Holds this room for the answer; of one message no more than it needs.
    pub fn new(body: Body, held: Held, streams: bool, stall_timeout: Duration) -> UntakenAnswer {
        let answer = Answer {
            body: Some(body),
            rest: Bytes::new(),
            held: Some(held),
            streams,
            offered: None,
            given_up: false,
        };
        UntakenAnswer {
            answer: Arc::new(Mutex::new(answer)),
            stall_timeout,
            watchdog: None,
        }
    }
}

impl HttpBody for UntakenAnswer {
    type Data = Bytes;
    type Error = Status;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Status>>> {
        let frame = ready!(lock(&self.answer).poll_frame(cx));
        if self.watchdog.is_none() && lock(&self.answer).may_stall() {
            let watching = give_up_when_stalled(self.answer.clone(), self.stall_timeout);
            self.watchdog = Some(tokio::spawn(watching).abort_handle());
        }
        Poll::Ready(frame)
    }
}

impl Drop for UntakenAnswer {
    fn drop(&mut self) {
        if let Some(watchdog) = &self.watchdog {
            watchdog.abort();
        }
    }
}

impl Answer {
    fn poll_frame(&mut self, cx: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, Status>>> {
        self.offered = None;
        if self.given_up {
            self.given_up = false;
            return Poll::Ready(Some(Ok(Frame::trailers(not_taken()))));
        }
        if self.rest.is_empty() {
            let Some(body) = self.body.as_mut() else {
                return Poll::Ready(None);
            };
            let frame = match ready!(Pin::new(body).poll_frame(cx)) {
                Some(Ok(frame)) => frame,
                other => {
                    self.clear();
                    return Poll::Ready(other);
                }
            };
            match frame.into_data() {
                Ok(message) => self.begin(message),
                Err(trailers) => return Poll::Ready(Some(Ok(trailers))),
            }
        }
        self.offered = Some(Instant::now());
        Poll::Ready(Some(Ok(Frame::data(self.piece()))))
    }

    fn begin(&mut self, message: Bytes) {
        self.rest = message;
        if let Some(held) = self.held.as_mut().filter(|_| !self.streams) {
            held.shrink_to(self.rest.len());
        }
    }

    fn piece(&mut self) -> Bytes {
        if self.rest.len() > PIECE_LEN {
            // A copy: a part of it would keep all of it for as long as this piece is not sent.
            let piece = Bytes::copy_from_slice(&self.rest[..PIECE_LEN]);
            self.rest.advance(PIECE_LEN);
            return piece;
        }
        if !self.streams {
            self.held = None;
        }
        std::mem::take(&mut self.rest)
    }

    /// Whether it holds something for a client that takes nothing.
    fn may_stall(&self) -> bool {
        self.held.is_some() && self.offered.is_some()
    }

    fn clear(&mut self) {
        self.body = None;
        self.rest = Bytes::new();
        self.held = None;
    }
}

async fn give_up_when_stalled(answer: Arc<Mutex<Answer>>, timeout: Duration) {
    loop {
        let now = Instant::now();
        let due = lock(&answer).offered.map_or(now, |offered| offered) + timeout;
        sleep_until(due).await;
        let mut answer = lock(&answer);
        if answer
            .offered
            .is_some_and(|offered| offered + timeout <= due)
        {
            answer.clear();
            answer.given_up = true;
            return;
        }
    }
}

/// What the client is told, should it ever take what it has left.
fn not_taken() -> HeaderMap {
    let status = Reply::new(Code::ResourceExhausted, "ANSWER_NOT_TAKEN")
        .status("the client took nothing of the answer for too long; read faster, or ask for less");
    trailers(&status)
}

/// A status behind an answer that has begun.
pub fn trailers(status: &Status) -> HeaderMap {
    let mut trailers = HeaderMap::new();
    // It fails for metadata that is no text, of which our statuses have none.
    let written = status.add_header(&mut trailers);
    debug_assert!(written.is_ok(), "{status:?}");
    trailers
}

fn lock(answer: &Mutex<Answer>) -> MutexGuard<'_, Answer> {
    answer.lock().unwrap_or_else(PoisonError::into_inner)
}
