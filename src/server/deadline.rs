//! Ends a call at its client's deadline, with a reason, and tells the handler of the deadline beforehand.

use std::{
    collections::HashSet,
    pin::Pin,
    sync::Arc,
    task::{Context, Poll, ready},
    time::Duration,
};

use bytes::Bytes;
use http::{Request, Response};
use http_body::{Body as HttpBody, Frame};
use pin_project_lite::pin_project;
use tonic::{Status, body::Body};
use tower::{Layer, Service};

use super::unread_answer::trailers;
use crate::{
    clock::{Sleep, WallClock},
    grpc::{StatusBuilder, TimeLeft, parse_timeout, with_time_left},
    proto::v1::ErrorReason,
};

/// Lead time before the client ends the call itself, which would give it no reason.
const BEFORE_CLIENT: Duration = Duration::from_millis(2);

/// Puts [`TimedService`] around a gRPC service.
#[derive(Clone, Debug)]
pub(super) struct DeadlineLayer {
    clock: WallClock,
    streaming: Arc<HashSet<String>>,
}

impl DeadlineLayer {
    /// Methods whose answers are streams, which may end late.
    pub(super) fn new(
        clock: WallClock,
        streaming: impl IntoIterator<Item = String>,
    ) -> DeadlineLayer {
        DeadlineLayer {
            clock,
            streaming: Arc::new(streaming.into_iter().collect()),
        }
    }
}

impl<S> Layer<S> for DeadlineLayer {
    type Service = TimedService<S>;

    fn layer(&self, inner: S) -> TimedService<S> {
        TimedService {
            inner,
            clock: self.clock.clone(),
            streaming: self.streaming.clone(),
        }
    }
}

/// Ends the calls of the inner service at their deadlines.
#[derive(Clone, Debug)]
pub(super) struct TimedService<S> {
    inner: S,
    clock: WallClock,
    streaming: Arc<HashSet<String>>,
}

impl<S> Service<Request<Body>> for TimedService<S>
where
    S: Service<Request<Body>, Response = Response<Body>>,
{
    type Response = Response<Body>;
    type Error = S::Error;
    type Future = TimedFuture<S::Future>;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), S::Error>> {
        self.inner.poll_ready(cx)
    }

    fn call(&mut self, request: Request<Body>) -> TimedFuture<S::Future> {
        let Some(given) = request.headers().get("grpc-timeout") else {
            return TimedFuture::Called {
                call: with_time_left(&self.clock, None, self.inner.call(request)),
                late: None,
                streams: false,
            };
        };
        let Some(timeout) = given.to_str().ok().and_then(parse_timeout) else {
            let given = String::from_utf8_lossy(given.as_bytes());
            return TimedFuture::Refused {
                status: Some(unreadable(&given)),
            };
        };
        let timeout = timeout - BEFORE_CLIENT.min(timeout / 10);
        let streams = self.streaming.contains(request.uri().path());
        TimedFuture::Called {
            call: with_time_left(&self.clock, Some(timeout), self.inner.call(request)),
            late: late(&self.clock, timeout),
            streams,
        }
    }
}

/// `None` for a time that never ends.
fn late(clock: &WallClock, timeout: Duration) -> Late {
    let deadline = clock.now().checked_add(timeout)?;
    let sleep = Box::pin(clock.sleep_until(deadline));
    let clock = clock.clone();
    Some(Lateness { clock, sleep })
}

/// The deadline of a call.
#[derive(Debug)]
struct Lateness {
    clock: WallClock,
    sleep: Pin<Box<Sleep>>,
}

impl Lateness {
    /// By the clock, not by the timer, which may not have been told yet.
    fn poll(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        match self.clock.now() >= self.sleep.due() {
            true => Poll::Ready(()),
            false => self.sleep.as_mut().poll(cx),
        }
    }
}

type Late = Option<Lateness>;

pin_project! {
    /// Waits for the headers of the answer until the deadline.
    #[project = TimedProj]
    pub enum TimedFuture<F> {
        Refused { status: Option<Status> },
        Called { #[pin] call: TimeLeft<F>, late: Late, streams: bool },
    }
}

impl<F, E> Future for TimedFuture<F>
where
    F: Future<Output = Result<Response<Body>, E>>,
{
    type Output = Result<Response<Body>, E>;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let (call, late, streams) = match self.project() {
            TimedProj::Refused { status } => {
                let status = status
                    .take()
                    .expect("a future is not polled after it is ready");
                return Poll::Ready(Ok(status.into_http()));
            }
            TimedProj::Called {
                call,
                late,
                streams,
            } => (call, late, *streams),
        };
        if let Poll::Ready(answer) = call.poll(cx) {
            let Some(late) = late.take().filter(|_| streams) else {
                return Poll::Ready(answer);
            };
            return Poll::Ready(answer.map(|answer| {
                answer.map(|inner| {
                    Body::new(TimedAnswer {
                        inner: Some(inner),
                        late,
                    })
                })
            }));
        }
        let Some(late) = late else {
            return Poll::Pending;
        };
        ready!(late.poll(cx));
        Poll::Ready(Ok(exceeded().into_http()))
    }
}

/// The body of a stream until the deadline.
struct TimedAnswer {
    inner: Option<Body>,
    late: Lateness,
}

impl HttpBody for TimedAnswer {
    type Data = Bytes;
    type Error = Status;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Status>>> {
        let Some(inner) = self.inner.as_mut() else {
            return Poll::Ready(None);
        };
        if let Poll::Ready(frame) = Pin::new(inner).poll_frame(cx) {
            return Poll::Ready(frame);
        }
        ready!(self.late.poll(cx));
        self.inner = None;
        Poll::Ready(Some(Ok(Frame::trailers(trailers(&exceeded())))))
    }

    fn is_end_stream(&self) -> bool {
        self.inner.as_ref().is_none_or(HttpBody::is_end_stream)
    }
}

fn exceeded() -> Status {
    StatusBuilder::new(ErrorReason::DeadlineExceeded)
        .status("the deadline of the call has passed; set a later one, or ask for less at a time")
}

fn unreadable(given: &str) -> Status {
    StatusBuilder::new(ErrorReason::TimeoutInvalid).status(format!(
        "grpc-timeout is {given:?}; send one to eight digits and one of H, M, S, m, u, n, as in 20S"
    ))
}
