use std::{pin::Pin, time::Duration};

use tokio::time::{Instant, timeout_at};
use tonic::Streaming;

use super::{Cause, Client};
use crate::proto::v1::{WatchEventsRequest, WatchEventsResponse};

/// A call that has not been answered yet.
pub(super) type Opening = Pin<Box<dyn Future<Output = Result<Box<FrameStream>, Cause>> + Send>>;

/// One stream of frames. A missing or repeated frame ends it.
#[derive(Debug)]
pub(super) struct FrameStream {
    frames: Streaming<WatchEventsResponse>,
    opened: Instant,
    count: i64,
    silence_max: Duration,
    /// Since when the caller has been waiting for a frame.
    waiting_since: Option<Instant>,
}

/// Opens a stream, within the client's timeout.
pub(super) fn open(client: Client, request: WatchEventsRequest) -> Opening {
    Box::pin(async move {
        let (opened, silence_max) = (Instant::now(), client.timeout());
        let mut events = client.events();
        let answer = timeout_at(opened + silence_max, events.watch_events(request)).await;
        let answer = answer.map_err(|_| Cause::Silent(silence_max))??;
        Ok(Box::new(FrameStream {
            frames: answer.into_inner(),
            opened,
            count: 0,
            silence_max,
            waiting_since: None,
        }))
    })
}

impl FrameStream {
    /// Sets how long silence may last from now on.
    pub(super) fn expect_every(&mut self, silence_max: Duration) {
        self.silence_max = silence_max;
    }

    /// Returns when the call was made.
    pub(super) fn opened(&self) -> Instant {
        self.opened
    }

    /// Returns the next frame. Cancel safe: dropped before it is ready, it loses nothing, and the time
    /// waited still counts as silence.
    pub(super) async fn next(&mut self) -> Result<WatchEventsResponse, Cause> {
        // Frames that arrive while nobody waits stay in the connection and are read first. So a
        // timeout here is silence of the server, not slowness of the program.
        let since = *self.waiting_since.get_or_insert_with(Instant::now);
        let frame = timeout_at(since + self.silence_max, self.frames.message()).await;
        self.waiting_since = None;
        match frame {
            Ok(Ok(Some(frame))) => self.counted(frame),
            Ok(Ok(None)) => Err(Cause::Cut),
            Ok(Err(status)) => Err(status.into()),
            Err(_) => Err(Cause::Silent(self.silence_max)),
        }
    }

    fn counted(&mut self, frame: WatchEventsResponse) -> Result<WatchEventsResponse, Cause> {
        let (expected, received) = (self.count + 1, frame.frame);
        if received != expected {
            return Err(Cause::Gap { expected, received });
        }
        self.count = received;
        Ok(frame)
    }
}
