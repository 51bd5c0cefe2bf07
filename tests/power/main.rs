//! What is left of a store after power cuts, kills, full and failing disks and flipped bits: D01 to D07.
//!
//! The tests of power cuts and of full disks make small file systems of their own, which needs root
//! and loop devices; where these are not to be had they say so and do nothing. A run is repeated, and
//! made longer, by `ENTENTE_POWER_SEED` and `ENTENTE_POWER_ROUNDS`.

// Shared with the other suites, of which each uses a part.
#[allow(dead_code, unused_imports)]
#[path = "../harness/mod.rs"]
mod harness;

mod checks;
mod cuts;
mod disk;
mod failing;
mod follower;
mod full;
mod kills;
mod life;
mod load;
mod rot;
mod rounds;
mod shim;
mod told;
mod unsynced;
