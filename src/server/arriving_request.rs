//! A request that arrives, as one whole message, within a time and within bounds of memory.

use std::{
    collections::VecDeque,
    mem,
    pin::Pin,
    task::{Context, Poll, ready},
    time::Duration,
};

use bytes::Bytes;
use http::{Request, request};
use http_body::{Body as HttpBody, Frame};
use tonic::{Status, body::Body};

use super::{
    buffering_limits::BufferingLimits, byte_budget::ReservedBytes, compression::check_request,
    transport_status::too_large,
};
use crate::{clock::Sleep, grpc::StatusBuilder, proto::v1::ErrorReason};

/// Length of the prefix of each message in a gRPC body: a flag and four bytes of length.
const PREFIX_LEN: usize = 5;

/// A request up to this length is not counted: a connection costs that much anyway.
const FREE_LEN: usize = 16 << 10;

/// A request that is arriving.
pub(super) struct ArrivingRequest {
    parts: Option<request::Parts>,
    body: Body,
    message: Message,
    held: Option<ReservedBytes>,
    late: Option<Pin<Box<Sleep>>>,
}

impl ArrivingRequest {
    /// Begins with the head of a request.
    pub(super) fn new(request: Request<Body>) -> ArrivingRequest {
        let (parts, body) = request.into_parts();
        ArrivingRequest {
            parts: Some(parts),
            body,
            message: Message::default(),
            held: None,
            late: None,
        }
    }

    /// Waits until the request is whole, within its bounds.
    pub(super) fn poll(
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
            let more = limits.requests.share_of(&parts.extensions).try_take(len);
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
                "the request has more than one message; send one per call",
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
            (None, _) if self.len == 0 => "the request has no message; send one per call",
            (Some(len), _) if self.len < PREFIX_LEN + len => {
                "the request ends before its message does; send as many bytes as its prefix tells"
            }
            (None, _) => "the request ends within the prefix of its message; send all of it",
            (Some(_), 1) if !encoding_told => {
                "the message is marked as compressed and grpc-encoding names no encoding; send both \
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
        .status("the client ended the call before its request was complete")
}

fn unfinished(timeout: Duration) -> Status {
    StatusBuilder::new(ErrorReason::RequestUnfinished).status(format!(
        "the request was not complete after {timeout:?}; send it faster, or less at a time"
    ))
}

fn no_room_for_request() -> Status {
    StatusBuilder::new(ErrorReason::RequestsUnfinished)
        .retry()
        .status(
            "the server holds too many bytes of unfinished requests; finish yours, and try again in a \
             moment",
        )
}

fn unreadable(why: &str) -> Status {
    StatusBuilder::new(ErrorReason::MessageUnreadable).status(why)
}
