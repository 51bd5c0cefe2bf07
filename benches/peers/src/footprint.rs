//! What a system takes for the events that it was loaded with.

use std::{fs, io, os::unix::fs::MetadataExt as _, path::Path};

use crate::{Failure, system::System};

/// Linux counts the blocks of a file in these, whatever the file system.
const BLOCK_LEN: u64 = 512;

/// Of one system, in bytes.
#[derive(Clone, Copy, Debug)]
pub struct Footprint {
    /// What it was given.
    pub payload: u64,
    /// What its files take on the disk, as `du` counts them.
    pub disk: u64,
    /// What its processes have in memory.
    pub resident: u64,
}

impl Footprint {
    /// Of a system that has been given so many bytes.
    pub fn of(system: &dyn System, payload: u64) -> Result<Footprint, Failure> {
        let data = system.data().ok_or("this system stores nothing")?;
        Ok(Footprint {
            payload,
            disk: disk(data)?,
            resident: resident(system.process().id())?,
        })
    }
}

/// What the files below a directory take.
fn disk(directory: &Path) -> io::Result<u64> {
    let mut bytes = 0;
    for entry in fs::read_dir(directory)? {
        let entry = entry?;
        let metadata = match entry.metadata() {
            // The system has just removed it.
            Err(error) if error.kind() == io::ErrorKind::NotFound => continue,
            metadata => metadata?,
        };
        bytes += match metadata.is_dir() {
            true => disk(&entry.path())?,
            false => metadata.blocks() * BLOCK_LEN,
        };
    }
    Ok(bytes)
}

/// What a process and its children have in memory. Pages that several share are shared out between
/// them, as each of PostgreSQL's has its cache.
fn resident(process: u32) -> Result<u64, Failure> {
    let rollup = fs::read_to_string(format!("/proc/{process}/smaps_rollup"))?;
    let kib = rollup.lines().find_map(|line| line.strip_prefix("Pss:"));
    let kib = kib.and_then(|kib| kib.trim().strip_suffix(" kB"));
    let mut bytes = kib
        .ok_or("Linux does not tell the memory")?
        .parse::<u64>()?
        * 1_024;
    // Those systems that have children make them in their first thread.
    let children = fs::read_to_string(format!("/proc/{process}/task/{process}/children"))?;
    for child in children.split_ascii_whitespace() {
        // One that has just ended has no memory.
        bytes += resident(child.parse()?).unwrap_or_default();
    }
    Ok(bytes)
}
