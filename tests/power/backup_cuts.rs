//! D08: power cuts while a backup is written beside the store, and clients write.

use std::path::PathBuf;

use entente::backup::check_files;

use crate::{
    harness::{Running, Server, after},
    life::Life,
    power::Power,
    rounds::seeds,
    volatile::VolatileDisk,
};

const CUTS_OF_A_LIFE: usize = 5;
/// The longest time between the start of a backup and a cut, in milliseconds.
const BACKUP_MILLIS_MAX: usize = 150;

/// A backup that is made again and again under one name.
struct Backup {
    file: PathBuf,
    /// Where the log was, at least, when the one began that was last said to be done.
    done: Option<u64>,
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn d08_a_power_cut_leaves_a_backup_whole_or_the_one_before_or_none() {
    for seed in seeds(2) {
        let Some(mut disk) = VolatileDisk::new(seed) else {
            return;
        };
        let server = Server::start_in(&disk.path().join("data"), &[]).await;
        let mut life = Life::begin(server, seed).await;
        let mut backup = Backup {
            file: disk.path().join("entente.backup"),
            done: None,
        };
        for cut in 1..=CUTS_OF_A_LIFE {
            if let Err(broken) = live_through_a_cut(&mut life, &mut backup, &mut disk).await {
                panic!("seed {seed}, cut {cut}: {broken}\n{}", life.server.log());
            }
        }
    }
}

async fn live_through_a_cut(
    life: &mut Life,
    backup: &mut Backup,
    disk: &mut VolatileDisk,
) -> Result<(), String> {
    let work = life.work().await?;
    let head = life.server.info().await.head_position.unsigned_abs();
    let mut making = backup.begin(&life.server);
    match life.random.below(3) {
        0 => drop(making.ended().await),
        _ => life.pause(BACKUP_MILLIS_MAX).await,
    }
    disk.cut();
    life.pause(40).await;
    life.server.kill();
    life.note(work).await;
    if making.ended().await.success() {
        backup.done = Some(head);
    }
    disk.power_on();
    life.server.try_start_again().await?;
    life.check().await?;
    backup.check(&life.server).await
}

impl Backup {
    fn begin(&self, server: &Server) -> Running {
        let server = format!("--server=http://{}", server.grpc_address());
        let file = self.file.to_str().expect("plain text");
        Running::start(&["backup", "create", file, &server], "")
    }

    /// Under its name there is a whole one or none, and none only if none was said to be done.
    async fn check(&self, server: &Server) -> Result<(), String> {
        let done = self.done.unwrap_or(0);
        if !self.file.exists() {
            return match self.done {
                Some(_) => Err(format!("D08: the backup of position {done} is gone")),
                None => Ok(()),
            };
        }
        let summaries = check_files(std::slice::from_ref(&self.file));
        let summaries = summaries.map_err(|error| format!("D08: {error}"))?;
        let head = summaries.last().map(|summary| summary.head);
        let head = head.filter(|head| head.position >= done);
        let head = head.ok_or_else(|| format!("D08: the backup does not reach {done}"))?;
        if head.position > 0 && head.digest.to_string() != digest_at(server, head.position).await {
            return Err(format!("D08: another log at position {}", head.position));
        }
        Ok(())
    }
}

async fn digest_at(server: &Server, position: u64) -> String {
    let before = i64::try_from(position - 1).expect("few positions");
    server.watch(after("", before)).await.change().await.digest
}
