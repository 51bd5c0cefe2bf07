use std::{
    future::Future as _,
    pin::Pin,
    task::{Context, Poll},
};

use tokio::time::Instant;
use tokio_stream::Stream;
use tonic::Status;

use super::error;
use crate::{
    clock::{Sleep, WallClock},
    command::Frames,
    wire::Encoded,
};

/// Frames as gRPC sends them, until the client's deadline; the transport itself enforces it only until the
/// first message. An error is the last item.
pub struct FrameStream {
    /// `None` once the last item was an error.
    frames: Option<Frames<Encoded>>,
    deadline: Option<Pin<Box<Sleep>>>,
}

impl FrameStream {
    /// Sends these frames to a client that waits until the deadline.
    pub(super) fn new(
        frames: Frames<Encoded>,
        clock: &WallClock,
        deadline: Option<Instant>,
    ) -> FrameStream {
        FrameStream {
            frames: Some(frames),
            deadline: deadline.map(|deadline| Box::pin(clock.sleep_until(deadline))),
        }
    }
}

impl Stream for FrameStream {
    type Item = Result<Encoded, Status>;

    fn poll_next(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Encoded, Status>>> {
        let Some(frames) = &mut self.frames else {
            return Poll::Ready(None);
        };
        if let Poll::Ready(frame) = frames.as_mut().poll_next(context) {
            return Poll::Ready(frame.map(|frame| frame.map_err(error::ended)));
        }
        let deadline = self.deadline.as_mut();
        if deadline.is_some_and(|deadline| deadline.as_mut().poll(context).is_ready()) {
            // Drops the stream, because nobody reads its frames any more.
            self.frames = None;
            return Poll::Ready(Some(Err(error::deadline_exceeded())));
        }
        Poll::Pending
    }
}
