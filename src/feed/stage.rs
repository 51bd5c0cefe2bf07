//! The life cycle of a stream, and how it ends.

use std::time::Duration;

use super::frame::{Bottleneck, EndReason, Frame};
use crate::{index::Position, store::StoreError};

/// Why a stream ended with an error.
#[derive(Clone, Debug)]
pub enum Ended {
    /// The stream reached its maximum age.
    MaxAge { position: Position, retry: Duration },
    /// The server is shutting down.
    Draining { position: Position, retry: Duration },
    /// Another consumer holds the lease of the subscription, or its cursor was moved.
    LeaseLost {
        name: String,
        epoch: u64,
        position: Position,
    },
    /// The subscription was deleted.
    SubscriptionGone { name: String },
    /// The client accepted no frame for too long.
    Stalled { position: Position, retry: Duration },
    /// An operator ended it.
    Disconnected { position: Position, retry: Duration },
    /// Our own failure.
    Store(StoreError),
}

impl Ended {
    /// Returns the error with which a stream at a position ends; `None` for OK. Ends of a subscription carry
    /// more details than their reason.
    pub(super) fn of(reason: EndReason, position: Position) -> Option<Ended> {
        let retry = reason.retry();
        match reason {
            EndReason::Draining => Some(Ended::Draining { position, retry }),
            EndReason::MaxAge => Some(Ended::MaxAge { position, retry }),
            EndReason::ConsumerStalled => Some(Ended::Stalled { position, retry }),
            EndReason::DisconnectedByAdmin => Some(Ended::Disconnected { position, retry }),
            EndReason::StopReached | EndReason::LeaseLost => None,
        }
    }
}

/// How long a watch has waited, and for what, since it last caught up.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Waits {
    pub(super) for_client: Duration,
    pub(super) for_store: Duration,
}

impl Waits {
    /// Returns what the watch waited for longer.
    pub(super) fn bottleneck(self) -> Bottleneck {
        if self.for_store > self.for_client {
            Bottleneck::Store
        } else {
            Bottleneck::Client
        }
    }
}

/// The stage of a stream's life.
pub(super) enum Stage {
    Opening,
    Running,
    Closing(Option<Ended>),
    Closed,
}

/// The next step of a stream.
pub(super) enum Step {
    /// Sends a frame.
    Say(Frame),
    /// Continues at once.
    GoOn,
    /// Waits, because there is nothing to send.
    Wait,
}
