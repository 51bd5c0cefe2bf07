//! What is left of a store after power cuts, kills, full and failing disks and flipped bits: D01 to D08.
//!
//! Power is cut on two kinds of file systems: ext4 on a loop device, which is a real one and forgets
//! all that had not reached the device, and one of our own in FUSE (`volatile`), which keeps any part
//! of it. These and full disks need root, loop devices and `/dev/fuse`; where they are not to be had
//! the tests say so and do nothing. A run is repeated, and made longer, by `ENTENTE_POWER_SEED` and
//! `ENTENTE_POWER_ROUNDS`.

// Shared with the other suites, of which each uses a part.
#[allow(dead_code, unused_imports)]
#[path = "../harness/mod.rs"]
mod harness;

mod backup_cuts;
mod blobs;
mod boundaries;
mod checks;
mod cuts;
mod disk;
mod failing;
mod follower;
mod full;
mod kills;
mod life;
mod load;
mod power;
mod redaction_cuts;
mod restore_cuts;
mod rot;
mod rounds;
mod script;
mod shim;
mod starts;
mod strange_disks;
mod told;
mod unsynced;
mod volatile;
