//! Counting: a process of its own for each path, under callgrind.

use std::{env, fs, path::PathBuf, process::Command};

use crate::{Failure, works::Work};

/// Begins the arguments of such a process; the name of a path and a directory follow.
pub const ARGUMENT: &str = "count";

/// The instructions of one piece of a path's work.
pub fn count(work: &Work) -> Result<u64, Failure> {
    let (home, profile) = (directory()?.join(work.name), profile(work)?);
    if fs::exists(&home)? {
        fs::remove_dir_all(&home)?;
    }
    fs::create_dir_all(&home)?;
    (work.prepare)(&home)?;
    let output = Command::new("valgrind")
        .args(["--tool=callgrind", "--instr-atstart=no", "--fair-sched=yes"])
        .arg(format!("--callgrind-out-file={}", profile.display()))
        .arg(env::current_exe()?)
        .args([ARGUMENT, work.name])
        .arg(&home)
        .output()
        .map_err(|error| format!("valgrind, which scripts/install-tools installs: {error}"))?;
    fs::remove_dir_all(&home)?;
    if !output.status.success() {
        let (status, said) = (output.status, String::from_utf8_lossy(&output.stderr));
        return Err(format!("{} under valgrind: {status}\n{said}", work.name).into());
    }
    Ok(total(&fs::read_to_string(profile)?)? / work.pieces)
}

/// Where callgrind writes what it has counted, by functions.
pub fn profile(work: &Work) -> Result<PathBuf, Failure> {
    Ok(directory()?.join(format!("{}.callgrind", work.name)))
}

/// Below the program, which is in the target directory.
fn directory() -> Result<PathBuf, Failure> {
    Ok(env::current_exe()?.with_file_name("counted"))
}

fn total(profile: &str) -> Result<u64, Failure> {
    let totals = profile
        .lines()
        .find_map(|line| line.strip_prefix("totals: "));
    Ok(totals.ok_or("callgrind counted nothing")?.trim().parse()?)
}
