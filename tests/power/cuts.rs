//! D02 to D05: what a power cut leaves behind.

use crate::{
    disk::Disk,
    harness::Server,
    life::{Life, START_MILLIS_MAX},
    power::Power,
    rounds::seeds,
    volatile::VolatileDisk,
};

/// Room for a life and for what the store keeps free.
const MEBIBYTES: u64 = 512;
const CUTS_OF_A_LIFE: usize = 6;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn d02_d05_what_was_answered_outlives_a_power_cut_at_any_moment() {
    for seed in seeds(3) {
        let Some(mut disk) = Disk::new(MEBIBYTES) else {
            return;
        };
        live(&mut disk, seed).await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn d02_what_was_answered_outlives_a_power_cut_that_keeps_any_part_of_the_rest() {
    for seed in seeds(3) {
        let Some(mut disk) = VolatileDisk::new(seed) else {
            return;
        };
        live(&mut disk, seed).await;
    }
}

async fn live(disk: &mut impl Power, seed: u64) {
    // In a directory that is not there yet, nor the one that it is in.
    let server = Server::start_in(&disk.path().join("of/the/store"), &[]).await;
    let mut life = Life::begin(server, seed).await;
    for cut in 1..=CUTS_OF_A_LIFE {
        if let Err(broken) = live_through_a_cut(&mut life, disk).await {
            panic!("seed {seed}, cut {cut}: {broken}\n{}", life.server.log());
        }
    }
    assert!(life.answers() > 100, "{}", life.answers());
}

/// One round: clients at work, a cut, starts that are cut themselves, a start, and the checks.
pub async fn live_through_a_cut(life: &mut Life, disk: &mut impl Power) -> Result<(), String> {
    let work = life.work().await?;
    disk.cut();
    // A while in which it sees its disk fail: nothing that it says then is untrue either.
    life.pause(40).await;
    life.server.kill();
    life.note(work).await;
    disk.power_on();
    for _ in 0..life.random.below(3) {
        cut_while_starting(life, disk).await;
    }
    life.server.try_start_again().await?;
    life.check().await
}

async fn cut_while_starting(life: &mut Life, disk: &mut impl Power) {
    let starting = life.start();
    life.pause(START_MILLIS_MAX).await;
    disk.cut();
    drop(starting);
    disk.power_on();
}
