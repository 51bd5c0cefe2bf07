//! The works, each of which gives rows of the table.

mod calls;
mod fan_out;
mod publish;
mod reads;
mod run;

pub use run::{WORKS, run};
