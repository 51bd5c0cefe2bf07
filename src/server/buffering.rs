//! Buffers requests: a call is served once its whole request has arrived, within a time and within bounds
//! of memory, and once there is memory for its answer.
//!
//! Unary requests that are not exactly one message are refused here, with a reason.

use std::{
    collections::{HashMap, VecDeque},
    mem,
    net::SocketAddr,
    pin::Pin,
    sync::Arc,
    task::{Context, Poll, ready},
    time::Duration,
};

use bytes::Bytes;
use http::{Extensions, Request, Response, request};
use http_body::{Body as HttpBody, Frame};
use pin_project_lite::pin_project;
use tonic::{Status, body::Body, transport::server::TcpConnectInfo};
use tower::{Layer, Service};

use super::{
    byte_budget::{ByteBudget, ReservedBytes, Share},
    compression::{Encoding, check_request, compressed},
    transport_status::too_large,
    unread_answer::{AnswerRoom, UnreadAnswer},
};
use crate::{
    clock::{Sleep, WallClock},
    grpc::StatusBuilder,
    proto::v1::ErrorReason,
    wire::ANSWER_LEN_MAX,
};

/// Length of the prefix of each message in a gRPC body: a flag and four bytes of length.
const PREFIX_LEN: usize = 5;

/// A request up to this length is not counted: a connection costs that much anyway.
const FREE_LEN: usize = 16 << 10;

/// How long a call waits for memory for its answer.
const ROOM_WAIT: Duration = Duration::from_secs(10);

/// Methods whose answers may be large. Answers of other methods have one resource or a few lines, and are
/// counted only if the client does not read them at once.
const LARGE: [&str; 10] = [
    "/entente.v1.EventService/BatchGetEvents",
    "/entente.v1.EventService/ListEvents",
    "/entente.v1.EventService/ListEventRevisions",
    "/entente.v1.EventService/SummarizeEvents",
    "/entente.v1.PartnershipService/ListPartnerships",
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

/// Bounds on what clients make the server hold.
#[derive(Clone, Debug)]
pub(super) struct BufferingLimits {
    /// Longest message.
    pub message_len_max: usize,
    /// Maximum time for a whole request to arrive, and for a client to read a piece of an answer.
    pub stall_timeout: Duration,
    /// The clock of these times.
    pub clock: WallClock,
    /// Memory for unfinished requests.
    pub requests: ByteBudget,
    /// Memory for unread answers.
    pub answers: ByteBudget,
    /// Whether compressed requests are accepted, and answers compressed on request.
    pub compression: bool,
}

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
                stage: Stage::Reading {
                    reading: Reading::new(request),
                },
                service,
                answers: *answers,
                limits,
                room: None,
            },
            None => BufferingFuture {
                encoding: None,
                stage: Stage::Calling {
                    call: service.call(request),
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
        Reading { reading: Reading },
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
                StageProj::Reading { reading } => match ready!(reading.poll(cx, this.limits)) {
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
                        let share = share(&this.limits.answers, request.extensions());
                        Stage::Waiting {
                            waiting: Box::pin(wait(this.limits.clock.clone(), share)),
                            request: Some(request),
                        }
                    }
                },
                StageProj::Waiting { waiting, request } => {
                    match ready!(waiting.as_mut().poll(cx)) {
                        None => return Poll::Ready(Ok(no_room().into_http())),
                        Some(held) => {
                            *this.room = Some(AnswerRoom::ReservedBytes(held));
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

fn share(room: &ByteBudget, extensions: &Extensions) -> Share {
    room.share(peer(extensions))
}

fn peer(extensions: &Extensions) -> Option<SocketAddr> {
    extensions.get::<TcpConnectInfo>()?.remote_addr()
}

async fn wait(clock: WallClock, share: Share) -> Option<ReservedBytes> {
    clock.timeout(ROOM_WAIT, share.take(ANSWER_LEN_MAX)).await
}

/// A request that is arriving.
struct Reading {
    parts: Option<request::Parts>,
    body: Body,
    message: Message,
    held: Option<ReservedBytes>,
    late: Option<Pin<Box<Sleep>>>,
}

impl Reading {
    fn new(request: Request<Body>) -> Reading {
        let (parts, body) = request.into_parts();
        Reading {
            parts: Some(parts),
            body,
            message: Message::default(),
            held: None,
            late: None,
        }
    }

    fn poll(
        &mut self,
        cx: &mut Context<'_>,
        limits: &BufferingLimits,
    ) -> Poll<Result<Request<Body>, Status>> {
        if self.message.len == 0 {
            let parts = self.parts.as_ref().expect("it has not finished");
            check_request(&parts.headers, limits.compression)?;
        }
        while !self.body.is_end_stream() {
            match Pin::new(&mut self.body).poll_frame(cx) {
                Poll::Ready(Some(Ok(frame))) => {
                    if let Ok(chunk) = frame.into_data() {
                        self.take_chunk(chunk, limits)?;
                    }
                }
                Poll::Ready(Some(Err(_))) => return Poll::Ready(Err(gone())),
                Poll::Ready(None) => break,
                Poll::Pending => {
                    let timeout = limits.stall_timeout;
                    let sleep = || Box::pin(limits.clock.sleep(timeout));
                    let late = self.late.get_or_insert_with(sleep);
                    ready!(late.as_mut().poll(cx));
                    return Poll::Ready(Err(unfinished(timeout)));
                }
            }
        }
        Poll::Ready(self.finish())
    }

    fn take_chunk(&mut self, chunk: Bytes, limits: &BufferingLimits) -> Result<(), Status> {
        let (before, len) = (self.message.len, chunk.len());
        self.message.push(chunk, limits.message_len_max)?;
        if before + len > FREE_LEN {
            let parts = self.parts.as_ref().expect("it has not finished");
            let more = share(&limits.requests, &parts.extensions).try_take(len);
            match (more, &mut self.held) {
                (None, _) => return Err(no_room_for_request()),
                (Some(more), Some(held)) => held.merge(more),
                (Some(more), None) => self.held = Some(more),
            }
        }
        Ok(())
    }

    fn finish(&mut self) -> Result<Request<Body>, Status> {
        let parts = self.parts.take().expect("it finishes once");
        let message = mem::take(&mut self.message);
        let compressed = parts
            .headers
            .get("grpc-encoding")
            .is_some_and(|encoding| encoding != "identity");
        message.check(compressed)?;
        let body = BufferedRequest {
            first: message.first,
            more: message.more,
            _held: self.held.take(),
        };
        Ok(Request::from_parts(parts, Body::new(body)))
    }
}

/// The one message of a request, in the chunks in which it arrived.
#[derive(Default)]
struct Message {
    prefix: [u8; PREFIX_LEN],
    len: usize,
    first: Bytes,
    more: VecDeque<Bytes>,
}

impl Message {
    fn push(&mut self, chunk: Bytes, len_max: usize) -> Result<(), Status> {
        if self.len < PREFIX_LEN {
            let taken = chunk.len().min(PREFIX_LEN - self.len);
            self.prefix[self.len..][..taken].copy_from_slice(&chunk[..taken]);
        }
        self.len += chunk.len();
        if self.first.is_empty() {
            self.first = chunk;
        } else {
            self.more.push_back(chunk);
        }
        match self.announced_len() {
            Some(len) if len > len_max => Err(too_large(len, len_max)),
            Some(len) if self.len > PREFIX_LEN + len => Err(unreadable(
                "the request has more than one message; send one a call",
            )),
            _ => Ok(()),
        }
    }

    /// The length in the prefix, once the prefix has arrived.
    fn announced_len(&self) -> Option<usize> {
        let [_, a, b, c, d] = self.prefix;
        (self.len >= PREFIX_LEN).then(|| u32::from_be_bytes([a, b, c, d]) as usize)
    }

    /// Whether the body is one whole message, under a stated encoding.
    fn check(&self, encoding_told: bool) -> Result<(), Status> {
        let why = match (self.announced_len(), self.prefix[0]) {
            (None, _) if self.len == 0 => "the request has no message; send one a call",
            (Some(len), _) if self.len < PREFIX_LEN + len => {
                "the request ends before its message does; send as many bytes as its prefix tells"
            }
            (None, _) => "the request ends within the prefix of its message; send all of it",
            (Some(_), 1) if !encoding_told => {
                "the message is marked as compressed and grpc-encoding tells no encoding; send both \
                 or neither"
            }
            (Some(_), 0 | 1) => return Ok(()),
            (Some(_), _) => "the first byte of the message is neither 0 nor 1; send 0 for plain",
        };
        Err(unreadable(why))
    }
}

/// Returns the request as it arrived.
struct BufferedRequest {
    first: Bytes,
    more: VecDeque<Bytes>,
    _held: Option<ReservedBytes>,
}

impl HttpBody for BufferedRequest {
    type Data = Bytes;
    type Error = Status;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        _: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Status>>> {
        let next = match mem::take(&mut self.first) {
            first if first.is_empty() => self.more.pop_front(),
            first => Some(first),
        };
        Poll::Ready(next.map(|chunk| Ok(Frame::data(chunk))))
    }
}

/// The client aborted the call.
fn gone() -> Status {
    StatusBuilder::new(ErrorReason::ClientGone)
        .status("the client ended the call before its request was whole")
}

fn unfinished(timeout: Duration) -> Status {
    StatusBuilder::new(ErrorReason::RequestUnfinished).status(format!(
        "the request was not whole after {timeout:?}; send it faster, or less at a time"
    ))
}

fn no_room_for_request() -> Status {
    StatusBuilder::new(ErrorReason::RequestsUnfinished)
        .retry()
        .status(
            "too many bytes of requests that are not whole wait at the server; finish them, and \
             try again in a moment",
        )
}

fn no_room() -> Status {
    StatusBuilder::new(ErrorReason::AnswersNotTaken)
        .retry()
        .status(
            "too many bytes of answers that nobody has taken wait at the server; read those of \
             this connection, and try again in a moment",
        )
}

fn unreadable(why: &str) -> Status {
    StatusBuilder::new(ErrorReason::MessageUnreadable).status(why)
}
