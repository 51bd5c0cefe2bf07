//! The writer: one thread that takes writes, makes them durable in groups, and answers them.

pub(crate) mod admission;
pub(crate) mod answer_chain;
pub(crate) mod clock_lag;
pub(crate) mod group;
pub(crate) mod overlay;
pub(crate) mod proposal;
pub(crate) mod queue;
pub(crate) mod write_gate;
mod writer;

pub(crate) use writer::Writer;
