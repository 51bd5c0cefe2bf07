//! `entente conform`: what the service guarantees, checked from outside against any server that
//! speaks `entente.v1`.
//!
//! It knows the public API and nothing of the server's inside. Each guarantee has a number and a
//! function that tries to find it broken; [`CHECKS`] lists them. On top, every frame that any check
//! receives is held against the rules of all streams, and what breaks them counts against the
//! number of the rule.
//!
//! Unless told to only read, it publishes drills under names of its own, `conform-` and a random
//! word, which stay in the log as everything does. Consumers do not see them, as drills are kept
//! from every filter that does not name `exercise`.

mod asking;
mod checks;
mod costly;
mod garbage;
mod hearing;
mod ledger;
mod live;
mod noise;
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
mod route;
mod rules;
mod run;
mod sample;
mod shutdown;
mod spawned;
mod start;
mod stops;
mod subscriptions;
mod target;
mod tools;
mod watching;
mod writes;

pub use checks::{CHECKS, Check, Needs, UNSEEN, Unseen};
pub use options::Options;
pub use outcome::{Finding, Outcome};
pub use run::{check_program, check_server};
