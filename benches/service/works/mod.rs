//! The works, each of which gives rows of the table.

mod costly;
mod drain;
mod fan_out;
mod filters;
mod load;
mod memory;
mod publish;
mod reads;
mod replay;
mod run;
mod sizes;
mod start_up;
mod watchers;

pub use run::run;
