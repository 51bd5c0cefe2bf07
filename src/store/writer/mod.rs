//! How writes are taken, made durable together and answered, by one thread.

pub(crate) mod admission;
pub(crate) mod ahead;
pub(crate) mod answers;
pub(crate) mod group;
pub(crate) mod held;
pub(crate) mod proposal;
pub(crate) mod queue;
pub(crate) mod room;
mod writer;

pub(crate) use writer::Writer;
