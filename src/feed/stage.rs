//! How far a stream is in its own life, and how it ends.

use std::time::Duration;

use super::frame::{Bottleneck, EndReason, Frame};
use crate::{index::Position, store::StoreError};

/// Why a stream ended otherwise than with OK.
#[derive(Clone, Debug)]
pub enum Ended {
    /// It was as old as streams get.
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
    /// Its client accepted no frame for too long.
    Stalled { position: Position, retry: Duration },
    /// An operator ended it.
    Disconnected { position: Position, retry: Duration },
    /// Our own failure.
    Store(StoreError),
}

impl Ended {
    /// With what a stream at a position ends for a reason; `None` for OK. What ends a subscription says
    /// more than its reason.
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

/// What a watch has waited for since it had last caught up.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Waits {
    pub(super) for_client: Duration,
    pub(super) for_store: Duration,
}

impl Waits {
    /// What it waited for longer.
    pub(super) fn bottleneck(self) -> Bottleneck {
        if self.for_store > self.for_client {
            Bottleneck::Store
        } else {
            Bottleneck::Client
        }
    }
}

/// How far a stream is in its own life.
pub(super) enum Stage {
    Opening,
    Running,
    Closing(Option<Ended>),
    Closed,
}

/// What a watch does next.
pub(super) enum Step {
    /// Sends a frame.
    Say(Frame),
    /// Goes on at once.
    GoOn,
    /// Waits, for it has nothing to send.
    Wait,
}
