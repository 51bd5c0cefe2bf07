//! The works, each of which gives rows of the table.

mod calls;
mod fan_out;
mod footprints;
mod latencies;
mod publish;
mod push;
mod reads;
mod run;
mod sparse;
mod summary;
mod watchers;
mod work;

pub use run::run;
pub use work::Work;
