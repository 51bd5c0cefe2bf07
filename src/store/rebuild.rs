//! A store made from what another one has exported.

use std::{path::Path, sync::Arc, time::Duration};

use super::{
    cursors::restore_cursors,
    directory::Directory,
    error::{OpenError, StoreError},
    head::Head,
    high_water::HighWater,
    log::{Log, Syncer},
    record::Record,
    unfinished,
};

/// Only while it is filled.
const CACHE_BYTES: u64 = 64 << 20;

/// A store in the making. It can be opened as a store once it is [finished](Rebuild::finish).
pub struct Rebuild {
    directory: Directory,
    log: Log,
    syncer: Syncer,
    head: Head,
}

/// A store that was made, and is still held.
#[derive(Debug)]
pub struct Rebuilt {
    _directory: Directory,
}

impl Rebuild {
    /// In a directory that is empty, not there or left by one that was interrupted, and that nobody
    /// else has meanwhile. The store gets an epoch of its own.
    pub fn begin(path: &Path) -> Result<Rebuild, OpenError> {
        unfinished::clear(path)?;
        let directory = Directory::open(path)?;
        directory.begin().map_err(OpenError::io("begin a store"))?;
        let (log, syncer) = Log::open(&directory, CACHE_BYTES)?;
        let head = Head::default();
        Ok(Rebuild {
            directory,
            log,
            syncer,
            head,
        })
    }

    /// Adds the records that follow.
    pub fn append(&mut self, records: Vec<Record>) -> Result<(), StoreError> {
        for record in &records {
            record.check_after(self.head.position, self.head.digest)?;
            self.head = Head {
                position: record.position,
                digest: record.digest,
                commit_micros: record.commit_micros,
            };
        }
        let records: Vec<Arc<Record>> = records.into_iter().map(Arc::new).collect();
        self.log.append(&records, Vec::new())
    }

    /// Makes everything durable, with these subscriptions. Nobody else has the store as long as what
    /// this gives is kept.
    pub fn finish(self, subscriptions: &[impl AsRef<[u8]>]) -> Result<Rebuilt, StoreError> {
        restore_cursors(
            &self.log,
            &self.directory.epoch,
            self.head.position,
            subscriptions,
        )?;
        self.syncer.sync()?;
        self.syncer.check_no_blobs()?;
        let Head {
            position, digest, ..
        } = self.head;
        let raised = HighWater::open(self.directory.path())
            .and_then(|mut mark| {
                mark.raise(position, digest)?;
                mark.sync(Duration::ZERO)
            })
            .and_then(|()| self.directory.finish());
        raised
            .map_err(|error| StoreError::Failed(format!("write the high-water mark: {error}")))?;
        Ok(Rebuilt {
            _directory: self.directory,
        })
    }
}
