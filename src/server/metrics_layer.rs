//! Counts every call under the `grpc_server_*` names and writes a log line when it ends.
//!
//! The status of a call is in the headers if there is no message, otherwise in the trailers. A stream whose
//! client goes away has neither: it is counted when its body is dropped.

use std::{
    pin::Pin,
    sync::Arc,
    task::{Context, Poll, ready},
};

use bytes::Bytes;
use http::{Request, Response};
use http_body::{Body as HttpBody, Frame, SizeHint};
use pin_project_lite::pin_project;
use tonic::{Code, Status, body::Body};
use tower::{Layer, Service};

use super::{
    call::Call,
    message_counter::FrameCounter,
    rpc_metrics::{MethodMetrics, RpcMetrics},
};

/// Puts [`CountedService`] around a gRPC service.
#[derive(Clone, Debug)]
pub(super) struct MetricsLayer {
    rpcs: Arc<RpcMetrics>,
}

impl MetricsLayer {
    /// Counts calls in these metrics.
    pub(super) fn new(rpcs: Arc<RpcMetrics>) -> Self {
        Self { rpcs }
    }
}

impl<S> Layer<S> for MetricsLayer {
    type Service = CountedService<S>;

    fn layer(&self, inner: S) -> Self::Service {
        CountedService {
            inner,
            rpcs: self.rpcs.clone(),
        }
    }
}

/// Counts the calls of the inner service.
#[derive(Clone, Debug)]
pub(super) struct CountedService<S> {
    inner: S,
    rpcs: Arc<RpcMetrics>,
}

impl<S> Service<Request<Body>> for CountedService<S>
where
    S: Service<Request<Body>, Response = Response<Body>>,
{
    type Response = Response<CountedAnswer>;
    type Error = S::Error;
    type Future = CountedFuture<S::Future>;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), Self::Error>> {
        self.inner.poll_ready(cx)
    }

    fn call(&mut self, request: Request<Body>) -> Self::Future {
        let call = Call::begin(&self.rpcs, &request);
        let request = match call.method().client_streams {
            true => request.map(|body| Body::new(CountedRequest::new(body, call.method().clone()))),
            // Spares an allocation: the one message has been counted.
            false => request,
        };
        CountedFuture {
            inner: self.inner.call(request),
            call: Some(call),
        }
    }
}

pin_project! {
    /// Waits for the headers of the answer.
    #[derive(Debug)]
    pub(crate) struct CountedFuture<F> {
        #[pin]
        inner: F,
        call: Option<Call>,
    }
}

impl<F, E> Future for CountedFuture<F>
where
    F: Future<Output = Result<Response<Body>, E>>,
{
    type Output = Result<Response<CountedAnswer>, E>;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let this = self.project();
        let answer = ready!(this.inner.poll(cx));
        let mut call = this
            .call
            .take()
            .expect("a future is not polled after it is ready");
        match answer {
            Ok(answer) => {
                call.end_with(answer.headers());
                Poll::Ready(Ok(answer.map(|inner| CountedAnswer { inner, call })))
            }
            Err(error) => {
                call.end(Code::Unknown, "the service failed");
                Poll::Ready(Err(error))
            }
        }
    }
}

/// The body of an answer: counts its messages and sees its end.
#[derive(Debug)]
pub(crate) struct CountedAnswer {
    inner: Body,
    call: Call,
}

impl HttpBody for CountedAnswer {
    type Data = Bytes;
    type Error = Status;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Status>>> {
        let frame = ready!(Pin::new(&mut self.inner).poll_frame(cx));
        match &frame {
            Some(Ok(frame)) => match (frame.data_ref(), frame.trailers_ref()) {
                (Some(chunk), _) => self.call.send(chunk),
                (None, Some(trailers)) => self.call.end_with(trailers),
                (None, None) => {}
            },
            Some(Err(status)) => self.call.end(status.code(), status.message()),
            None => self
                .call
                .end(Code::Unknown, "the answer ended without a status"),
        }
        Poll::Ready(frame)
    }

    fn size_hint(&self) -> SizeHint {
        self.inner.size_hint()
    }

    fn is_end_stream(&self) -> bool {
        self.inner.is_end_stream()
    }
}

/// The body of a request that may bring several messages: counts them.
#[derive(Debug)]
struct CountedRequest {
    inner: Body,
    method: Arc<MethodMetrics>,
    frames: FrameCounter,
}

impl CountedRequest {
    fn new(inner: Body, method: Arc<MethodMetrics>) -> Self {
        Self {
            inner,
            method,
            frames: FrameCounter::default(),
        }
    }
}

impl HttpBody for CountedRequest {
    type Data = Bytes;
    type Error = Status;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Status>>> {
        let frame = ready!(Pin::new(&mut self.inner).poll_frame(cx));
        if let Some(chunk) = frame
            .as_ref()
            .and_then(|frame| frame.as_ref().ok()?.data_ref())
        {
            let messages = self.frames.messages_in(chunk);
            self.method.received.inc_by(messages);
        }
        Poll::Ready(frame)
    }

    fn size_hint(&self) -> SizeHint {
        self.inner.size_hint()
    }

    fn is_end_stream(&self) -> bool {
        self.inner.is_end_stream()
    }
}

#[cfg(test)]
mod tests;
