//! D01, D03 to D05 and S05: what kills leave behind, by the checks of power cuts.

use crate::{
    harness::Server,
    life::{Life, START_MILLIS_MAX},
    rounds::seeds,
};

const KILLS_OF_A_LIFE: usize = 6;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn d01_what_was_answered_outlives_kills_and_watchers_that_resume_miss_nothing() {
    for seed in seeds(1) {
        let server = Server::start().await;
        let mut life = Life::begin(server, seed).await;
        for kill in 1..=KILLS_OF_A_LIFE {
            if let Err(broken) = live_through_a_kill(&mut life).await {
                panic!("seed {seed}, kill {kill}: {broken}\n{}", life.server.log());
            }
        }
        assert!(life.answers() > 100, "{}", life.answers());
    }
}

async fn live_through_a_kill(life: &mut Life) -> Result<(), String> {
    let work = life.work().await?;
    life.server.kill();
    life.note(work).await;
    for _ in 0..life.random.below(3) {
        let starting = life.start();
        life.pause(START_MILLIS_MAX).await;
        starting.kill();
    }
    life.server.try_start_again().await?;
    life.check().await
}
