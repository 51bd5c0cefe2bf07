//! The feed: a watch is a cursor that reads the log up to the head and then waits for the head.

mod admit;
mod consume;
mod consumer;
mod frames;
mod lag;
mod lease;
mod notices;
mod outlet;
mod registry;
mod request;
mod token;
mod views;
mod watch;

pub use admit::{Feed, FeedOptions, with_list_defaults, with_watch_defaults};
pub use consume::ConsumeRequest;
pub use lag::{Lag, lag};
pub use registry::{Registry, WatchLimits, WatchState};
pub use request::{ANONYMOUS, Begin, Client, End, View, WatchRequest};
pub use token::{Phase, TokenWriter};
pub use views::of as view_of;
pub use watch::Ended;
