//! The directory of a store, apart from sled's files.
//!
//! | file | content |
//! |---|---|
//! | `LOCK` | locked while a process has the store open; contains the id of that process |
//! | `MANIFEST` | format, epoch and the version that made the store |
//! | `HIGH-WATER` | a position that the log is known to have reached ([`HighWater`](super::high_water::HighWater)) |
//! | `SUBSCRIPTIONS-MARK` | a lower bound of the changes of subscriptions ([`ChangeCount`](super::change_count::ChangeCount)) |
//! | `SCRUBBED` | when the whole store was [last read again](crate::store::care::scrub_note) and found sound |
//! | `sled/` | the log and the subscriptions |
//! | `sled.next/`, `sled.old/` | exist while the log is [rewritten](super::compaction) |
//! | `UNFINISHED`, then `RESTORED` | exist while a restore [fills the store](super::unfinished_restore), and until it is opened |
//! | `ERASURE-PENDING` | exists while `sled/` may contain redacted content |

use std::{
    fs::{self, File},
    io,
    os::unix::fs::MetadataExt as _,
    path::{Path, PathBuf},
};

use super::{
    lock::lock,
    manifest,
    owner_only::{self, is_removed},
    sync::sync_directory,
    unfinished_restore,
};
use crate::store::error::OpenError;

/// See [`HighWater`](super::high_water::HighWater).
pub(crate) const HIGH_WATER: &str = "HIGH-WATER";
/// See [`ChangeCount`](super::change_count::ChangeCount).
pub(crate) const SUBSCRIPTIONS_MARK: &str = "SUBSCRIPTIONS-MARK";

/// The free space below which no store is created and writes are refused: room for sled's next
/// segments and for the snapshot that it writes at the next start, in bytes.
pub(crate) const FREE_SPACE_RESERVE: u64 = 64 << 20;

/// A directory that this process has locked. Dropping it releases the lock.
#[derive(Debug)]
pub(crate) struct Directory {
    path: PathBuf,
    /// The identity of the store's history: sixteen hex digits, drawn when it was created.
    pub epoch: String,
    lock: File,
}

impl Directory {
    /// Locks the store in `path`, and creates one when there is none.
    pub(crate) fn open(path: &Path) -> Result<Directory, OpenError> {
        owner_only::create_directory(path)
            .map_err(OpenError::io(format!("create {}", path.display())))?;
        refuse_foreign(path)?;
        let lock = lock(path)?;
        unfinished_restore::settle(path)?;
        settle_exchange(path).map_err(OpenError::io("put the new log in its place"))?;
        if !manifest::is_there(path) {
            check_free_space(path)?;
        }
        let epoch = manifest::epoch(path)?;
        Ok(Directory {
            path: path.to_owned(),
            epoch,
            lock,
        })
    }

    /// Returns whether the directory is still where it was opened; true when that cannot be found out.
    pub(crate) fn is_in_place(&self) -> bool {
        is_at(&self.lock, &self.path.join("LOCK"))
    }

    /// Upgrades the store to the format of this version, before it is written to.
    pub(crate) fn upgrade(&self) -> Result<(), OpenError> {
        manifest::upgrade(&self.path)
    }

    /// Returns the path of the directory.
    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    /// Returns where sled keeps the log.
    pub(crate) fn sled(&self) -> PathBuf {
        self.path.join("sled")
    }

    /// Returns where the log is created that will replace the current one.
    pub(crate) fn next_sled(&self) -> PathBuf {
        self.path.join("sled.next")
    }

    /// Returns where a replaced log is kept until it is removed.
    pub(crate) fn old_sled(&self) -> PathBuf {
        self.path.join("sled.old")
    }

    /// Replaces the log by the next one, which must be complete and durable. If this is interrupted,
    /// it continues when the directory is opened again.
    pub(crate) fn exchange_sled(&self) -> io::Result<()> {
        fs::rename(self.sled(), self.old_sled())?;
        sync_directory(&self.path)?;
        fs::rename(self.next_sled(), self.sled())?;
        sync_directory(&self.path)
    }

    /// Returns the total length of the log's files, in bytes.
    pub(crate) fn size_of_sled(&self) -> io::Result<u64> {
        let mut size = 0;
        for entry in fs::read_dir(self.sled())? {
            let entry = entry?;
            if !is_removed(&entry.file_name()) {
                size += entry.metadata()?.len();
            }
        }
        Ok(size)
    }
}

/// Returns how many bytes may still be written to the file system of `path`.
pub(crate) fn free_space(path: &Path) -> io::Result<u64> {
    let stat = rustix::fs::statvfs(path)?;
    if stat.f_blocks == 0 {
        // Some file systems do not report it; a write will show.
        return Ok(u64::MAX);
    }
    Ok(stat.f_bavail.saturating_mul(stat.f_frsize))
}

/// Returns whether `path` still leads to this file; true when that cannot be found out.
pub(crate) fn is_at(file: &File, path: &Path) -> bool {
    match (file.metadata(), fs::metadata(path)) {
        (Ok(file), Ok(at_path)) => (file.dev(), file.ino()) == (at_path.dev(), at_path.ino()),
        (_, Err(error)) => error.kind() != io::ErrorKind::NotFound,
        (Err(_), _) => true,
    }
}

/// Completes an interrupted [`Directory::exchange_sled`]: when the log is missing, the next one is
/// complete.
fn settle_exchange(path: &Path) -> io::Result<()> {
    let [current, next, old] = ["sled", "sled.next", "sled.old"].map(|name| path.join(name));
    if old.exists() && !current.exists() {
        fs::rename(&next, &current)?;
        sync_directory(path)?;
    }
    for leftover in [next, old] {
        match remove_directory(&leftover) {
            // Removed files that another process, such as one that reads the log, still has open.
            Err(_) if holds_only_removed(&leftover) => {}
            removed => removed?,
        }
    }
    Ok(())
}

/// Removes a directory and everything in it, if it exists.
pub(crate) fn remove_directory(path: &Path) -> io::Result<()> {
    match fs::remove_dir_all(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
        removed => removed,
    }
}

/// Returns whether a directory contains only what the file system keeps of removed files.
pub(crate) fn holds_only_removed(path: &Path) -> bool {
    let Ok(mut entries) = fs::read_dir(path) else {
        return false;
    };
    entries.all(|entry| entry.is_ok_and(|entry| is_removed(&entry.file_name())))
}

fn check_free_space(path: &Path) -> Result<(), OpenError> {
    let free = free_space(path).map_err(OpenError::io("ask for free space"))?;
    if free < FREE_SPACE_RESERVE {
        let directory = path.to_owned();
        return Err(OpenError::NoSpace {
            directory,
            free,
            needed: FREE_SPACE_RESERVE,
        });
    }
    Ok(())
}

/// Fails for a directory that has files and no manifest, as it is not a store. A first start that was
/// killed before it wrote the manifest leaves at most `LOCK` and `MANIFEST.new`.
fn refuse_foreign(path: &Path) -> Result<(), OpenError> {
    let listing = || format!("list {}", path.display());
    let mut names = Vec::new();
    for entry in fs::read_dir(path).map_err(OpenError::io(listing()))? {
        names.push(entry.map_err(OpenError::io(listing()))?.file_name());
    }
    let foreign =
        |name: &std::ffi::OsString| name != "LOCK" && name != "MANIFEST.new" && !is_removed(name);
    if names.iter().any(|name| name == "MANIFEST") {
        return Ok(());
    }
    if names.iter().any(|name| name == "sled") && names.iter().any(|name| name == "HIGH-WATER") {
        return Err(OpenError::Damaged {
            directory: path.to_owned(),
            position: None,
            what: "MANIFEST is missing".to_owned(),
        });
    }
    if names.iter().any(foreign) {
        return Err(OpenError::NotAStore {
            directory: path.to_owned(),
        });
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_store_keeps_its_epoch() {
        let home = tempfile::tempdir().unwrap();
        let first = Directory::open(home.path()).unwrap().epoch;
        assert_eq!(Directory::open(home.path()).unwrap().epoch, first);
    }

    #[test]
    fn d11_a_second_process_is_refused_and_learns_who_has_the_store() {
        let home = tempfile::tempdir().unwrap();
        let _held = Directory::open(home.path()).unwrap();
        let refused = Directory::open(home.path()).unwrap_err().to_string();
        assert!(
            refused.contains(&format!("process {}", std::process::id())),
            "{refused}"
        );
    }

    #[test]
    fn a_directory_with_other_files_is_not_touched() {
        let home = tempfile::tempdir().unwrap();
        fs::write(home.path().join("letter.txt"), "dear").unwrap();
        assert!(matches!(
            Directory::open(home.path()),
            Err(OpenError::NotAStore { .. })
        ));
        assert_eq!(fs::read_dir(home.path()).unwrap().count(), 1);
    }

    #[test]
    fn a_first_start_that_was_killed_is_no_obstacle() {
        let home = tempfile::tempdir().unwrap();
        fs::write(home.path().join("LOCK"), "").unwrap();
        fs::write(home.path().join("MANIFEST.new"), "form").unwrap();
        assert!(Directory::open(home.path()).is_ok());
    }
}
