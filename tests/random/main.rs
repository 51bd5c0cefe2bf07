//! Sequences of operations in a random order, against a model that shares nothing with the server.
//!
//! Most run on a log in memory, and some on disk too: what a store does is the same there, and what
//! the disk does has tests of its own.
//!
//! `ENTENTE_RANDOM_SEED=7 cargo test --test random` runs one sequence again, on both, and
//! `ENTENTE_RANDOM_OPERATIONS=1000000` runs as many as have that many operations in all.

#[path = "../harness/random.rs"]
mod random;
mod harness {
    pub use super::random::Random;
}
mod messages;
mod model;
mod operation;
mod world;

use std::{env, panic::AssertUnwindSafe};

use self::{
    operation::{Operation, sequence},
    world::{LogPlace, World},
};

const SEEDS: u64 = 2_000;
/// Of so many sequences one also runs on disk.
const ON_DISK_EVERY: u64 = 20;
/// Sequences that run beside one another, as each waits most of the time.
const BESIDE: u64 = 4;
/// How often a failing sequence is run again to make it shorter.
const ATTEMPTS_MAX: usize = 150;

#[test]
fn whatever_is_done_in_whatever_order_the_server_answers_as_the_model_does() {
    if let Some(seed) = number("ENTENTE_RANDOM_SEED") {
        check(seed, LogPlace::Memory);
        return check(seed, LogPlace::Disk);
    }
    let mut seeds = SEEDS;
    if let Some(operations) = number("ENTENTE_RANDOM_OPERATIONS") {
        seeds = 0;
        let mut planned = 0;
        while planned < operations {
            planned += len(seeds) as u64;
            seeds += 1;
        }
    }
    std::thread::scope(|scope| {
        for first in 0..BESIDE {
            scope.spawn(move || {
                for seed in (first..seeds).step_by(BESIDE as usize) {
                    check(seed, LogPlace::Memory);
                    if (seed / BESIDE).is_multiple_of(ON_DISK_EVERY) {
                        check(seed, LogPlace::Disk);
                    }
                }
            });
        }
    });
}

fn number(variable: &str) -> Option<u64> {
    let text = env::var(variable).ok()?;
    Some(
        text.parse()
            .unwrap_or_else(|_| panic!("{variable} is a number")),
    )
}

fn len(seed: u64) -> usize {
    30 + (seed % 31) as usize
}

fn check(seed: u64, place: LogPlace) {
    let operations = sequence(seed, len(seed));
    let Err((failed_at, why)) = run(&operations, place) else {
        return;
    };
    let (short, why) = shortened(
        operations[..=failed_at.min(operations.len() - 1)].to_vec(),
        why,
        place,
    );
    let list: Vec<String> = short.iter().map(|one| format!("  {one:?}")).collect();
    panic!(
        "seed {seed} on {place:?}: {why}\nafter\n{}\nENTENTE_RANDOM_SEED={seed} runs it again",
        list.join("\n")
    );
}

/// Leaves out what the failure does not need.
fn shortened(
    mut operations: Vec<Operation>,
    mut why: String,
    place: LogPlace,
) -> (Vec<Operation>, String) {
    let mut attempts = 0;
    let mut part = operations.len() / 2;
    while part > 0 {
        let mut at = 0;
        while at < operations.len() && attempts < ATTEMPTS_MAX {
            attempts += 1;
            let mut fewer = operations.clone();
            fewer.drain(at..(at + part).min(operations.len()));
            match run(&fewer, place) {
                Err((_, other)) if other.split(' ').next() == why.split(' ').next() => {
                    (operations, why) = (fewer, other);
                }
                _ => at += part,
            }
        }
        part /= 2;
    }
    (operations, why)
}

/// Which operation failed, and why; the number of all when it was the look at the end.
fn run(operations: &[Operation], place: LogPlace) -> Result<(), (usize, String)> {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(1)
        .enable_all()
        .build()
        .expect("threads");
    let ran = std::panic::catch_unwind(AssertUnwindSafe(|| {
        runtime.block_on(async {
            let mut world = World::new(place).await;
            let mut result = Ok(());
            for (at, operation) in operations.iter().enumerate() {
                if let Err(why) = world.run(operation).await {
                    result = Err((at, why));
                    break;
                }
            }
            if result.is_ok() {
                result = world.finish().await.map_err(|why| (operations.len(), why));
            }
            world.close().await;
            result
        })
    }));
    runtime.shutdown_background();
    ran.unwrap_or_else(|_| Err((operations.len(), "panicked".to_owned())))
}
