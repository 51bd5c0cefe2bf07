//! The client library: a watch that goes on by itself, and says what it knows.
//!
//! [`Client`] is a connection to a server; it is cheap to clone. [`Client::watch`] follows the log
//! through every interruption and gives each change once, in order:
//!
//! ```no_run
//! use entente::client::{Client, Item, Start, WatchOptions};
//!
//! # async fn example() -> Result<(), Box<dyn std::error::Error>> {
//! let client = Client::new("http://127.0.0.1:50051")?;
//! let options = WatchOptions::new("party:JP AND kind = AGREEMENT").start(Start::Snapshot);
//! let mut watch = client.watch(options);
//! while let Some(item) = watch.next().await? {
//!     match item {
//!         Item::Change(change) => println!("{} {}", change.position(), change.name()),
//!         Item::Reconnecting(interruption) => eprintln!("{interruption}"),
//!         _ => {}
//!     }
//! }
//! # Ok(())
//! # }
//! ```
//!
//! # Process, then save
//!
//! Every change comes with a [`Checkpoint`]. Store it once the change has had its effect, and give
//! it back with [`WatchOptions::resume`] after a restart: nothing is missed, and at most what was
//! processed but not yet stored comes again. Stored in the transaction of the effect itself, each
//! change has its effect exactly once; [`Sink`] and [`Client::deliver`] do that with a database of
//! yours.
//!
//! # What is promised
//!
//! - No change is left out and none is given twice by one [`Watch`], whatever happens to the
//!   connection or the server. Frames are counted; after a gap the stream is opened again where
//!   the last whole part of it ended.
//! - Nothing is queued: a frame is taken from the connection when [`Watch::next`] asks for it. What
//!   the connection itself holds is bounded by [`ClientBuilder::windows`].
//! - Silence is not mistaken for calm: without a sign of life for a heartbeat and
//!   [`WatchOptions::grace`], the stream is dropped and opened again, on a new connection.
//!   [`Watch::staleness`] tells how old the newest sign is.
//! - What waiting cannot cure is a [`WatchError`] with the [choices](WatchError::choices) that
//!   remain. Nothing is chosen silently.

mod backoff;
mod begin;
mod builder;
mod cause;
mod change;
mod connection;
mod error;
mod frames;
mod options;
mod refusal;
mod sink;
mod stream;
mod watch;

pub use begin::{Start, Stop};
pub use builder::{ClientBuilder, ConnectError};
pub(crate) use cause::innermost;
#[cfg(feature = "cli")]
pub(crate) use cause::sentence;
pub use cause::{Cause, Interruption};
pub use change::{Change, Checkpoint};
pub use connection::Client;
pub use error::{Choice, WatchError};
pub use frames::{Frames, Step};
pub use options::WatchOptions;
#[cfg(feature = "cli")]
pub(crate) use refusal::is_passing;
pub use sink::{DeliverError, Sink};
pub use watch::{Item, Watch};
