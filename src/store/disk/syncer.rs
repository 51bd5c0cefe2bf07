//! How what sled was given reaches the disk: its `flush` begins to write and does not sync.

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

/// Room behind the end of sled's file that no other file can take any more. Less than `ROOM_MIN`
/// is never begun with: a group, what sled writes beside it, and the rest of a segment.
const ROOM: u64 = 8 * SEGMENT_LEN as u64;
const ROOM_MIN: u64 = ROOM / 2;
/// Of `stat`, on every file system.
const STAT_BLOCK_LEN: u64 = 512;

/// Makes durable what was written to one database of sled's.
#[derive(Debug)]
pub(crate) struct Syncer {
    db: sled::Db,
    /// sled's data file by a handle of our own, as sled never syncs it.
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

    /// The files were moved there.
    pub(crate) fn moved_to(&mut self, path: &Path) {
        self.blobs = path.join("blobs");
    }

    /// Whether the log is still where it was opened.
    pub(crate) fn is_in_place(&self) -> bool {
        is_at(&self.file, &self.blobs.with_file_name("db"))
    }

    /// Makes everything durable that was appended. Its failure is final: what reached the disk is
    /// not known, and asking again would not tell.
    pub(crate) fn sync(&self) -> Result<(), StoreError> {
        catch_panics(|| self.db.flush())?.map_err(sled_failed)?;
        self.file
            .sync_data()
            .map_err(|error| StoreError::Failed(format!("fdatasync: {error}")))
    }

    /// Takes room for what is appended next; false when the disk is full. A write of sled's that
    /// finds no room is final, and free space may be gone between a look at it and the write.
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
            // The look at the free space has to do.
            Err(Errno::OPNOTSUPP | Errno::NOSYS) => Ok(true),
            Err(error) => Err(error.into()),
        }
    }

    /// sled never syncs blob files, so that there are none is an invariant.
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
