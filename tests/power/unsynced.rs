//! The tests of power cuts can fail: a server whose files are not synced loses something, and the
//! checks find it.

use crate::{
    cuts::live_through_a_cut, disk::Disk, harness::Server, life::Life, power::Power, rounds::seeds,
    shim::Shim, volatile::VolatileDisk,
};

const MEBIBYTES: u64 = 512;
const CUTS_MAX: usize = 6;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn d02_a_server_that_syncs_nothing_is_found_to_lose_something() {
    find_a_loss(&[], |_| Disk::new(MEBIBYTES)).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn d02_it_is_found_to_lose_something_where_any_part_may_be_kept() {
    find_a_loss(&[], VolatileDisk::new).await;
}

/// What sled does by itself, without the sync of ours.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn d02_a_server_that_trusts_the_flush_of_sled_is_found_to_lose_something() {
    find_a_loss(&["-DKEEP_SYNC_FILE_RANGE"], |_| Disk::new(MEBIBYTES)).await;
}

async fn find_a_loss<D: Power>(options: &[&str], new_disk: impl Fn(u64) -> Option<D>) {
    for seed in seeds(1) {
        let Some(mut disk) = new_disk(seed) else {
            return;
        };
        let shim = Shim::compile("unsynced.c", options);
        let library = shim.library();
        let environment = [("LD_PRELOAD", library.to_str().expect("plain text"))];
        let server = Server::start_in(&disk.path().join("data"), &environment).await;
        let mut life = Life::begin(server, seed).await;
        let loss = first_loss(&mut life, &mut disk).await;
        let loss = loss.unwrap_or_else(|| panic!("seed {seed}: {CUTS_MAX} cuts and nothing lost"));
        eprintln!("found: {}", loss.lines().next().unwrap_or_default());
    }
}

async fn first_loss(life: &mut Life, disk: &mut impl Power) -> Option<String> {
    for _ in 0..CUTS_MAX {
        if let Err(loss) = live_through_a_cut(life, disk).await {
            return Some(loss);
        }
    }
    None
}
