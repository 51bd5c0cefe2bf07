//! Rewrites the log into files that contain its current content and nothing else.
//!
//! sled keeps overwritten content in its file until it needs the space again, and offers no way to
//! remove it. So the log is copied into a second directory, which replaces the first in two renames.
//! A file records that this is due. It exists from before the first change that makes a rewrite
//! necessary until the rewrite is done, so that an interrupted rewrite is done at the next start.

use std::{
    fs::{self, File},
    io,
    path::Path,
    sync::Arc,
};

use super::{
    blocks::{Blocks, missing},
    directory::{Directory, FREE_SPACE_RESERVE, free_space, remove_directory},
    owner_only,
    sync::sync_directory,
    syncer::Syncer,
};
use crate::store::{error::StoreError, log::Table, record::Position};

/// Exists while files contain content that is to be erased.
const PENDING: &str = "ERASURE-PENDING";
/// The number of records that are copied at a time.
const BATCH_LEN: usize = 1_024;

/// A complete and durable copy of the log, beside it.
pub(crate) struct Compacted {
    blocks: Blocks,
    syncer: Syncer,
}

/// Returns whether the files of the store contain content that is to be erased.
pub(crate) fn is_pending(directory: &Directory) -> bool {
    directory.path().join(PENDING).exists()
}

/// Records, durably, that an erasure is pending.
pub(crate) fn make_pending(directory: &Directory) -> Result<(), StoreError> {
    let write = || -> io::Result<()> {
        let mut file = owner_only::create_file(&directory.path().join(PENDING))?;
        io::Write::write_all(&mut file, b"the log is written anew at the next start\n")?;
        file.sync_all()?;
        sync_directory(directory.path())
    };
    write().map_err(failed("note that an erasure is pending"))
}

impl Compacted {
    /// Copies `blocks` up to `upto`. Nobody may write to them meanwhile. A failure changes nothing.
    pub(crate) fn copy(
        directory: &Directory,
        blocks: &Blocks,
        upto: Position,
    ) -> Result<Compacted, StoreError> {
        check_room(directory)?;
        remove_replaced(directory)?;
        remove(&directory.next_sled())?;
        Compacted::fill(directory, blocks, upto).inspect_err(|_| {
            // The copy may be why the disk is full. What cannot be removed now is removed before the
            // next copy.
            if let Err(error) = remove(&directory.next_sled()) {
                tracing::warn!(%error, "a log that could not be rewritten still lies in files");
            }
        })
    }

    fn fill(
        directory: &Directory,
        blocks: &Blocks,
        upto: Position,
    ) -> Result<Compacted, StoreError> {
        let (copy, syncer) = blocks.open_beside(directory)?;
        let mut after = 0;
        while after < upto {
            let records = blocks.read_after(after, upto, BATCH_LEN)?;
            if records.is_empty() {
                return Err(missing(after + 1));
            }
            after += records.len() as Position;
            let records: Vec<_> = records.into_iter().map(Arc::new).collect();
            copy.append(&records, Vec::new())?;
        }
        for table in Table::ALL {
            blocks.copy_table(table, &copy)?;
        }
        syncer.sync()?;
        syncer.check_no_blobs()?;
        sync_files(&directory.next_sled()).map_err(failed("sync the new log"))?;
        Ok(Compacted {
            blocks: copy,
            syncer,
        })
    }

    /// Replaces the log by the copy. The old log is moved aside, for [`remove_replaced`]. After a
    /// failure the store must be opened again before anything is written.
    pub(crate) fn replace(
        mut self,
        directory: &Directory,
        blocks: &Blocks,
    ) -> Result<Syncer, StoreError> {
        directory
            .exchange_sled()
            .map_err(failed("put the new log in its place"))?;
        blocks.replace_by(&self.blocks);
        self.syncer.moved_to(&directory.sled());
        Ok(self.syncer)
    }
}

/// Removes the log that was replaced, if there is one.
///
/// Some file systems (NFS, and many that use FUSE) keep a removed file under another name while a
/// process has it open. There, this succeeds only once nobody reads the old log any more.
pub(crate) fn remove_replaced(directory: &Directory) -> Result<(), StoreError> {
    remove(&directory.old_sled())
}

/// Records, durably, that the erasure is done.
pub(crate) fn make_done(directory: &Directory) -> Result<(), StoreError> {
    let done = match fs::remove_file(directory.path().join(PENDING)) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
        _ => sync_directory(directory.path()),
    };
    done.map_err(failed("note that the erasure is done"))
}

/// Checks that there is room for a second log of the same size and for the writes meanwhile.
fn check_room(directory: &Directory) -> Result<(), StoreError> {
    let asked = failed("ask for free space");
    let (free, size) = free_space(directory.path())
        .and_then(|free| Ok((free, directory.size_of_sled()?)))
        .map_err(asked)?;
    let reserve = FREE_SPACE_RESERVE + size;
    if free < reserve {
        return Err(StoreError::Full { free, reserve });
    }
    Ok(())
}

fn remove(path: &Path) -> Result<(), StoreError> {
    remove_directory(path).map_err(failed("remove an old log"))
}

fn sync_files(path: &Path) -> io::Result<()> {
    for entry in fs::read_dir(path)? {
        let name = entry?.path();
        if name.is_file() {
            File::open(name)?.sync_all()?;
        }
    }
    sync_directory(path)
}

fn failed(what: &'static str) -> impl FnOnce(io::Error) -> StoreError {
    move |error| StoreError::Failed(format!("{what}: {error}"))
}
