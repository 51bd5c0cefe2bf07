//! What a stream says, piece by piece, before any output has encoded it.

use std::{sync::Arc, time::Duration};

use crate::{
    filter::BodiesOfTerm,
    index::{Crossing, Position},
    store::{Record, StoreError},
};

/// Clients wait this long before they go on elsewhere.
const RETRY_DELAY: Duration = Duration::from_secs(1);

/// One piece of a watch.
#[derive(Clone, Debug)]
pub struct Frame {
    /// The first frame of a stream has 1.
    pub number: u64,
    /// Returns the position up to which every matching change was sent.
    pub position: Position,
    /// What the client sends to go on after the frame.
    pub token: String,
    /// When the frame was made, in microseconds since 1970.
    pub micros: i64,
    pub payload: Payload,
}

/// What a frame says.
#[derive(Clone, Debug)]
pub enum Payload {
    /// Boxed, as it is large and there is one in a stream.
    Started(Box<Started>),
    Change(Delivery),
    Progress {
        head: Position,
        /// Changes looked at so far, those that do not match as well.
        scanned_changes: u64,
    },
    CaughtUp {
        sent_changes: u64,
    },
    FellBehind {
        head: Position,
        lag: Duration,
        cause: Bottleneck,
    },
    Ending {
        reason: EndReason,
        /// How long to wait before going on elsewhere.
        retry: Duration,
    },
}

/// How a watch begins.
#[derive(Clone, Debug)]
pub struct Started {
    /// "watches/{watch}".
    pub watch: String,
    pub normalized_filter: String,
    /// The first position of the log.
    pub oldest: Position,
    pub head: Position,
    pub heartbeat: Duration,
    pub max_age: Duration,
    pub store_epoch: String,
    pub hints: Vec<String>,
    pub bodies: Vec<BodiesOfTerm>,
}

/// A change on its way to the client.
#[derive(Clone, Debug)]
pub struct Delivery {
    pub record: Arc<Record>,
    pub previous: Option<Arc<Record>>,
    /// `None` for an event that stands in a snapshot.
    pub crossing: Option<Crossing>,
}

/// What a watch that falls behind waits for.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Bottleneck {
    Client,
    Store,
}

/// Why a stream ends.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum EndReason {
    StopReached,
    MaxAge,
    Draining,
    DisconnectedByAdmin,
    ConsumerStalled,
    LeaseLost,
}

impl EndReason {
    /// How long clients wait before they go on elsewhere.
    pub(super) fn retry(self) -> Duration {
        match self {
            EndReason::StopReached | EndReason::LeaseLost => Duration::ZERO,
            _ => RETRY_DELAY,
        }
    }
}

/// One piece of a subscription's stream.
#[derive(Clone, Debug)]
pub struct Consumed {
    pub lease_epoch: u64,
    /// How often the change was sent to consumers, this time included; of a frame without one, that of
    /// the first change that is not acknowledged.
    pub attempt: u32,
    pub frame: Frame,
    /// Boxed, as few frames have one.
    pub filter_changed: Option<Box<FilterChanged>>,
}

/// Another filter applies from here on.
#[derive(Clone, Debug)]
pub struct FilterChanged {
    pub after: Position,
    pub normalized_filter: String,
    pub hints: Vec<String>,
    pub bodies: Vec<BodiesOfTerm>,
}

/// Encodes the pieces of one stream, of type `F`, for one kind of output.
pub trait FrameCodec<F>: Send + 'static {
    /// What the output sends.
    type Item: Send + 'static;

    fn encode(&mut self, frame: &F) -> Result<Self::Item, StoreError>;

    /// Bytes of an encoded piece.
    fn len(item: &Self::Item) -> usize;
}
