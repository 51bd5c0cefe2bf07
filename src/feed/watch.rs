//! A watch: a tail of the log that ends when its client has what it wants.

use super::{
    frame::{EndReason, Frame},
    outgoing::Source,
    registry::Registration,
    stage::{Ended, Stage, Step},
    tail::Tail,
};
use crate::store::StoreError;

/// An admitted watch.
pub(super) struct Watch {
    tail: Tail,
}

impl Watch {
    pub(super) fn new(tail: Tail) -> Watch {
        Watch { tail }
    }

    async fn run(&mut self) -> Result<Frame, StoreError> {
        loop {
            match self.tail.step().await? {
                Step::Say(frame) => return Ok(frame),
                Step::GoOn => {}
                Step::Wait => self.tail.wait().await,
            }
        }
    }
}

impl Source for Watch {
    type Frame = Frame;

    async fn next(&mut self) -> Option<Result<Frame, Ended>> {
        match self.tail.asked() {
            Stage::Opening => Some(Ok(self.tail.started())),
            Stage::Running => {
                let frame = self.run().await;
                Some(frame.map_err(|error| self.tail.fail(error)))
            }
            Stage::Closing(ended) => ended.map(Err),
            Stage::Closed => None,
        }
    }

    fn end(&mut self, reason: EndReason) -> (Option<Frame>, Option<Ended>) {
        self.tail.end(reason)
    }

    fn fail(&mut self, error: StoreError) -> Ended {
        self.tail.fail(error)
    }

    fn registration(&self) -> &Registration {
        self.tail.registration()
    }
}
