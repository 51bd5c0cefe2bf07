//! D02 to D05: power cuts before and after every sync of one run.

use std::path::Path;

use entente::{
    proto::v1::EventChange,
    store::{Store, StoreOptions},
};

use crate::{
    harness::{Random, Server, earliest},
    power::Power,
    rounds::seeds,
    script::{Script, Told},
    volatile::{Model, Operation, VolatileDisk, replay},
};

/// In a directory that is not there yet, nor the one that it is in.
const STORE: &str = "of/the/store";

/// A run of a server: its first start, its work, a kill, another start, and its end.
struct Run {
    operations: Vec<Operation>,
    told: Vec<Told>,
    log: Vec<EventChange>,
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn d02_what_was_answered_outlives_a_power_cut_before_and_after_every_sync() {
    let Some(run) = Run::record().await else {
        return;
    };
    for seed in seeds(2) {
        let mut random = Random::new(seed);
        let mut cuts = 0;
        replay(&run.operations, |done, model| {
            if run.is_beside_a_sync(done) {
                run.cut(done, model, &mut random);
                cuts += 1;
            }
        });
        eprintln!("{cuts} cuts in {} operations", run.operations.len());
        assert!(cuts > 100, "{cuts}");
    }
}

impl Run {
    async fn record() -> Option<Run> {
        let mut disk = VolatileDisk::new(1)?;
        disk.begin_record();
        let mut server = Server::start_in(&disk.path().join(STORE), &[]).await;
        let told = Script::play(&disk, &server).await;
        // Finds something to do, as nothing was put in order before.
        server.kill_and_start_again().await;
        let (log, _) = server.watch(earliest("")).await.until_caught_up().await;
        server.terminate();
        server.ended().await;
        Some(Run {
            operations: disk.take_record(),
            told,
            log,
        })
    }

    /// Whether a sync is the last of so many operations, or the next.
    fn is_beside_a_sync(&self, done: usize) -> bool {
        let beside = &self.operations[done.saturating_sub(1)..self.operations.len().min(done + 1)];
        let is_sync = |operation| matches!(operation, &Operation::Sync(_));
        beside.iter().any(is_sync)
    }

    /// A cut after so many operations, and what is found then.
    fn cut(&self, done: usize, model: &Model, random: &mut Random) {
        let told = self.told.iter().rfind(|told| told.operations <= done);
        let told = told.expect("at first nothing was told");
        let home = tempfile::tempdir().expect("a directory for what is left");
        let left = model.after_cut(random).copy_to(home.path());
        left.expect("there is room");
        if let Err(broken) = self.check(&home.path().join(STORE), told) {
            panic!("after {done} operations, when {told:?}: {broken}");
        }
    }

    fn check(&self, directory: &Path, told: &Told) -> Result<(), String> {
        let options = StoreOptions {
            directory: directory.to_owned(),
            cache_bytes: 16 << 20,
            clock: Default::default(),
        };
        let store = Store::open(options).map_err(|error| error.to_string())?;
        let checked = self
            .check_log(&store, told)
            .and_then(|()| self.check_subscription(&store, told));
        store.close();
        checked
    }

    /// The log is a beginning of what it was at the end, with all that was told and no half write.
    fn check_log(&self, store: &Store, told: &Told) -> Result<(), String> {
        let head = store.head();
        if told
            .epoch
            .as_deref()
            .is_some_and(|epoch| epoch != store.epoch())
        {
            return Err(format!("D02: it is another store, {}", store.epoch()));
        }
        if head.position < told.head.unsigned_abs() {
            return Err(format!("D02: the log ends at {}", head.position));
        }
        let Some(last) = (head.position as usize).checked_sub(1) else {
            return Ok(());
        };
        match self.log.get(last) {
            Some(change) if change.digest != head.digest.to_string() => {
                Err(format!("D03: another digest at {}", head.position))
            }
            Some(change) if change.continued => {
                Err(format!("D04: a part of a write, up to {}", head.position))
            }
            Some(_) => Ok(()),
            None => Err(format!("D03: there never was a position {}", head.position)),
        }
    }

    fn check_subscription(&self, store: &Store, told: &Told) -> Result<(), String> {
        let Some(cursor) = store.cursors().get("s") else {
            return match told.acked {
                Some(_) => Err("D02: the subscription is not there".to_owned()),
                None => Ok(()),
            };
        };
        let acked = cursor.acked;
        let known = |told: &Told| told.acked.is_some_and(|told| told.unsigned_abs() == acked);
        if told.acked.unwrap_or(0).unsigned_abs() > acked || !self.told.iter().any(known) {
            return Err(format!("D02: the subscription is at {acked}"));
        }
        Ok(())
    }
}
