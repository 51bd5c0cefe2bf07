//! The clock, which is handed to whatever needs the time of day or waits, so that a test can move it.
//!
//! A clock that a test moves wakes the tasks that wait by it. tokio's paused time was the alternative: it
//! stops time for the whole runtime, including the socket timeouts of a test's client, jumps ahead
//! whenever nothing is ready, needs a runtime with one thread, and does not reach the store's writer,
//! which is a thread of its own.

mod manual;
mod moment;
mod sleep;
mod wall_clock;

pub use manual::ManualClock;
pub use moment::Moment;
pub use sleep::Sleep;
pub use wall_clock::WallClock;
