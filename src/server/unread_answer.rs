//! Answers that their clients have not read: sent in pieces, counted while they wait, and dropped if the
//! client does not read the next piece in time.
//!
//! HTTP/2 asks for the next piece once it has a buffer for it, so at most two pieces of an answer are out of
//! sight. The last byte of an answer is a piece of its own: it is asked for only when everything before it
//! has left, so an answer cannot end unnoticed in the buffers of HTTP/2.
//!
//! An unread answer is dropped in two steps. First its content is dropped, and a client that resumes reading
//! gets the reason. If the client still reads nothing after the same time, the stream is reset, which frees
//! what HTTP/2 holds of it.

use std::{
    net::SocketAddr,
    pin::Pin,
    sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError},
    task::{Context, Poll, ready},
    time::Duration,
};

use bytes::{Buf as _, Bytes};
use http::HeaderMap;
use http_body::{Body as HttpBody, Frame};
use hyper::rt::Executor;
use pin_project_lite::pin_project;
use tokio::{task::futures::TaskLocalFuture, time::Instant};
use tonic::{Status, body::Body};

use super::byte_budget::{ByteBudget, ReservedBytes};
use crate::{
    clock::{Sleep, WallClock},
    grpc::StatusBuilder,
    proto::v1::ErrorReason,
};

/// The length of an HTTP/2 frame, so that cutting an answer costs no extra frames.
const PIECE_LEN: usize = 16 << 10;

/// A shorter answer is sent whole, and may stay in the buffers of HTTP/2.
const SHORT_LEN: usize = 1 << 10;

tokio::task_local! {
    /// The answer of the call whose task this is.
    static UNTAKEN: Arc<OnceLock<Arc<Mutex<Answer>>>>;
}

/// Runs the stream of each call in a task, which ends if its client reads nothing.
#[derive(Clone, Copy, Debug)]
pub(super) struct CallExecutor;

impl<F> Executor<F> for CallExecutor
where
    F: Future<Output = ()> + Send + 'static,
{
    fn execute(&self, stream: F) {
        let untaken = Arc::new(OnceLock::new());
        tokio::spawn(CallTask {
            stream: UNTAKEN.scope(untaken.clone(), stream),
            untaken,
            due: None,
        });
    }
}

pin_project! {
    struct CallTask<F> {
        #[pin]
        stream: TaskLocalFuture<Arc<OnceLock<Arc<Mutex<Answer>>>>, F>,
        untaken: Arc<OnceLock<Arc<Mutex<Answer>>>>,
        due: Option<Pin<Box<Sleep>>>,
    }
}

impl<F: Future<Output = ()>> Future for CallTask<F> {
    type Output = ();

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        let this = self.project();
        if this.stream.poll(cx).is_ready() {
            return Poll::Ready(());
        }
        let Some(answer) = this.untaken.get() else {
            return Poll::Pending;
        };
        loop {
            let mut answer = lock(answer);
            let due = match answer.waits() {
                Waits::ForNobody => return Poll::Pending,
                Waits::Until(due) => due,
                // Dropped, the stream is reset.
                Waits::NoLonger => return Poll::Ready(()),
            };
            let sleep = || Box::pin(answer.clock.sleep_until(due));
            let timer = this.due.get_or_insert_with(sleep);
            drop(answer);
            if timer.due() != due {
                timer.as_mut().reset(due);
            }
            ready!(timer.as_mut().poll(cx));
        }
    }
}

/// The reservation of an answer.
#[derive(Debug)]
pub(super) enum AnswerRoom {
    /// Made before the answer, which may be large.
    Reserved(ReservedBytes),
    /// Made only if the client does not read the answer at once, from this budget and for this connection.
    OnDemand(ByteBudget, Option<SocketAddr>),
}

/// The body of an answer that holds its reservation until it is read or dropped.
#[derive(Debug)]
pub(super) struct UnreadAnswer(Arc<Mutex<Answer>>);

#[derive(Debug)]
struct Answer {
    /// The body after `rest`; `None` at the end.
    body: Option<Body>,
    rest: Bytes,
    room: AnswerRoom,
    /// Whether there may be several messages, each of which is counted again.
    streams: bool,
    stall_timeout: Duration,
    clock: WallClock,
    /// When the last piece was sent; `None` once the next is asked for.
    offered: Option<Instant>,
    given_up: bool,
}

/// What an answer waits for.
enum Waits {
    ForNobody,
    /// Its client, for this time.
    Until(Instant),
    NoLonger,
}

impl UnreadAnswer {
    /// Holds this reservation for the answer; a single message keeps only what it needs.
    pub(super) fn new(
        body: Body,
        room: AnswerRoom,
        streams: bool,
        stall_timeout: Duration,
        clock: WallClock,
    ) -> UnreadAnswer {
        let answer = Arc::new(Mutex::new(Answer {
            body: Some(body),
            rest: Bytes::new(),
            room,
            streams,
            stall_timeout,
            clock,
            offered: None,
            given_up: false,
        }));
        // There is a task of the call wherever there is a connection.
        let _ = UNTAKEN.try_with(|untaken| untaken.set(answer.clone()));
        UnreadAnswer(answer)
    }
}

impl HttpBody for UnreadAnswer {
    type Data = Bytes;
    type Error = Status;

    fn poll_frame(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Status>>> {
        lock(&self.0).poll_frame(cx)
    }
}

impl Drop for UnreadAnswer {
    fn drop(&mut self) {
        // The task may outlive it.
        lock(&self.0).clear();
    }
}

impl Answer {
    fn poll_frame(&mut self, cx: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, Status>>> {
        self.offered = None;
        if self.given_up {
            self.given_up = false;
            self.clear();
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
        self.offered = Some(self.clock.now());
        Poll::Ready(Some(Ok(Frame::data(self.piece()))))
    }

    fn begin(&mut self, message: Bytes) {
        self.rest = message;
        if let AnswerRoom::Reserved(held) = &mut self.room
            && !self.streams
        {
            held.shrink_to(self.rest.len());
        }
    }

    fn piece(&mut self) -> Bytes {
        let len = match self.rest.len() {
            len if len > PIECE_LEN => PIECE_LEN,
            len if len > SHORT_LEN => len - 1,
            _ => return std::mem::take(&mut self.rest),
        };
        if len < PIECE_LEN && self.rest.len() <= PIECE_LEN {
            return self.rest.split_to(len);
        }
        // Copied, because a slice would keep the whole answer alive until this piece is sent.
        let piece = Bytes::copy_from_slice(&self.rest[..len]);
        self.rest.advance(len);
        piece
    }

    /// Called when the call has nothing to do.
    fn waits(&mut self) -> Waits {
        let Some(offered) = self.offered else {
            return Waits::ForNobody;
        };
        if let AnswerRoom::OnDemand(room, peer) = &self.room {
            match room.share(*peer).try_take(self.rest.len() + PIECE_LEN) {
                Some(held) => self.room = AnswerRoom::Reserved(held),
                None => return Waits::NoLonger,
            }
        }
        let times = if self.given_up { 2 } else { 1 };
        let due = offered + self.stall_timeout * times;
        if self.clock.now() < due {
            return Waits::Until(due);
        }
        if self.given_up {
            return Waits::NoLonger;
        }
        self.give_up();
        Waits::Until(offered + self.stall_timeout * 2)
    }

    /// Drops everything that HTTP/2 does not have yet.
    fn give_up(&mut self) {
        self.given_up = true;
        self.body = None;
        self.rest = Bytes::new();
        if let AnswerRoom::Reserved(held) = &mut self.room {
            held.shrink_to(2 * PIECE_LEN);
        }
    }

    fn clear(&mut self) {
        self.body = None;
        self.rest = Bytes::new();
        self.offered = None;
        if let AnswerRoom::Reserved(held) = &mut self.room {
            held.shrink_to(0);
        }
    }
}

/// The status for the client, in case it resumes reading.
fn not_taken() -> HeaderMap {
    let status = StatusBuilder::new(ErrorReason::AnswerNotTaken)
        .status("the client did not read the answer for too long; read faster, or ask for less");
    trailers(&status)
}

/// A status behind an answer that has begun.
pub(super) fn trailers(status: &Status) -> HeaderMap {
    let mut trailers = HeaderMap::new();
    // It fails for metadata that is no text, of which our statuses have none.
    let written = status.add_header(&mut trailers);
    debug_assert!(written.is_ok(), "{status:?}");
    trailers
}

fn lock(answer: &Mutex<Answer>) -> MutexGuard<'_, Answer> {
    answer.lock().unwrap_or_else(PoisonError::into_inner)
}
