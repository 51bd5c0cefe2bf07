use tonic::Status;

use crate::{
    cli::{connect::Connection, failure::Failure, note::note},
    client::{Frames, Step, WatchError, WatchOptions},
    proto::v1::{WatchEventsRequest, WatchEventsResponse},
};

/// The frames of a watch that resumes by itself and notes every interruption.
///
/// An interruption before the first frame is an error, as is a refusal at any time.
#[derive(Debug)]
pub(in crate::cli) struct Follower {
    server: Connection,
    frames: Frames,
}

impl Follower {
    /// Nothing is sent before the first call of [`next`](Self::next).
    pub(in crate::cli) fn new(server: Connection, request: WatchEventsRequest) -> Self {
        let options = WatchOptions::from(request).must_start();
        let frames = server.client().frames(options);
        Self { server, frames }
    }

    /// Returns the next frame; `None` after the stop condition. Cancel-safe.
    pub(in crate::cli) async fn next(&mut self) -> Result<Option<WatchEventsResponse>, Failure> {
        while let Some(step) = self
            .frames
            .next()
            .await
            .map_err(|error| self.failure(&error))?
        {
            match step {
                Step::Frame(frame) => return Ok(Some(*frame)),
                Step::Interrupted(interruption) => note(interruption.to_string()),
            }
        }
        Ok(None)
    }

    fn failure(&self, error: &WatchError) -> Failure {
        let status = error.status().cloned();
        self.server
            .failure(status.unwrap_or_else(|| Status::unavailable(error.to_string())))
    }
}
