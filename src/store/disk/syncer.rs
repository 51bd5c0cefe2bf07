//! Makes sled's writes reach the disk: sled's `flush` starts to write and does not sync.

use std::{
    fs::{self, File},
    io,
    os::unix::fs::MetadataExt as _,
    path::{Path, PathBuf},
};

use rustix::{
    fs::{FallocateFlags, fallocate},
    io::Errno,
};

use super::{
    catch_panics::{catch_panics, sled_failed},
    directory::is_at,
    opening::{Opened, SEGMENT_LEN},
    owner_only::is_removed,
};
use crate::store::error::StoreError;

/// The space that is reserved behind the end of sled's file, in bytes. No write begins with less than
/// `ROOM_MIN`: enough for a group, what sled writes besides, and the rest of a segment.
const ROOM: u64 = 8 * SEGMENT_LEN as u64;
const ROOM_MIN: u64 = ROOM / 2;
/// The unit of `st_blocks` in `stat`, on every file system.
const STAT_BLOCK_LEN: u64 = 512;

/// Makes the writes to one sled database durable.
#[derive(Debug)]
pub(crate) struct Syncer {
    db: sled::Db,
    /// Our own handle to sled's data file, as sled never syncs it.
    file: File,
    blobs: PathBuf,
}

impl Syncer {
    pub(crate) fn of(opened: &Opened, file: File, path: &Path) -> Syncer {
        Syncer {
            db: opened.db.clone(),
            file,
            blobs: path.join("blobs"),
        }
    }

    /// Notes that the files were moved to `path`.
    pub(crate) fn moved_to(&mut self, path: &Path) {
        self.blobs = path.join("blobs");
    }

    /// Returns whether the log is still where it was opened.
    pub(crate) fn is_in_place(&self) -> bool {
        is_at(&self.file, &self.blobs.with_file_name("db"))
    }

    /// Makes everything durable that was appended. A failure is final: what reached the disk is
    /// unknown, and a second sync would not tell.
    pub(crate) fn sync(&self) -> Result<(), StoreError> {
        catch_panics(|| self.db.flush())?.map_err(sled_failed)?;
        self.file
            .sync_data()
            .map_err(|error| StoreError::Failed(format!("fdatasync: {error}")))
    }

    /// Reserves space for the next appends; returns false when the disk is full. A write of sled that
    /// finds no space is a final failure, and free space may be gone between a check and the write.
    pub(crate) fn reserve_room(&self) -> io::Result<bool> {
        let metadata = self.file.metadata()?;
        let allocated = metadata.blocks() * STAT_BLOCK_LEN;
        if allocated >= metadata.len() + ROOM_MIN {
            return Ok(true);
        }
        match fallocate(
            &self.file,
            FallocateFlags::KEEP_SIZE,
            0,
            metadata.len() + ROOM,
        ) {
            Ok(()) => Ok(true),
            Err(Errno::NOSPC | Errno::DQUOT) => Ok(false),
            // The file system cannot reserve space; the check of the free space has to suffice.
            Err(Errno::OPNOTSUPP | Errno::NOSYS) => Ok(true),
            Err(error) => Err(error.into()),
        }
    }

    /// Fails if there is a blob file. sled never syncs those, so there must never be one.
    pub(crate) fn check_no_blobs(&self) -> Result<(), StoreError> {
        let mut blobs = match fs::read_dir(&self.blobs) {
            Ok(entries) => entries,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
            Err(error) => return Err(StoreError::Failed(format!("list blobs: {error}"))),
        };
        match blobs.find(|entry| !is_removed_entry(entry)) {
            None => Ok(()),
            Some(_) => Err(StoreError::Failed(
                "sled wrote a blob file, which is not durable".into(),
            )),
        }
    }
}

fn is_removed_entry(entry: &io::Result<fs::DirEntry>) -> bool {
    let entry = entry.as_ref();
    entry.is_ok_and(|entry| is_removed(&entry.file_name()))
}
