//! A bare tonic server: the methods that are measured, answered from memory.
//!
//! Every answer is encoded from its message, as in any tonic service; a stream is spared the clone
//! that most services would make first.

mod events;
mod publisher;
mod serve;

pub use serve::{ARGUMENT, address_in, serve};
