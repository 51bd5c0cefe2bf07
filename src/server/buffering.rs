//! Buffers requests: a call is served once its whole request has arrived, within a time and within bounds
//! of memory, and once there is memory for its answer.
//!
//! Unary requests that are not exactly one message are refused here, with a reason.

use std::{
    collections::HashMap,
    mem,
    net::SocketAddr,
    pin::Pin,
    sync::Arc,
    task::{Context, Poll, ready},
    time::Duration,
};

use http::{Extensions, Request, Response};
use pin_project_lite::pin_project;
use tonic::{Status, body::Body, transport::server::TcpConnectInfo};
use tower::{Layer, Service};

use super::{
    arriving_request::ArrivingRequest,
    buffering_limits::BufferingLimits,
    byte_budget::{ReservedBytes, Share},
    compression::{Encoding, check_request, compressed},
    unread_answer::{AnswerRoom, UnreadAnswer},
};
use crate::{clock::WallClock, grpc::StatusBuilder, proto::v1::ErrorReason, wire::ANSWER_LEN_MAX};

/// How long a call waits for memory for its answer.
const ROOM_WAIT: Duration = Duration::from_secs(10);

/// Methods whose answers may be large. Answers of other methods have one resource or a few lines, and are
/// counted only if the client does not read them at once.
const LARGE: [&str; 11] = [
    "/entente.v1.EventService/BatchGetEvents",
    "/entente.v1.EventService/ListEvents",
    "/entente.v1.EventService/ListEventRevisions",
    "/entente.v1.EventService/SummarizeEvents",
    "/entente.v1.PartnershipService/ListPartnerships",
    "/entente.v1.BodyService/ListBodies",
    "/entente.v1.PublisherService/BatchCreateEvents",
    "/entente.v1.PublisherService/MergeEvents",
    "/entente.v1.SubscriptionService/ListSubscriptions",
    "/entente.v1.AdminService/ListWatches",
    EXPORT,
];
const CHANGES: [&str; 3] = [
    "/entente.v1.EventService/WatchEvents",
    "/entente.v1.SubscriptionService/ConsumeSubscription",
    "/grpc.health.v1.Health/Watch",
];
const EXPORT: &str = "/entente.v1.AdminService/ExportStore";

#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Answers {
    Small,
    /// The changes of a watch or subscription, which has its own bounds.
    Changes,
    Large,
    /// Several large ones, one after the other.
    LargeStream,
}

/// Puts [`BufferingService`] around a gRPC service.
#[derive(Clone, Debug)]
pub(super) struct BufferingLayer {
    limits: Arc<BufferingLimits>,
    methods: Arc<HashMap<String, Answers>>,
}

impl BufferingLayer {
    /// Buffers the calls of these methods, whose requests have one message. Other calls pass through.
    pub(super) fn new(
        limits: BufferingLimits,
        methods: impl IntoIterator<Item = String>,
    ) -> BufferingLayer {
        let answers = |path: &str| match path {
            EXPORT => Answers::LargeStream,
            path if CHANGES.contains(&path) => Answers::Changes,
            path if LARGE.contains(&path) => Answers::Large,
            _ => Answers::Small,
        };
        let methods = methods.into_iter();
        let methods = methods.map(|path| (path.clone(), answers(&path)));
        BufferingLayer {
            limits: Arc::new(limits),
            methods: Arc::new(methods.collect()),
        }
    }
}

impl<S> Layer<S> for BufferingLayer {
    type Service = BufferingService<S>;

    fn layer(&self, inner: S) -> BufferingService<S> {
        BufferingService {
            inner,
            layer: self.clone(),
        }
    }
}

/// Serves calls whose whole request has arrived.
#[derive(Clone, Debug)]
pub(super) struct BufferingService<S> {
    inner: S,
    layer: BufferingLayer,
}

impl<S> Service<Request<Body>> for BufferingService<S>
where
    S: Service<Request<Body>, Response = Response<Body>> + Clone,
{
    type Response = Response<Body>;
    type Error = S::Error;
    type Future = BufferingFuture<S>;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), S::Error>> {
        self.inner.poll_ready(cx)
    }

    fn call(&mut self, request: Request<Body>) -> BufferingFuture<S> {
        // Takes the service that is ready; the clone is polled before it is called.
        let clone = self.inner.clone();
        let mut service = mem::replace(&mut self.inner, clone);
        let limits = self.layer.limits.clone();
        match self.layer.methods.get(request.uri().path()) {
            Some(answers) => BufferingFuture {
                encoding: match (limits.compression, answers) {
                    (true, Answers::Small | Answers::Large | Answers::LargeStream) => {
                        Encoding::accepted(request.headers())
                    }
                    _ => None,
                },
                stage: Stage::Arriving {
                    reading: ArrivingRequest::new(request),
                },
                service,
                answers: *answers,
                limits,
                room: None,
            },
            None => BufferingFuture {
                encoding: None,
                stage: match check_request(request.headers(), limits.compression) {
                    Ok(()) => Stage::Calling {
                        call: service.call(request),
                    },
                    Err(status) => Stage::Refused {
                        status: Some(status),
                    },
                },
                service,
                answers: Answers::Small,
                limits,
                room: None,
            },
        }
    }
}

pin_project! {
    /// A call, until its answer begins.
    pub struct BufferingFuture<S: Service<Request<Body>>> {
        #[pin]
        stage: Stage<S::Future>,
        service: S,
        answers: Answers,
        encoding: Option<Encoding>,
        limits: Arc<BufferingLimits>,
        room: Option<AnswerRoom>,
    }
}

type Waiting = Pin<Box<dyn Future<Output = Option<ReservedBytes>> + Send>>;

pin_project! {
    #[project = StageProj]
    enum Stage<F> {
        Arriving { reading: ArrivingRequest },
        Refused { status: Option<Status> },
        Waiting { waiting: Waiting, request: Option<Request<Body>> },
        Calling { #[pin] call: F },
    }
}

impl<S> Future for BufferingFuture<S>
where
    S: Service<Request<Body>, Response = Response<Body>>,
{
    type Output = Result<Response<Body>, S::Error>;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let mut this = self.project();
        loop {
            let next = match this.stage.as_mut().project() {
                StageProj::Arriving { reading } => match ready!(reading.poll(cx, this.limits)) {
                    Err(status) => return Poll::Ready(Ok(status.into_http())),
                    Ok(request) if *this.answers == Answers::Changes => Stage::Calling {
                        call: this.service.call(request),
                    },
                    Ok(request) if *this.answers == Answers::Small => {
                        let room = this.limits.answers.clone();
                        *this.room = Some(AnswerRoom::OnDemand(room, peer(request.extensions())));
                        Stage::Calling {
                            call: this.service.call(request),
                        }
                    }
                    Ok(request) => {
                        let share = this.limits.answers.share_of(request.extensions());
                        Stage::Waiting {
                            waiting: Box::pin(wait(this.limits.clock.clone(), share)),
                            request: Some(request),
                        }
                    }
                },
                StageProj::Refused { status } => {
                    let status = status.take().expect("it is refused once");
                    return Poll::Ready(Ok(status.into_http()));
                }
                StageProj::Waiting { waiting, request } => {
                    match ready!(waiting.as_mut().poll(cx)) {
                        None => return Poll::Ready(Ok(no_room().into_http())),
                        Some(held) => {
                            *this.room = Some(AnswerRoom::Reserved(held));
                            let request = request.take().expect("it is called once");
                            Stage::Calling {
                                call: this.service.call(request),
                            }
                        }
                    }
                }
                StageProj::Calling { call } => {
                    let answer = ready!(call.poll(cx))?;
                    let encoding = match this.answers {
                        Answers::Changes if this.limits.compression => Encoding::asked(&answer),
                        _ => this.encoding.take(),
                    };
                    let answer = match encoding {
                        Some(encoding) => compressed(answer, encoding),
                        None => answer,
                    };
                    // A refusal consists of headers alone. Standard clients require that they end the stream.
                    let room = match answer.headers().contains_key(Status::GRPC_STATUS) {
                        true => None,
                        false => this.room.take(),
                    };
                    let Some(room) = room else {
                        return Poll::Ready(Ok(answer));
                    };
                    let streams = *this.answers == Answers::LargeStream;
                    let BufferingLimits {
                        stall_timeout,
                        clock,
                        ..
                    } = &**this.limits;
                    let (stall_timeout, clock) = (*stall_timeout, clock.clone());
                    return Poll::Ready(Ok(answer.map(|body| {
                        Body::new(UnreadAnswer::new(body, room, streams, stall_timeout, clock))
                    })));
                }
            };
            this.stage.set(next);
        }
    }
}

fn peer(extensions: &Extensions) -> Option<SocketAddr> {
    extensions.get::<TcpConnectInfo>()?.remote_addr()
}

async fn wait(clock: WallClock, share: Share) -> Option<ReservedBytes> {
    clock.timeout(ROOM_WAIT, share.take(ANSWER_LEN_MAX)).await
}

fn no_room() -> Status {
    StatusBuilder::new(ErrorReason::AnswersNotTaken)
        .retry()
        .status(
            "the server holds too many bytes of unread answers; read those of this connection, and \
             try again in a moment",
        )
}
