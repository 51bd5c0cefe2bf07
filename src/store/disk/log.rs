//! The log in sled: one tree, whose values are blocks of records (see `block`) under the big-endian
//! position of their first.
//!
//! sled 0.34.7 has holes that this file works around, each found by experiment: its `flush` does
//! not reach the disk, so we sync its file ourselves; large values become files that it never
//! syncs, so values are short. `opening` has those of a start. All calls block.

use std::{
    fs::{self, File},
    io,
    os::unix::fs::MetadataExt as _,
    panic::{self, AssertUnwindSafe},
    path::{Path, PathBuf},
    sync::{
        Arc, PoisonError, RwLock,
        atomic::{AtomicU64, Ordering},
    },
    time::{SystemTime, UNIX_EPOCH},
};

use bytes::Bytes;
use rustix::{
    fs::{FallocateFlags, fallocate},
    io::Errno,
};

use super::{
    block::{Block, begin_with_writes, pack},
    directory::{Directory, is_at},
    opening::{Opened, SEGMENT_LEN, open_data_file},
    private::is_removed,
};
use crate::store::{
    care::salvage::{located, refuse_lost_end},
    error::{OpenError, StoreError},
    record::{Position, Record},
};

/// Room behind the end of sled's file that no other file can take any more. Less than `ROOM_MIN`
/// is never begun with: a group, what sled writes beside it, and the rest of a segment.
const ROOM: u64 = 8 * SEGMENT_LEN as u64;
const ROOM_MIN: u64 = ROOM / 2;
/// Blocks that are added one by one at most: far less than a segment.
const APART_MAX: usize = 8;
/// Why sled cannot read what it wrote, as a user is to be told.
const NOT_AS_WRITTEN: &str = "the storage engine finds its files not as it wrote them";
/// Records of a block: its 16 KiB have no room for more, with their digests.
const BLOCK_RECORDS_MAX: u64 = 256;
/// Of `stat`, on every file system.
const STAT_BLOCK_LEN: u64 = 512;

/// The open log. Clones share it.
#[derive(Clone, Debug)]
pub struct Log {
    opened: Arc<RwLock<Opened>>,
    number: LogNumber,
    cache_bytes: u64,
}

/// Another number after each time that a log was replaced.
#[derive(Clone, Debug, Default)]
pub(crate) struct LogNumber(Arc<AtomicU64>);

/// What makes writes durable. There is one, and the writer has it.
#[derive(Debug)]
pub struct Syncer {
    db: sled::Db,
    /// sled's data file by a handle of our own, as sled never syncs it.
    file: File,
    blobs: PathBuf,
}

impl Log {
    /// Opens or makes the log.
    pub fn open(directory: &Directory, cache_bytes: u64) -> Result<(Log, Syncer), OpenError> {
        // sled panics then, which would be taken for damage.
        if SystemTime::now() < UNIX_EPOCH {
            let why = "the clock of this host is before 1970, where sled does not work; set it";
            return Err(OpenError::io("open the log")(io::Error::other(why)));
        }
        refuse_lost_end(directory)?;
        let opened = Opened::open(directory, cache_bytes);
        let (opened, file) = opened.map_err(|error| located(error, directory.path()))?;
        let syncer = Syncer::of(&opened, file, &directory.sled());
        Ok((Log::new(opened, cache_bytes), syncer))
    }

    /// Opens the log in a copy of a store, which need not be durable.
    pub(crate) fn open_copy(directory: &Directory, cache_bytes: u64) -> Result<Log, OpenError> {
        let opened = Opened::open_copy(directory, cache_bytes)?;
        Ok(Log::new(opened, cache_bytes))
    }

    /// An empty log like this one, where the next one of the same store is made.
    pub(crate) fn open_beside(&self, directory: &Directory) -> Result<(Log, Syncer), StoreError> {
        let path = directory.next_sled();
        let opened = Opened::open_at(&path, self.cache_bytes).map_err(sled_failed)?;
        let file = open_data_file(&path)
            .map_err(|error| StoreError::Failed(format!("open the new log: {error}")))?;
        let syncer = Syncer::of(&opened, file, &path);
        Ok((Log::new(opened, self.cache_bytes), syncer))
    }

    /// From now on this and all its clones are the other one.
    pub(crate) fn replace_by(&self, other: &Log) {
        let other = other.opened();
        self.number.0.fetch_add(1, Ordering::Relaxed);
        *self.opened.write().unwrap_or_else(PoisonError::into_inner) = other;
    }

    fn new(opened: Opened, cache_bytes: u64) -> Log {
        let opened = Arc::new(RwLock::new(opened));
        Log {
            opened,
            number: LogNumber::default(),
            cache_bytes,
        }
    }

    /// Tells whether it was replaced.
    pub(crate) fn number(&self) -> LogNumber {
        self.number.clone()
    }

    fn opened(&self) -> Opened {
        let opened = self.opened.read().unwrap_or_else(PoisonError::into_inner);
        opened.clone()
    }

    /// Up to `count` records after `after`, up to and including `upto`. They share the bytes of
    /// their blocks.
    pub fn read_after(
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
        contained(|| scan(&tree, after, upto, count))?
    }

    /// One record.
    pub fn read(&self, position: Position) -> Result<Record, StoreError> {
        let record = match block_with(&self.opened().tree, position)? {
            Some((first, value)) => Block::open(first, shared(value))?.read_alone(position)?,
            None => None,
        };
        record.ok_or_else(|| missing(position))
    }

    /// All records of the block that `position` is in.
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

    /// Another tree of the same database, made when it is not there. What is written to it becomes
    /// durable by [`Syncer::sync`] too.
    pub(crate) fn tree(&self, name: &str) -> Result<sled::Tree, StoreError> {
        contained(|| self.opened().db.open_tree(name))?.map_err(sled_failed)
    }

    /// Adds records and replaces blocks: every write is added whole or not at all, and with all that
    /// it replaces. They are visible at once, but not durable before [`Syncer::sync`], so readers
    /// stop at the head.
    pub fn append(
        &self,
        records: &[Arc<Record>],
        replaced: Vec<(Position, Vec<u8>)>,
    ) -> Result<(), StoreError> {
        let tree = self.opened().tree;
        let added = pack(records);
        // A batch of sled's begins with an entry that is written, and waited for, apart from the rest,
        // which costs a short group the most.
        let apart =
            replaced.is_empty() && added.len() <= APART_MAX && begin_with_writes(&added, records);
        let appended = if apart {
            let insert = |(first, block)| tree.insert(key(first), block).map(drop);
            contained(|| added.into_iter().try_for_each(insert))?
        } else {
            let mut batch = sled::Batch::default();
            for (first, block) in replaced.into_iter().chain(added) {
                batch.insert(&key(first), block);
            }
            contained(|| tree.apply_batch(batch))?
        };
        appended.map_err(sled_failed)
    }
}

/// See [`Log::read_after`]. May panic in sled.
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

/// The newest block that begins at `position` or before.
fn block_with(
    tree: &sled::Tree,
    position: Position,
) -> Result<Option<(Position, sled::IVec)>, StoreError> {
    let after = key(position.saturating_add(1));
    let found = contained(|| tree.get_lt(after))?;
    let found = found.or_else(|error| {
        let last = contained(|| last_before_damage(tree, position));
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

/// The block with this position when it is the last one before a page of sled's that is damaged: from
/// behind it sled finds nothing.
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

impl LogNumber {
    /// The number now.
    pub(crate) fn get(&self) -> u64 {
        self.0.load(Ordering::Relaxed)
    }
}

impl Syncer {
    fn of(opened: &Opened, file: File, path: &Path) -> Syncer {
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
    pub fn is_in_place(&self) -> bool {
        is_at(&self.file, &self.blobs.with_file_name("db"))
    }

    /// Makes everything durable that was appended. Its failure is final: what reached the disk is
    /// not known, and asking again would not tell.
    pub fn sync(&self) -> Result<(), StoreError> {
        contained(|| self.db.flush())?.map_err(sled_failed)?;
        self.file
            .sync_data()
            .map_err(|error| StoreError::Failed(format!("fdatasync: {error}")))
    }

    /// Takes room for what is appended next; false when the disk is full. A write of sled's that
    /// finds no room is final, and free space may be gone between a look at it and the write.
    pub fn reserve_room(&self) -> io::Result<bool> {
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
    pub fn check_no_blobs(&self) -> Result<(), StoreError> {
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

fn key(position: Position) -> [u8; 8] {
    position.to_be_bytes()
}

/// sled's bytes, which it counts references to as well.
fn shared(value: sled::IVec) -> Bytes {
    Bytes::from_owner(value)
}

/// There is no record at a position at which there has to be one.
pub(crate) fn missing(position: Position) -> StoreError {
    StoreError::Damaged {
        position,
        what: "it is missing".to_owned(),
    }
}

/// The same failure with the first position after `after` that cannot be read, which sled does not
/// tell; as it is when each can, up to `upto`.
pub(crate) fn named(log: &Log, after: Position, upto: Position, error: StoreError) -> StoreError {
    let StoreError::Failed(what) = &error else {
        return error;
    };
    match (after + 1..=upto).find(|position| log.read(*position).is_err()) {
        Some(position) => StoreError::Damaged {
            position,
            what: format!("it cannot be read: {what}"),
        },
        None => error,
    }
}

/// Not a failure of the store as a whole, which goes on writing.
fn unreadable(position: Position, error: &sled::Error) -> StoreError {
    StoreError::Damaged {
        position,
        what: format!("it cannot be read: {}", told(error)),
    }
}

pub(crate) fn sled_failed(error: sled::Error) -> StoreError {
    StoreError::Failed(told(&error))
}

/// What sled says in words of ours, as its own are for whoever works on sled. The log has those.
pub(crate) fn told(error: &sled::Error) -> String {
    match error {
        sled::Error::Io(error) => return error.to_string(),
        sled::Error::Corruption { .. } => tracing::debug!(%error, "sled has found damage"),
        _ => tracing::warn!(%error, "sled has failed"),
    }
    NOT_AS_WRITTEN.to_owned()
}

/// Runs a call into sled, turning a panic in it into an error.
pub(crate) fn contained<T>(call: impl FnOnce() -> T) -> Result<T, StoreError> {
    panic::catch_unwind(AssertUnwindSafe(call))
        .map_err(|panic| StoreError::Failed(panic_message(&*panic)))
}

pub(crate) fn panic_message(panic: &(dyn std::any::Any + Send)) -> String {
    let text = panic
        .downcast_ref::<&str>()
        .map(|text| (*text).to_owned())
        .or_else(|| panic.downcast_ref::<String>().cloned());
    let text = text.unwrap_or_else(|| "no message".to_owned());
    // On a damaged file there may be one for each record that is tried.
    tracing::debug!(text, "sled panicked");
    NOT_AS_WRITTEN.to_owned()
}
