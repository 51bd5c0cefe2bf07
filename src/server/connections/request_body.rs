use std::{
    pin::Pin,
    task::{Context, Poll, ready},
    time::Duration,
};

use bytes::Bytes;
use http_body::{Body, Frame, SizeHint};
use hyper::body::Incoming;
use tonic::Status;

use crate::{
    clock::{Sleep, WallClock},
    grpc::StatusBuilder,
    proto::v1::ErrorReason,
};

/// The messages of a streaming request, with a maximum time between two of them.
#[derive(Debug)]
pub(super) struct RequestBody {
    inner: Incoming,
    clock: WallClock,
    time: Duration,
    left: Option<Pin<Box<Sleep>>>,
}

impl RequestBody {
    /// Allows this time before each message.
    pub(super) fn new(inner: Incoming, clock: WallClock, time: Duration) -> RequestBody {
        RequestBody {
            inner,
            clock,
            time,
            left: None,
        }
    }
}

impl Body for RequestBody {
    type Data = Bytes;
    type Error = Status;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Status>>> {
        let this = &mut *self;
        if let Poll::Ready(frame) = Pin::new(&mut this.inner).poll_frame(context) {
            this.left = None;
            return Poll::Ready(frame.map(|frame| frame.map_err(|_| gone())));
        }
        let time = this.time;
        let sleep = || Box::pin(this.clock.sleep(time));
        let left = this.left.get_or_insert_with(sleep);
        ready!(left.as_mut().poll(context));
        Poll::Ready(Some(Err(unfinished(time))))
    }

    fn is_end_stream(&self) -> bool {
        self.inner.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.inner.size_hint()
    }
}

fn gone() -> Status {
    StatusBuilder::new(ErrorReason::ClientGone)
        .status("the client ended the call before its request was complete")
}

fn unfinished(time: Duration) -> Status {
    StatusBuilder::new(ErrorReason::RequestUnfinished).status(format!(
        "no more of the request came for {time:?}; end it, and send what comes later in another"
    ))
}
