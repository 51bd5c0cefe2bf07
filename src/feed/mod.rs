//! The feed: a watch is a cursor that reads the log up to the head and then waits for the head.

mod changes;
mod consumer;
#[expect(
    clippy::module_inception,
    reason = "the module is named after what it is about"
)]
mod feed;
mod filter_hints;
mod frame;
mod frames;
mod lag;
mod lease;
mod outgoing;
mod reader;
mod registry;
mod request;
mod snapshot_members;
mod stage;
mod stall;
mod stop_condition;
mod stream_handle;
mod stream_lifetime;
mod tail;
mod token;
mod watch;
mod watch_state;

pub use feed::{Feed, FeedOptions};
pub use filter_hints::{hints, hints_of, plain_hints};
pub use frame::{
    Bottleneck, Consumed, Delivery, EndReason, FilterChanged, Frame, FrameCodec, Payload, Started,
};
pub use lag::{Lag, lag, lag_here};
pub use registry::{Registry, WatchLimits};
pub use request::{ANONYMOUS, Begin, Client, ConsumeRequest, End, WatchRequest};
pub use stage::Ended;
pub use token::{Checkpoint, Phase, TokenWriter, read_token};
pub use watch_state::WatchState;
