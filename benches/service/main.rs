//! What the service costs beside a bare tonic server that has the same messages and no store.
//!
//! `cargo bench` runs every work, `cargo bench -- publish replay` the ones named. Both servers are
//! processes of their own on loopback, and one client, this process, loads them in turn: what the
//! client costs and what else the machine does bounds both alike. So the ratios can be compared
//! between machines, the rates cannot. Nothing here passes or fails by its speed.

mod bare;
mod chart;
mod client;
mod compare;
mod events;
mod measure;
mod server;
mod sides;
mod table;
mod works;

use std::{env, error::Error};

use tokio::runtime::Runtime;

/// Why a bench could not be run.
type Failure = Box<dyn Error + Send + Sync>;

fn main() -> Result<(), Failure> {
    let arguments: Vec<String> = env::args().skip(1).collect();
    let runtime = Runtime::new()?;
    if let [bare::ARGUMENT, frames @ ..] =
        &*arguments.iter().map(String::as_str).collect::<Vec<_>>()
    {
        return runtime.block_on(bare::serve(frames.first().copied()));
    }
    // `cargo test --all-targets` runs benches too, and does not say this.
    if !arguments.iter().any(|argument| argument == "--bench") {
        println!("this measures for minutes; run it with cargo bench");
        return Ok(());
    }
    let named = arguments
        .into_iter()
        .filter(|argument| !argument.starts_with('-'))
        .collect();
    runtime.block_on(works::run(named))
}
