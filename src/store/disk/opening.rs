//! Opens sled, and does what is necessary before and after.
//!
//! sled 0.34.7 has defects here too, each found by experiment: it syncs none of the files of a new
//! database, so we create one in another directory; a start-up snapshot that was interrupted keeps it
//! from opening, so we remove the remains; it trusts a snapshot whose name is not on the disk yet, so
//! we sync it in time; on damaged files it often panics, so we open it in a thread of its own.

use std::{
    fs::{self, File, OpenOptions, Permissions},
    io::{self, ErrorKind},
    os::unix::fs::PermissionsExt as _,
    panic,
    path::{Path, PathBuf},
    sync::Once,
    thread,
    time::Duration,
};

use super::{
    catch_panics::{panic_message, sled_message},
    directory::{Directory, FREE_SPACE_RESERVE, free_space, holds_only_removed},
    lock::is_full,
    owner_only,
    sync::sync_directory,
};
use crate::store::error::OpenError;

/// The length of sled's segments, fixed for the life of a store. Sixteen values together may have a
/// quarter of it.
pub(crate) const SEGMENT_LEN: usize = 4 << 20;
/// How often sled flushes. Not turned off, as nothing else starts sled's segment collection.
const FLUSH_EVERY_MS: u64 = 500;
/// The words by which alone a lock on sled's file can be told from its other errors.
const LOCKED: &str = "could not acquire lock";
const UNLOCK_TRIES: u32 = 500;
const UNLOCK_PAUSE: Duration = Duration::from_millis(10);

/// The sled database, and its tree with the log.
#[derive(Clone, Debug)]
pub(crate) struct Opened {
    pub db: sled::Db,
    pub tree: sled::Tree,
}

impl Opened {
    /// Opens the database of a store, and creates it when there is none; its files are durable then.
    /// Returns the data file too.
    pub(crate) fn open(
        directory: &Directory,
        cache_bytes: u64,
    ) -> Result<(Opened, File), OpenError> {
        let path = directory.sled();
        let free = free_space(directory.path()).map_err(OpenError::io("ask for free space"))?;
        let failed = |error| match error {
            sled::Error::Io(error) if is_full(&error) => OpenError::NoSpace {
                directory: directory.path().to_owned(),
                free,
                needed: FREE_SPACE_RESERVE,
            },
            sled::Error::Io(error) => OpenError::io("open the log")(error),
            error => damaged(directory, &error),
        };
        let opened = if path.exists() {
            if free < FREE_SPACE_RESERVE {
                tracing::warn!(
                    free,
                    needed = FREE_SPACE_RESERVE,
                    "opened to be read: writes are refused until there is room"
                );
                give_back_room(&path).map_err(OpenError::io("give back room"))?;
            }
            open_again(&path, cache_bytes).map_err(failed)?
        } else {
            // Created in another place, so that a power cut leaves a complete database or none.
            let next = directory.next_sled();
            let opened = Opened::open_at(&next, cache_bytes).map_err(failed)?;
            sync_files(&next)
                .and_then(|()| fs::rename(&next, &path))
                .map_err(OpenError::io("make the log"))?;
            opened
        };
        // Once is enough: afterwards only the data file changes.
        let file = sync_files(&path)
            .and_then(|()| sync_directory(directory.path()))
            .and_then(|()| open_data_file(&path))
            .map_err(OpenError::io("sync the log"))?;
        Ok((opened, file))
    }

    /// Opens the database in a copy of a store. Copies need not be durable.
    pub(crate) fn open_copy(directory: &Directory, cache_bytes: u64) -> Result<Opened, OpenError> {
        let opened = Opened::open_at(&directory.sled(), cache_bytes);
        opened.map_err(|error| match error {
            sled::Error::Io(error) if is_full(&error) => {
                OpenError::io("open a copy of the log")(error)
            }
            error => damaged(directory, &error),
        })
    }

    /// Opens or creates the database, in a thread in which sled may panic.
    pub(crate) fn open_at(path: &Path, cache_bytes: u64) -> sled::Result<Opened> {
        keep_panics_off_the_terminal();
        let before = files_of(path)?;
        let to_open = path.to_owned();
        let opened = thread::spawn(move || open_sled(&to_open, cache_bytes)).join();
        close_to_others(path, &before)?;
        opened.unwrap_or_else(|panic| Err(sled::Error::ReportableBug(panic_message(&*panic))))
    }
}

/// Keeps the messages of sled's panics from standard error, where they look as if the program had
/// failed. They are logged where the panic is caught. Other panics are reported as before.
fn keep_panics_off_the_terminal() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        let others = panic::take_hook();
        panic::set_hook(Box::new(move |panic| {
            let place = panic.location().map_or("", |location| location.file());
            if !place.contains("/sled-") {
                others(panic);
            }
        }));
    });
}

fn damaged(directory: &Directory, error: &sled::Error) -> OpenError {
    OpenError::Damaged {
        directory: directory.path().to_owned(),
        position: None,
        what: sled_message(error),
    }
}

/// Frees the space that was reserved behind the end of sled's file, as sled needs some for the snapshot
/// that it writes when it is opened.
fn give_back_room(path: &Path) -> io::Result<()> {
    let file = open_data_file(path)?;
    file.set_len(file.metadata()?.len())
}

/// Opens our own handle to sled's data file.
pub(crate) fn open_data_file(path: &Path) -> io::Result<File> {
    OpenOptions::new()
        .read(true)
        .write(true)
        .open(path.join("db"))
}

/// Opens an existing database.
///
/// sled writes a new snapshot, and then overwrites what that snapshot makes unnecessary before the
/// name of the snapshot is on the disk. A power cut that keeps the second and loses the first leaves
/// nothing of the log. So the database is opened twice. The first time, a file stands in the place of
/// the directory of blobs, which stops sled between the two steps.
fn open_again(path: &Path, cache_bytes: u64) -> sled::Result<Opened> {
    remove_unfinished_snapshots(path)?;
    let blobs = path.join("blobs");
    match fs::remove_dir(&blobs) {
        // A start was interrupted, or a copy left out empty directories.
        Err(error) if matches!(error.kind(), ErrorKind::NotADirectory | ErrorKind::NotFound) => {}
        Err(_) if holds_only_removed(&blobs) => fs::remove_dir_all(&blobs)?,
        removed => removed?,
    }
    owner_only::create_file(&blobs)?;
    let opened = open_unlocked(path, cache_bytes);
    sync_files(path)?;
    fs::remove_file(&blobs)?;
    owner_only::create_directory(&blobs)?;
    match opened {
        Err(sled::Error::Io(error)) if error.kind() == ErrorKind::NotADirectory => {
            open_unlocked(path, cache_bytes)
        }
        // The database is damaged, or empty: without a new snapshot nothing stops sled.
        opened => opened,
    }
}

/// Opens the database once sled's lock of an earlier opening is gone. sled's own threads keep that
/// lock for a moment after the database was closed, and so does a child process until it executes its
/// program. Our own lock keeps other servers out.
fn open_unlocked(path: &Path, cache_bytes: u64) -> sled::Result<Opened> {
    for _ in 0..UNLOCK_TRIES {
        match Opened::open_at(path, cache_bytes) {
            Err(sled::Error::Io(error)) if error.to_string().contains(LOCKED) => {
                thread::sleep(UNLOCK_PAUSE);
            }
            opened => return opened,
        }
    }
    Opened::open_at(path, cache_bytes)
}

fn open_sled(path: &Path, cache_bytes: u64) -> sled::Result<Opened> {
    owner_only::create_directory(path)?;
    let db = sled::Config::new()
        .path(path)
        .segment_size(SEGMENT_LEN)
        .cache_capacity(cache_bytes)
        .flush_every_ms(Some(FLUSH_EVERY_MS))
        .open()?;
    let tree = db.open_tree("log")?;
    Ok(Opened { db, tree })
}

/// Makes the files that sled has created readable by their owner alone, even if sled then failed. Files
/// that existed `before` keep their permissions, except snapshots: sled creates those at every start,
/// and an earlier process may have been killed before it came to this.
fn close_to_others(path: &Path, before: &[PathBuf]) -> io::Result<()> {
    for name in files_of(path)? {
        let is_snapshot = name.to_string_lossy().contains("/snap.");
        let (metadata, is_old) = (fs::symlink_metadata(&name)?, before.contains(&name));
        let is_closed = metadata.permissions().mode() & 0o077 == 0;
        if is_closed || metadata.is_symlink() || is_old && !is_snapshot {
            continue;
        }
        let mode = if metadata.is_dir() { 0o700 } else { 0o600 };
        if let Err(error) = fs::set_permissions(&name, Permissions::from_mode(mode)) {
            // The directory protects the file, and some file systems have no modes.
            tracing::warn!(%error, name = %name.display(), "cannot be closed to other users");
        }
    }
    Ok(())
}

fn remove_unfinished_snapshots(path: &Path) -> io::Result<()> {
    for name in files_of(path)? {
        let text = name.to_string_lossy();
        if text.contains("snap.") && text.ends_with(".generating") {
            fs::remove_file(&name)?;
        }
    }
    Ok(())
}

fn sync_files(path: &Path) -> io::Result<()> {
    for name in files_of(path)? {
        if name.is_file() {
            File::open(name)?.sync_all()?;
        }
    }
    sync_directory(path)
}

fn files_of(path: &Path) -> io::Result<Vec<PathBuf>> {
    match fs::read_dir(path) {
        Ok(entries) => entries.map(|entry| Ok(entry?.path())).collect(),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(Vec::new()),
        Err(error) => Err(error),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_opening_waits_until_the_lock_of_the_one_before_is_gone() {
        let home = tempfile::tempdir().unwrap();
        let path = home.path().join("sled");
        drop(Opened::open_at(&path, 1 << 20).unwrap());
        let lock = open_data_file(&path).unwrap();
        lock.lock().unwrap();
        let refused = Opened::open_at(&path, 1 << 20).unwrap_err();
        assert!(refused.to_string().contains(LOCKED), "{refused}");
        thread::scope(|scope| {
            let opened = scope.spawn(|| open_unlocked(&path, 1 << 20));
            thread::sleep(UNLOCK_PAUSE);
            drop(lock);
            opened.join().unwrap().unwrap();
        });
    }
}
