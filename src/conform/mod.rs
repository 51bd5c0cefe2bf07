//! `entente conform`: checks from outside that a server of `entente.v1` keeps its guarantees.
//!
//! It uses the public API alone. Each guarantee has a number and a function that tries to find it
//! broken; [`CHECKS`] lists them. In addition, every frame that any check receives is checked
//! against the rules of all streams, and a broken rule makes the check of its number fail.
//!
//! Unless it may only read, it publishes drills under names that begin with `conform-` and a random
//! word. Like everything in the log, they stay there. Consumers do not see them, since filters leave
//! drills out unless they name `exercise`.

mod broken_rules;
mod checks;
mod conditions;
mod costly;
mod frame;
mod garbage;
mod live;
mod named_bodies;
mod options;
mod order;
mod outcome;
mod progress;
mod proofs;
mod raw;
mod raw_codec;
mod reading;
mod refusals;
mod restarts;
mod resume;
mod rules;
mod run;
mod sample;
mod server_process;
mod shutdown;
mod start;
mod stops;
mod subscriptions;
mod target;
mod timer_lag;
mod tools;
mod vanished_client;
mod watch_requests;
mod watch_stream;
mod writes;

pub use checks::{CHECKS, Check, Needs, UNOBSERVABLE, Unobservable};
pub use options::Options;
pub use outcome::{Finding, Outcome};
pub use run::{check_program, check_server};
