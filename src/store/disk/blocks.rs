//! The log in sled: one tree, whose values are blocks of records (see `block`). The key of a block
//! is the position of its first record, big-endian.
//!
//! sled 0.34.7 has defects that this file works around, each found by experiment: its `flush` does
//! not reach the disk, so we sync its file ourselves; large values become files that it never
//! syncs, so values are short. `opening` works around those of start-up. All calls block.

use std::{
    collections::BTreeMap,
    io,
    sync::{
        Arc, PoisonError, RwLock,
        atomic::{AtomicU64, Ordering},
    },
    time::{SystemTime, UNIX_EPOCH},
};

use bytes::Bytes;

use super::{
    block::{Block, begin_with_writes, pack, pack_as_one},
    catch_panics::{catch_panics, sled_failed, sled_message},
    directory::Directory,
    opening::{Opened, open_data_file},
    syncer::Syncer,
};
use crate::store::{
    error::{OpenError, StoreError},
    log::{Edit, Entry, Table},
    record::{Position, Record},
};

/// The most blocks that are inserted one by one: far less than a segment.
const APART_MAX: usize = 8;
/// The most records of a block: its 16 KiB have no room for more, with their digests.
const BLOCK_RECORDS_MAX: u64 = 256;

/// The open log. Clones share it.
#[derive(Clone, Debug)]
pub(crate) struct Blocks {
    opened: Arc<RwLock<Opened>>,
    generation: Generation,
    cache_bytes: u64,
}

/// A number that changes each time the log is replaced.
#[derive(Clone, Debug, Default)]
pub(crate) struct Generation(Arc<AtomicU64>);

impl Blocks {
    /// Opens the log, and creates it when there is none.
    pub(crate) fn open(
        directory: &Directory,
        cache_bytes: u64,
    ) -> Result<(Blocks, Syncer), OpenError> {
        // sled panics at such a time, which would be taken for damage.
        if SystemTime::now() < UNIX_EPOCH {
            let why = "the clock of this host is before 1970, where sled does not work; set it";
            return Err(OpenError::io("open the log")(io::Error::other(why)));
        }
        let (opened, file) = Opened::open(directory, cache_bytes)?;
        let syncer = Syncer::of(&opened, file, &directory.sled());
        Ok((Blocks::new(opened, cache_bytes), syncer))
    }

    /// Opens the log in a copy of a store. Copies need not be durable.
    pub(crate) fn open_copy(directory: &Directory, cache_bytes: u64) -> Result<Blocks, OpenError> {
        let opened = Opened::open_copy(directory, cache_bytes)?;
        Ok(Blocks::new(opened, cache_bytes))
    }

    /// Creates an empty log where the store keeps the log that is to replace this one.
    pub(crate) fn open_beside(
        &self,
        directory: &Directory,
    ) -> Result<(Blocks, Syncer), StoreError> {
        let path = directory.next_sled();
        let opened = Opened::open_at(&path, self.cache_bytes).map_err(sled_failed)?;
        let file = open_data_file(&path)
            .map_err(|error| StoreError::Failed(format!("open the new log: {error}")))?;
        let syncer = Syncer::of(&opened, file, &path);
        Ok((Blocks::new(opened, self.cache_bytes), syncer))
    }

    /// Makes this log and all its clones refer to the other one from now on.
    pub(crate) fn replace_by(&self, other: &Blocks) {
        let other = other.opened();
        self.generation.0.fetch_add(1, Ordering::Relaxed);
        *self.opened.write().unwrap_or_else(PoisonError::into_inner) = other;
    }

    fn new(opened: Opened, cache_bytes: u64) -> Blocks {
        let opened = Arc::new(RwLock::new(opened));
        Blocks {
            opened,
            generation: Generation::default(),
            cache_bytes,
        }
    }

    /// Returns a handle that shows whether the log was replaced since.
    pub(crate) fn generation(&self) -> Generation {
        self.generation.clone()
    }

    fn opened(&self) -> Opened {
        let opened = self.opened.read().unwrap_or_else(PoisonError::into_inner);
        opened.clone()
    }

    /// Reads up to `count` records after `after`, up to and including `upto`. They share the bytes of
    /// their blocks.
    pub(crate) fn read_after(
        &self,
        after: Position,
        upto: Position,
        count: usize,
    ) -> Result<Vec<Record>, StoreError> {
        if after >= upto {
            return Ok(Vec::new());
        }
        let tree = self.opened().tree;
        // sled reads while its iterator is moved.
        catch_panics(|| scan(&tree, after, upto, count))?
    }

    /// Reads one record.
    pub(crate) fn read(&self, position: Position) -> Result<Record, StoreError> {
        let record = match block_with(&self.opened().tree, position)? {
            Some((first, value)) => Block::open(first, shared(value))?.read_alone(position)?,
            None => None,
        };
        record.ok_or_else(|| missing(position))
    }

    /// Reads all records of the block that contains `position`.
    pub(crate) fn read_block(&self, position: Position) -> Result<Vec<Record>, StoreError> {
        let found = block_with(&self.opened().tree, position)?;
        let (first, value) = found.ok_or_else(|| missing(position))?;
        let mut block = Block::open(first, shared(value))?;
        let mut records = Vec::new();
        while let Some(record) = block.read()? {
            records.push(record);
        }
        match records.last() {
            Some(last) if last.position >= position => Ok(records),
            _ => Err(missing(position)),
        }
    }

    /// Opens a table, and creates it when there is none.
    fn tree(&self, table: Table) -> Result<sled::Tree, StoreError> {
        let name = name_of(table);
        catch_panics(|| self.opened().db.open_tree(name))?.map_err(sled_failed)
    }

    /// Reads all entries of a table, in key order.
    pub(crate) fn entries(&self, table: Table) -> Result<Vec<Entry>, StoreError> {
        let tree = self.tree(table)?;
        let entry = |(key, value)| (shared(key), shared(value));
        // sled reads while its iterator is moved.
        let entries = catch_panics(|| {
            tree.iter()
                .map(|found| found.map(entry))
                .collect::<Result<_, _>>()
        })?;
        entries.map_err(sled_failed)
    }

    /// Reads the value of a key.
    pub(crate) fn value(&self, table: Table, key: &[u8]) -> Result<Option<Bytes>, StoreError> {
        let tree = self.tree(table)?;
        let value = catch_panics(|| tree.get(key))?.map_err(sled_failed)?;
        Ok(value.map(shared))
    }

    /// Edits tables, one key after the other: no value depends on another, and a batch makes sled
    /// wait twice. Not durable before [`Syncer::sync`].
    pub(crate) fn edit(&self, edits: &[Edit]) -> Result<(), StoreError> {
        for edits in edits.chunk_by(|a, b| a.table == b.table) {
            let tree = self.tree(edits[0].table)?;
            let write = |edit: &Edit| match &edit.value {
                Some(value) => tree.insert(&edit.key, value.as_slice()).map(drop),
                None => tree.remove(&edit.key).map(drop),
            };
            catch_panics(|| edits.iter().try_for_each(write))?.map_err(sled_failed)?;
        }
        Ok(())
    }

    /// Copies a table into an empty database.
    pub(crate) fn copy_table(&self, table: Table, to: &Blocks) -> Result<(), StoreError> {
        let mut batch = sled::Batch::default();
        for (key, value) in self.entries(table)? {
            batch.insert(&*key, &*value);
        }
        let to = to.tree(table)?;
        catch_panics(|| to.apply_batch(batch))?.map_err(sled_failed)
    }

    /// Builds the blocks in which these records replace those at the same positions.
    pub(crate) fn blocks_with<'a>(
        &self,
        records: &'a [Arc<Record>],
    ) -> Result<Vec<(Position, Vec<u8>)>, StoreError> {
        let by_position = |record: &'a Arc<Record>| (record.position, record);
        let mut rest: BTreeMap<Position, &Arc<Record>> = records.iter().map(by_position).collect();
        let mut blocks = Vec::new();
        while let Some((position, _)) = rest.first_key_value() {
            let mut block = self.read_block(*position)?;
            for record in &mut block {
                if let Some(other) = rest.remove(&record.position) {
                    *record = Record::clone(other);
                }
            }
            blocks.extend(pack_as_one(&block));
        }
        Ok(blocks)
    }

    /// Adds records and replaces blocks. Every write is added as a whole or not at all, together with
    /// all that it replaces. The changes are visible at once but not durable before [`Syncer::sync`],
    /// so readers stop at the head.
    pub(crate) fn append(
        &self,
        records: &[Arc<Record>],
        replaced: Vec<(Position, Vec<u8>)>,
    ) -> Result<(), StoreError> {
        let tree = self.opened().tree;
        let added = pack(records);
        // sled writes the first entry of a batch separately and waits for it, which costs short
        // groups the most.
        let apart =
            replaced.is_empty() && added.len() <= APART_MAX && begin_with_writes(&added, records);
        let appended = if apart {
            let insert = |(first, block)| tree.insert(key(first), block).map(drop);
            catch_panics(|| added.into_iter().try_for_each(insert))?
        } else {
            let mut batch = sled::Batch::default();
            for (first, block) in replaced.into_iter().chain(added) {
                batch.insert(&key(first), block);
            }
            catch_panics(|| tree.apply_batch(batch))?
        };
        appended.map_err(sled_failed)
    }
}

/// Implements [`Blocks::read_after`]. May panic in sled.
fn scan(
    tree: &sled::Tree,
    after: Position,
    upto: Position,
    count: usize,
) -> Result<Vec<Record>, StoreError> {
    let mut records = Vec::with_capacity(count.min(1024));
    let mut next = after + 1;
    let begin = block_with(tree, next)?.map_or(next, |(first, _)| first);
    let mut expected = begin;
    for entry in tree.range(key(begin)..=key(upto)) {
        let (first, value) = entry.map_err(|error| unreadable(expected, &error))?;
        if first != key(expected) {
            return Err(missing(expected));
        }
        let mut block = Block::open(expected, shared(value))?;
        block.skip_to(next)?;
        while next <= upto && records.len() < count {
            let Some(record) = block.read()? else { break };
            next += 1;
            records.push(record);
        }
        if next > upto || records.len() >= count {
            break;
        }
        expected = block.next_position();
    }
    Ok(records)
}

/// Finds the newest block that begins at `position` or before.
fn block_with(
    tree: &sled::Tree,
    position: Position,
) -> Result<Option<(Position, sled::IVec)>, StoreError> {
    let after = key(position.saturating_add(1));
    let found = catch_panics(|| tree.get_lt(after))?;
    let found = found.or_else(|error| {
        let last = catch_panics(|| last_before_damage(tree, position));
        last.ok().flatten().map(Some).ok_or(error)
    });
    let found = found.map_err(|error| unreadable(position, &error))?;
    found
        .map(|(key, value)| match <[u8; 8]>::try_from(&*key) {
            Ok(first) => Ok((Position::from_be_bytes(first), value)),
            Err(_) => Err(StoreError::Damaged {
                position,
                what: "it lies below a key that is not a position".to_owned(),
            }),
        })
        .transpose()
}

/// Finds the block that contains this position when it is the last one before a damaged page of
/// sled: a search backwards from behind that page finds nothing.
fn last_before_damage(tree: &sled::Tree, position: Position) -> Option<(sled::IVec, sled::IVec)> {
    let begin = position.saturating_sub(BLOCK_RECORDS_MAX);
    let blocks = tree.range(key(begin)..=key(position));
    let (key, value) = blocks.map_while(Result::ok).last()?;
    let first = Position::from_be_bytes(<[u8; 8]>::try_from(&*key).ok()?);
    let mut block = Block::open(first, shared(value.clone())).ok()?;
    block.skip_to(position).ok()?;
    block.read().ok()??;
    Some((key, value))
}

impl Generation {
    /// Returns the current number.
    pub(crate) fn get(&self) -> u64 {
        self.0.load(Ordering::Relaxed)
    }
}

fn name_of(table: Table) -> &'static str {
    match table {
        Table::Subscriptions => "subscriptions",
        Table::SubscriptionChanges => "subscription-changes",
    }
}

fn key(position: Position) -> [u8; 8] {
    position.to_be_bytes()
}

/// Shares sled's bytes, which are reference-counted.
fn shared(value: sled::IVec) -> Bytes {
    Bytes::from_owner(value)
}

/// The error of a missing record at a position at which there must be one.
pub(crate) fn missing(position: Position) -> StoreError {
    StoreError::Damaged {
        position,
        what: "it is missing".to_owned(),
    }
}

/// The error of a block that cannot be read. The store as a whole has not failed and goes on writing.
fn unreadable(position: Position, error: &sled::Error) -> StoreError {
    StoreError::Damaged {
        position,
        what: format!("it cannot be read: {}", sled_message(error)),
    }
}
