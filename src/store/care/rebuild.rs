//! Rebuilds a store from what another one has exported.

use std::{path::Path, sync::Arc};

use crate::store::{
    cursors::restored_cursors,
    disk::{
        blocks::Blocks,
        change_count::{begin_count, begin_mark},
        directory::Directory,
        high_water::HighWater,
        syncer::Syncer,
        unfinished_restore,
    },
    error::{OpenError, StoreError},
    record::{Commit, Record},
    view::{erasures::Erasures, head::Head},
};

/// sled's page cache while the store is filled.
const CACHE_BYTES: u64 = 64 << 20;

/// A store that is being filled. It can be opened once it is [finished](Rebuild::finish).
pub struct Rebuild {
    directory: Directory,
    blocks: Blocks,
    syncer: Syncer,
    head: Head,
    erasures: Erasures,
}

/// A complete store, still locked. Dropping this releases the lock.
#[derive(Debug)]
pub struct Rebuilt {
    _directory: Directory,
}

impl Rebuild {
    /// Begins a store in a directory that is missing, empty or left by an interrupted restore, and
    /// locks it. The store gets a new epoch.
    pub fn begin(path: &Path) -> Result<Rebuild, OpenError> {
        unfinished_restore::clear(path)?;
        let directory = Directory::open(path)?;
        unfinished_restore::begin(directory.path()).map_err(OpenError::io("begin a store"))?;
        let (blocks, syncer) = Blocks::open(&directory, CACHE_BYTES)?;
        let head = Head::default();
        Ok(Rebuild {
            directory,
            blocks,
            syncer,
            head,
            erasures: Erasures::default(),
        })
    }

    /// Adds the records that follow.
    pub fn append(&mut self, records: Vec<Record>) -> Result<(), StoreError> {
        for record in &records {
            record.check_after(self.head.position, self.head.digest)?;
            self.erasures.add(record);
            self.head = Head::of(record);
        }
        let records: Vec<Arc<Record>> = records.into_iter().map(Arc::new).collect();
        self.blocks.append(&records, Vec::new())
    }

    /// Redacts again the events that have redacted records and no redaction after them, as their
    /// redaction was behind the end of the log. Returns their names.
    pub fn redact_again(&mut self) -> Result<Vec<String>, StoreError> {
        let open: Vec<_> = self.erasures.open().map(|(_, last)| last).collect();
        let mut names = Vec::with_capacity(open.len());
        for last in open {
            let proposal = self.blocks.read(last)?.redaction()?;
            let position = self.head.position + 1;
            let commit = Commit {
                epoch: &self.directory.epoch,
                author: "entente backup salvage",
                position,
                micros: self.head.commit_micros,
                continued: false,
            };
            let change = commit.encode(&proposal);
            let Head {
                digest,
                commit_micros,
                ..
            } = self.head;
            let record = Record::chained(digest, position, change, None, 0, commit_micros);
            self.append(vec![record])?;
            names.push(proposal.name);
        }
        Ok(names)
    }

    /// Makes everything durable, with these subscriptions. The store stays locked until the returned
    /// value is dropped.
    pub fn finish(self, subscriptions: &[impl AsRef<[u8]>]) -> Result<Rebuilt, StoreError> {
        self.erasures.check_complete()?;
        let edits = restored_cursors(&self.directory.epoch, self.head.position, subscriptions)?;
        self.blocks.edit(&edits)?;
        begin_count(&self.blocks, subscriptions.len())?;
        self.syncer.sync()?;
        self.syncer.check_no_blobs()?;
        let Head {
            position, digest, ..
        } = self.head;
        let raised = HighWater::open(self.directory.path())
            .and_then(|mut mark| {
                mark.raise(position, digest)?;
                mark.sync()
            })
            .and_then(|()| begin_mark(self.directory.path(), subscriptions.len()))
            .and_then(|()| unfinished_restore::finish(self.directory.path()));
        raised.map_err(|error| StoreError::Failed(format!("write the marks: {error}")))?;
        Ok(Rebuilt {
            _directory: self.directory,
        })
    }
}
