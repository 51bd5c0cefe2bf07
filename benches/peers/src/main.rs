//! The same work on entente, on other systems and on a bare tonic server without a store, in turn.
//!
//! Started by `scripts/bench-peers`, which builds and installs what is started here. Every system is
//! one process on loopback that makes durable what it acknowledges, but for the bare server, which
//! keeps nothing. One client, this process, loads them: what the client costs and what else the
//! machine does bounds all alike. So the ratios can be compared between machines, the rates cannot.

// What is shared with the bench of the service takes its messages from the crate of this name, which
// would bring the whole server with it.
extern crate self as entente;

mod chart;
#[allow(dead_code, reason = "the bench of the service needs more of it")]
#[path = "../../service/client.rs"]
mod client;
mod compare;
#[allow(dead_code, reason = "the bench of the service needs more of it")]
#[path = "../../service/events.rs"]
mod events;
mod footprint;
mod options;
mod process;
pub mod proto;
mod system;
mod systems;
mod table;
mod unit;
mod works;

use std::{env, error::Error};

use options::Options;
use tokio::{
    runtime::Runtime,
    signal::unix::{SignalKind, signal},
};

/// Why a bench could not be run.
type Failure = Box<dyn Error + Send + Sync>;

fn main() -> Result<(), Failure> {
    let options = Options::parse(env::args().skip(1))?;
    Runtime::new()?.block_on(async {
        let mut interrupted = signal(SignalKind::interrupt())?;
        let mut terminated = signal(SignalKind::terminate())?;
        // Either way the systems are dropped, and with them their processes.
        tokio::select! {
            done = works::run(&options) => done,
            _ = interrupted.recv() => Err("interrupted".into()),
            _ = terminated.recv() => Err("terminated".into()),
        }
    })
}
