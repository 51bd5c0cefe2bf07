//! The log of a store in its directory.
//!
//! sled keeps the records and the tables. This file does what sled does not: it syncs what sled has
//! written, raises the marks outside sled, and erases replaced records from sled's files.

use std::{
    io,
    sync::{Mutex, MutexGuard, PoisonError},
    thread,
    time::Duration,
};

use super::{
    blocks::Blocks,
    change_count::ChangeCount,
    compaction::{is_pending, make_pending},
    damage::{located, refuse_lost_end},
    directory::{Directory, FREE_SPACE_RESERVE, free_space},
    erasure::Erasure,
    high_water::HighWater,
    sync::sync_directory,
    syncer::Syncer,
};
use crate::store::{
    digest::Digest,
    error::{OpenError, StoreError},
    log::{Appended, Batch, Entry, Log, Table},
    record::{Position, Record},
};

/// The time within which most readers of a replaced log end.
const READERS_END: Duration = Duration::from_millis(20);
const READERS_END_MAX: usize = 10;

/// The log in a directory that this process has locked.
#[derive(Debug)]
pub(crate) struct SledLog {
    pub directory: Directory,
    pub blocks: Blocks,
    /// The high-water mark when the log was opened.
    reached: (Position, Digest),
    /// Why edits of the tables that were answered are lost, if they are.
    lost_edits: Option<StoreError>,
    end: Mutex<End>,
}

/// The state that only the writer needs.
#[derive(Debug)]
struct End {
    syncer: Syncer,
    high_water: HighWater,
    /// `None` when edits are lost.
    changes: Option<ChangeCount>,
    erasure: Erasure,
    position: Position,
}

impl SledLog {
    /// Opens the log of a directory, and creates it when there is none. Fails when sled would cut off
    /// answered writes.
    pub(crate) fn open(directory: Directory, cache_bytes: u64) -> Result<SledLog, OpenError> {
        refuse_lost_end(&directory)?;
        let (blocks, syncer) = Blocks::open(&directory, cache_bytes)
            .map_err(|error| located(error, directory.path()))?;
        let high_water = HighWater::of_log(directory.path(), &blocks)?;
        sync_directory(directory.path()).map_err(OpenError::io("sync the directory"))?;
        let (changes, lost_edits) = match ChangeCount::open(&blocks, directory.path()) {
            Ok(changes) => (Some(changes), None),
            Err(lost) => (None, Some(lost)),
        };
        Ok(SledLog {
            directory,
            blocks,
            reached: high_water.mark,
            lost_edits,
            end: Mutex::new(End {
                syncer,
                high_water,
                changes,
                erasure: Erasure::Settled,
                position: 0,
            }),
        })
    }

    fn end(&self) -> MutexGuard<'_, End> {
        self.end.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn make_durable(&self, batch: &Batch<'_>) -> Result<(), StoreError> {
        let mut end = self.end();
        let replaced = self.blocks.blocks_with(batch.replaced)?;
        if !replaced.is_empty() {
            make_pending(&self.directory)?;
        }
        if !batch.records.is_empty() || !replaced.is_empty() {
            self.blocks.append(batch.records, replaced)?;
        }
        // After the records, so that no edit ever refers to a record that is not there.
        if !batch.edits.is_empty() {
            let lost = || self.lost_edits.clone().unwrap_or(StoreError::Closed);
            let changes = end.changes.as_mut().ok_or_else(lost)?;
            self.blocks.edit(batch.edits)?;
            changes.write(&self.blocks)?;
        }
        end.syncer.sync()?;
        end.syncer.check_no_blobs()?;
        // Before anybody sees the changes, so that none of them can be lost unnoticed.
        if let Some(changes) = end.changes.as_mut().filter(|_| !batch.edits.is_empty()) {
            changes.raise_mark();
        }
        end.position = batch.after;
        if let Some(newest) = batch.records.last() {
            end.position = newest.position;
            // The mark is a lower bound, so failing to raise it loses only a check.
            if let Err(error) = end.high_water.raise(newest.position, newest.digest) {
                tracing::warn!(%error, "cannot raise the high-water mark");
            }
        }
        Ok(())
    }

    /// Rewrites the log, and waits a little for readers of the old one.
    fn erase(&self, end: &mut End) -> Result<(), StoreError> {
        let (syncer, erasure) = Erasure::begin(&self.directory, &self.blocks, end.position)?;
        end.erasure = erasure;
        let Some(syncer) = syncer else { return Ok(()) };
        // The old syncer has the replaced log open.
        end.syncer = syncer;
        for _ in 0..READERS_END_MAX {
            end.erasure = Erasure::end(&self.directory);
            if end.erasure == Erasure::Settled {
                break;
            }
            thread::sleep(READERS_END);
        }
        Ok(())
    }
}

impl End {
    fn sync_mark(&mut self) {
        if let Err(error) = self.high_water.sync() {
            tracing::warn!(%error, "cannot sync the high-water mark");
        }
    }
}

impl Log for SledLog {
    fn epoch(&self) -> &str {
        &self.directory.epoch
    }

    fn reached(&self) -> (Position, Digest) {
        self.reached
    }

    fn read(&self, position: Position) -> Result<Record, StoreError> {
        self.blocks.read(position)
    }

    fn read_after(
        &self,
        after: Position,
        upto: Position,
        count: usize,
    ) -> Result<Vec<Record>, StoreError> {
        self.blocks.read_after(after, upto, count)
    }

    fn entries(&self, table: Table) -> Result<Vec<Entry>, StoreError> {
        match &self.lost_edits {
            Some(lost) => Err(lost.clone()),
            None => self.blocks.entries(table),
        }
    }

    /// Nobody else can append, as the directory is locked.
    fn append(&self, batch: &Batch<'_>) -> Appended {
        match self.make_durable(batch) {
            Ok(()) => Appended::Applied,
            Err(error) => {
                self.end().sync_mark();
                Appended::Unknown(error)
            }
        }
    }

    fn check_room(&self) -> Result<(), StoreError> {
        let free = free_space(self.directory.path()).map_err(not_asked)?;
        if free < FREE_SPACE_RESERVE {
            return Err(full(free));
        }
        Ok(())
    }

    fn reserve_room(&self) -> Result<(), StoreError> {
        self.check_room()?;
        match self.end().syncer.reserve_room().map_err(not_asked)? {
            true => Ok(()),
            false => Err(full(free_space(self.directory.path()).map_err(not_asked)?)),
        }
    }

    /// Fails when the next start would find other files at this path: what is written to these would be
    /// lost.
    fn maintain(&self) -> Result<(), StoreError> {
        let mut end = self.end();
        if !self.directory.is_in_place() || !end.syncer.is_in_place() {
            return Err(StoreError::Failed(format!(
                "{} was removed, moved or replaced while the server had it open; put it back and \
                 restart the server, or restore a backup",
                self.directory.path().display()
            )));
        }
        end.sync_mark();
        match end.erasure {
            Erasure::Settled => Ok(()),
            Erasure::Replaced => {
                end.erasure = Erasure::end(&self.directory);
                Ok(())
            }
            Erasure::Again if Erasure::can_begin(&self.directory) => self.erase(&mut end),
            Erasure::Again => Ok(()),
        }
    }

    /// Blocks everything but reads.
    fn erase_replaced(&self) -> Result<(), StoreError> {
        self.erase(&mut self.end())
    }

    fn is_erasure_pending(&self) -> bool {
        is_pending(&self.directory)
    }

    fn close(&self) {
        self.end().sync_mark();
    }
}

fn full(free: u64) -> StoreError {
    let reserve = FREE_SPACE_RESERVE;
    StoreError::Full { free, reserve }
}

fn not_asked(error: io::Error) -> StoreError {
    StoreError::Failed(format!("ask for free space: {error}"))
}
