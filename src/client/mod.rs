//! The client library: a watch that resumes by itself and reports its state.
//!
//! [`Client`] is a connection to a server; it is cheap to clone. [`Client::watch`] follows the log
//! through every interruption and delivers each change once, in order:
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
//! Every change comes with a [`Checkpoint`]. Store it once the change has had its effect, and pass
//! it to [`WatchOptions::resume`] after a restart. Nothing is missed, and only changes that were
//! processed but whose checkpoint was not stored come again. If you store it in the transaction of
//! the effect itself, each change has its effect exactly once; [`Sink`] and [`Client::deliver`] do
//! that with your database.
//!
//! # What is promised
//!
//! - One [`Watch`] skips no change and delivers none twice, whatever happens to the connection or
//!   the server. It counts frames; after a gap it resumes from the last frame before the gap.
//! - Nothing is queued: [`Watch::next`] reads a frame from the connection when it is called.
//!   [`ClientBuilder::windows`] bounds what the connection itself holds.
//! - A dead connection is noticed: if no frame comes within a heartbeat and
//!   [`WatchOptions::grace`], the watch resumes on a new connection. [`Watch::staleness`] returns
//!   the age of the newest frame.
//! - A failure that waiting cannot cure is a [`WatchError`] with the remaining
//!   [choices](WatchError::choices). Nothing is chosen silently.

mod backoff;
mod begin;
mod builder;
mod cause;
mod change;
mod connection;
mod error;
mod options;
mod reconnecting;
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
pub use options::WatchOptions;
pub use reconnecting::{Frames, Step};
#[cfg(feature = "cli")]
pub(crate) use refusal::is_passing;
pub use sink::{DeliverError, Sink};
pub use watch::{Item, Watch};
