//! The clock, which is handed to whatever needs the time of day or waits, so that a test can move it.
//!
//! A clock that is moved by hand wakes those who wait by it. tokio's paused time was the other way: it
//! stands still for the whole runtime, also for the sockets' timeouts of a test's client, jumps by
//! itself whenever nothing is ready, works on runtimes of one thread alone, and does not know the
//! store's writer, which is a thread.

mod manual;
mod moment;
mod sleep;
mod wall_clock;

pub use manual::ManualClock;
pub use moment::Moment;
pub use sleep::Sleep;
pub use wall_clock::WallClock;
