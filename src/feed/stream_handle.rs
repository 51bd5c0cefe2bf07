//! What ends a stream from outside.

use std::{
    fmt,
    sync::{Arc, OnceLock, Weak},
};

use tokio_util::sync::CancellationToken;

use super::frame::EndReason;

/// A stream that can be ended while its client takes nothing.
pub trait OpenStream: Send + Sync {
    /// Makes its next frame, if there is one, before its client asks for it.
    fn drive(&self);

    /// Ends it unless it is waiting for something to say, and tells whether it did.
    fn end_resting(&self, reason: EndReason) -> bool;
}

/// Ends one stream, wherever it is.
pub struct StreamHandle {
    /// Cancelled when it is to end before its time.
    ended: CancellationToken,
    stream: OnceLock<Weak<dyn OpenStream>>,
}

impl fmt::Debug for StreamHandle {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("StreamHandle").finish_non_exhaustive()
    }
}

impl StreamHandle {
    /// Of a stream that ends when `ended` is cancelled.
    pub fn new(ended: CancellationToken) -> StreamHandle {
        StreamHandle {
            ended,
            stream: OnceLock::new(),
        }
    }

    /// Is of this stream from now on. A second one is ignored.
    pub fn set(&self, stream: &Arc<dyn OpenStream>) {
        let _ = self.stream.set(Arc::downgrade(stream));
    }

    /// Ends it at once. The last frame tells its client why.
    pub fn disconnect(&self) {
        self.ended.cancel();
        self.drive();
        self.end_resting(EndReason::DisconnectedByAdmin);
    }

    /// Has it make the frame that it would if its client asked for one.
    pub fn drive(&self) {
        if let Some(stream) = self.stream() {
            stream.drive();
        }
    }

    /// Ends it if it is resting with a frame that its client has not taken, and tells whether it was.
    pub fn end_resting(&self, reason: EndReason) -> bool {
        self.stream()
            .is_some_and(|stream| stream.end_resting(reason))
    }

    fn stream(&self) -> Option<Arc<dyn OpenStream>> {
        self.stream.get().and_then(Weak::upgrade)
    }
}
