//! The hot paths.

mod index;
mod reads;
mod start;
mod watches;
mod writes;

use std::path::Path;

use crate::Failure;

/// A hot path.
pub struct Work {
    pub name: &'static str,
    /// What one piece of its work is.
    pub piece: &'static str,
    /// How many of them it does.
    pub pieces: u64,
    /// Makes in an empty directory what it works on. This is not done under callgrind.
    pub prepare: fn(&Path) -> Result<(), Failure>,
    /// Does the work, of which it has `counted` what counts.
    pub run: fn(&Path) -> Result<(), Failure>,
}

/// All of them.
pub const WORKS: [Work; 9] = [
    writes::CHECK,
    writes::COMMIT,
    index::PUSH,
    index::PAGE,
    index::SUMMARY,
    reads::GET,
    watches::REPLAY,
    watches::DELIVER,
    start::OPEN,
];

/// Of a path that needs nothing but the directory.
fn nothing(_: &Path) -> Result<(), Failure> {
    Ok(())
}
