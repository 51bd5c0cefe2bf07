//! Unfinished stores: a restore fills a store beside its destination, and moves it there once it is
//! complete. A file distinguishes it from a store in use, whenever the restore is interrupted.

use std::{ffi::OsString, fs, io, path::Path};

use super::{lock::lock, owner_only, sync::sync_directory};
use crate::store::error::OpenError;

/// Exists while the store is being filled and must not be opened.
const UNFINISHED: &str = "UNFINISHED";
/// Replaces `UNFINISHED` once the store is complete, until it is opened at its destination.
const RESTORED: &str = "RESTORED";
/// The files that a restore leaves if it is interrupted before it writes `UNFINISHED`.
const FIRST: [&str; 3] = ["LOCK", "MANIFEST.new", "MANIFEST"];

/// Marks the store in a directory as unfinished. It cannot be opened until it is [finished](finish).
pub(crate) fn begin(path: &Path) -> io::Result<()> {
    owner_only::create_file(&path.join(UNFINISHED))?.sync_all()?;
    sync_directory(path)
}

/// Marks the store as complete. Everything in it must be durable.
pub(crate) fn finish(path: &Path) -> io::Result<()> {
    sync_directory(path)?;
    fs::rename(path.join(UNFINISHED), path.join(RESTORED))?;
    sync_directory(path)
}

/// Fails for an unfinished store. A complete one counts as in use from now on.
pub(crate) fn settle(path: &Path) -> Result<(), OpenError> {
    if path.join(UNFINISHED).exists() {
        let directory = path.to_owned();
        return Err(OpenError::Unfinished { directory });
    }
    match fs::remove_file(path.join(RESTORED)) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => {
            Err(OpenError::io("begin to use what was restored")(error))
        }
        _ => Ok(()),
    }
}

/// Empties a directory that an interrupted restore has left, except for its lock file. Fails if the
/// directory contains anything else, or if a restore is filling it.
pub(crate) fn clear(path: &Path) -> Result<(), OpenError> {
    let found = names(path)?;
    if found.is_empty() {
        return Ok(());
    }
    let foreign = || OpenError::NotUnfinished {
        directory: path.to_owned(),
    };
    if !is_left_over(&found) {
        return Err(foreign());
    }
    let _lock = lock(path)?;
    // The process that had the lock may have changed it until now.
    let found = names(path)?;
    if !is_left_over(&found) {
        return Err(foreign());
    }
    let failed = || OpenError::io(format!("clear {}", path.display()));
    let (marks, others): (Vec<_>, Vec<_>) = found
        .iter()
        .filter(|name| *name != "LOCK")
        .partition(|name| *name == UNFINISHED || *name == RESTORED);
    // The marks are removed last, so that this may be interrupted as well.
    for names in [others, marks] {
        names
            .iter()
            .try_for_each(|name| remove(&path.join(name)))
            .and_then(|()| sync_directory(path))
            .map_err(failed())?;
    }
    Ok(())
}

fn is_left_over(names: &[OsString]) -> bool {
    let has = |wanted: &str| names.iter().any(|name| name == wanted);
    let is_first = |name: &OsString| FIRST.iter().any(|first| name == first);
    has("LOCK") && (has(UNFINISHED) || has(RESTORED) || names.iter().all(is_first))
}

fn names(path: &Path) -> Result<Vec<OsString>, OpenError> {
    let entries = match fs::read_dir(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
        entries => entries,
    };
    let names: io::Result<Vec<OsString>> =
        entries.and_then(|entries| entries.map(|entry| Ok(entry?.file_name())).collect());
    names
        .map(|mut names| {
            names.retain(|name| !owner_only::is_removed(name));
            names
        })
        .map_err(OpenError::io(format!("list {}", path.display())))
}

fn remove(path: &Path) -> io::Result<()> {
    if path.is_dir() {
        fs::remove_dir_all(path)
    } else {
        fs::remove_file(path)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::disk::directory::Directory;

    fn holds(path: &Path) -> Vec<String> {
        let names = names(path).unwrap().into_iter();
        let mut names: Vec<String> = names.map(|name| name.into_string().unwrap()).collect();
        names.sort();
        names
    }

    #[test]
    fn what_an_interrupted_restore_has_left_is_cleared() {
        let home = tempfile::tempdir().unwrap();
        clear(&home.path().join("not there")).unwrap();
        drop(Directory::open(home.path()).unwrap());
        clear(home.path()).unwrap();
        assert_eq!(holds(home.path()), ["LOCK"]);
        for is_whole in [false, true] {
            let directory = Directory::open(home.path()).unwrap();
            begin(directory.path()).unwrap();
            fs::create_dir(directory.sled()).unwrap();
            fs::write(directory.sled().join("db"), "some").unwrap();
            if is_whole {
                finish(directory.path()).unwrap();
            }
            drop(directory);
            clear(home.path()).unwrap();
            assert_eq!(holds(home.path()), ["LOCK"]);
        }
    }

    #[test]
    fn what_a_restore_is_filling_is_not_cleared() {
        let home = tempfile::tempdir().unwrap();
        let directory = Directory::open(home.path()).unwrap();
        begin(directory.path()).unwrap();
        for _ in 0..2 {
            let refused = clear(home.path());
            assert!(
                matches!(refused, Err(OpenError::InUse { .. })),
                "{refused:?}"
            );
            assert!(directory.path().join("MANIFEST").exists());
            // The second round is a restore that fails after the store is complete.
            let _ = finish(directory.path());
        }
    }

    #[test]
    fn what_is_no_store_in_the_making_is_not_cleared() {
        let home = tempfile::tempdir().unwrap();
        let directory = Directory::open(home.path()).unwrap();
        begin(directory.path()).unwrap();
        finish(directory.path()).unwrap();
        fs::create_dir(directory.sled()).unwrap();
        drop(directory);
        // Opened once, it is a store.
        drop(Directory::open(home.path()).unwrap());
        let letters = tempfile::tempdir().unwrap();
        fs::write(letters.path().join("letter.txt"), "dear").unwrap();
        for path in [home.path(), letters.path()] {
            let before = holds(path);
            let refused = clear(path);
            assert!(
                matches!(refused, Err(OpenError::NotUnfinished { .. })),
                "{refused:?}"
            );
            assert_eq!(holds(path), before);
        }
    }
}
