use std::{
    convert::Infallible,
    pin::Pin,
    sync::Arc,
    task::{Context, Poll, ready},
};

use bytes::Bytes;
use http::{Request, Response};
use http_body::{Body as HttpBody, Frame, SizeHint};
use hyper::body::Incoming;
use pin_project_lite::pin_project;
use tonic::{Status, body::Body, transport::server::TcpConnectInfo};
use tower::Service;

use super::{
    Activity, Connections,
    activity::OpenCall,
    refusals::{answer, refusal},
    request_body::RequestBody,
};

/// The one service whose methods take more than one message.
const OF_STREAMS: &str = "/grpc.reflection.";

/// The calls of one connection.
#[derive(Debug)]
pub(super) struct Calls<S> {
    pub(super) service: S,
    pub(super) shared: Arc<Connections>,
    pub(super) activity: Activity,
    pub(super) info: TcpConnectInfo,
}

impl<S, B> hyper::service::Service<Request<Incoming>> for Calls<S>
where
    S: Service<Request<Body>, Response = Response<B>, Error = Infallible> + Clone,
    B: HttpBody<Data = Bytes, Error = Status> + Unpin,
{
    type Response = Response<Answer<B>>;
    type Error = Infallible;
    type Future = Answering<S::Future>;

    fn call(&self, request: Request<Incoming>) -> Self::Future {
        let open = self.activity.open_call();
        if let Some(refusal) = refusal(&request, &self.shared.intake) {
            self.shared.metrics.refuse_request(refusal.into());
            let answer = Some(answer(refusal, &request));
            return Answering::Refused { answer };
        }
        let is_stream = request.uri().path().starts_with(OF_STREAMS);
        let time = self.shared.call_stall_timeout;
        let mut request = request.map(|body| match is_stream {
            true => Body::new(RequestBody::new(body, self.shared.clock.clone(), time)),
            // Others have their one message read, within a time, before they are called.
            false => Body::new(body),
        });
        request.extensions_mut().insert(self.info.clone());
        // Always ready, as all that is behind it.
        let answer = self.service.clone().call(request);
        Answering::Served {
            answer,
            open: Some(open),
        }
    }
}

pin_project! {
    /// Waits for the headers of an answer.
    #[project = AnsweringProjection]
    #[derive(Debug)]
    pub(crate) enum Answering<F> {
        Served { #[pin] answer: F, open: Option<OpenCall> },
        Refused { answer: Option<Response<Body>> },
    }
}

impl<F, B> Future for Answering<F>
where
    F: Future<Output = Result<Response<B>, Infallible>>,
{
    type Output = Result<Response<Answer<B>>, Infallible>;

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        let proof = "a future is not polled after it is ready";
        match self.project() {
            AnsweringProjection::Served { answer, open } => {
                let answer = ready!(answer.poll(context)).unwrap_or_else(|never| match never {});
                let _open = open.take().expect(proof);
                Poll::Ready(Ok(answer.map(|body| Answer::Served { body, _open })))
            }
            AnsweringProjection::Refused { answer } => {
                let answer = answer.take().expect(proof);
                Poll::Ready(Ok(answer.map(|body| Answer::Refused { body })))
            }
        }
    }
}

/// The body of an answer.
#[derive(Debug)]
pub(crate) enum Answer<B> {
    Served { body: B, _open: OpenCall },
    Refused { body: Body },
}

impl<B: HttpBody<Data = Bytes, Error = Status> + Unpin> HttpBody for Answer<B> {
    type Data = Bytes;
    type Error = Status;

    fn poll_frame(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Status>>> {
        match self.get_mut() {
            Answer::Served { body, .. } => Pin::new(body).poll_frame(context),
            Answer::Refused { body } => Pin::new(body).poll_frame(context),
        }
    }

    fn is_end_stream(&self) -> bool {
        match self {
            Answer::Served { body, .. } => body.is_end_stream(),
            Answer::Refused { body } => body.is_end_stream(),
        }
    }

    fn size_hint(&self) -> SizeHint {
        match self {
            Answer::Served { body, .. } => body.size_hint(),
            Answer::Refused { body } => body.size_hint(),
        }
    }
}
