//! How often subscriptions were changed: counted in sled behind each change, and in a file outside it
//! once the change is durable and before it is answered. When sled has counted less than the file
//! says, changes are lost that somebody was told of, however healthy the rest looks: on a damaged
//! end of its log sled goes back to what lies before it.

use std::{
    io,
    path::Path,
    sync::{Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use crate::store::{
    digest::Digest,
    disk::{
        directory::sync_directory,
        high_water::HighWater,
        log::{Log, contained, sled_failed},
    },
    error::StoreError,
};

const TREE: &str = "subscription-changes";
const KEY: &[u8] = b"count";
/// The file. It is not synced by us: it is a lower bound, which after a power cut may be an old one.
pub(crate) const FILE: &str = "SUBSCRIPTIONS-MARK";

/// The count and its mark.
#[derive(Debug)]
pub(crate) struct ChangeCount {
    log: Log,
    counted: Mutex<Counted>,
}

#[derive(Debug)]
struct Counted {
    count: u64,
    mark: HighWater,
}

/// How often subscriptions were changed.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub struct Changes {
    /// As far as somebody was told of it, at least.
    pub answered: u64,
    /// As far as the log knows.
    pub there: u64,
}

impl Changes {
    /// By the log and by the mark in a directory. What cannot be read tells of none.
    pub fn of(log: &Log, directory: &Path) -> Changes {
        Changes {
            answered: HighWater::reached_in(&directory.join(FILE)).unwrap_or(0),
            there: read(log).unwrap_or(0),
        }
    }
}

impl ChangeCount {
    /// Reads both. Refuses a count that is below the mark.
    pub(crate) fn open(log: &Log, directory: &Path) -> Result<ChangeCount, StoreError> {
        let count = read(log)?;
        let name = directory.join(FILE);
        if count > 0 && matches!(name.try_exists(), Ok(false)) {
            return Err(damaged(format!(
                "the file {FILE} is missing, without which nobody can tell whether acknowledgements \
                 are lost; put it back if it was moved, or `entente backup salvage` keeps what is there"
            )));
        }
        let opened = HighWater::open_file(&name);
        let opened = opened.and_then(|mark| sync_directory(directory).map(|()| mark));
        let mark = opened.map_err(|error| StoreError::Failed(format!("open {FILE}: {error}")))?;
        let reached = mark.mark.0;
        if count < reached {
            return Err(damaged(format!(
                "{reached} changes of them were answered and {count} are there, so \
                 acknowledgements are lost; `entente backup salvage` keeps the others, and \
                 consumers then get again what they had acknowledged since"
            )));
        }
        let counted = Mutex::new(Counted { count, mark });
        let log = log.clone();
        Ok(ChangeCount { log, counted })
    }

    /// Counts a group of changes that were written before. Durable after the next sync.
    pub(crate) fn write(&self) -> Result<(), StoreError> {
        let mut counted = self.counted();
        counted.count += 1;
        write(&self.log, counted.count)
    }

    /// Raises the mark: what was counted is durable, and is answered next.
    pub(crate) fn raise_mark(&self) {
        let mut counted = self.counted();
        let count = counted.count;
        // Nothing but a check is lost.
        if let Err(error) = counted.mark.raise(count, Digest::default()) {
            tracing::warn!(%error, "cannot raise the mark of subscriptions");
        }
    }

    fn counted(&self) -> MutexGuard<'_, Counted> {
        self.counted.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Lets a copy of the log count on from where this one is.
pub(super) fn copy_count(from: &Log, to: &Log) -> Result<(), StoreError> {
    write(to, read(from)?)
}

/// Begins to count in a log that is filled, as if each of its subscriptions had been changed once, so
/// that its [mark](begin_mark) is missed when it is not there.
pub(super) fn begin_count(log: &Log, subscriptions: usize) -> Result<(), StoreError> {
    write(log, subscriptions as u64)
}

/// Makes the mark of a log that has begun to count and is durable. The directory is not synced.
pub(crate) fn begin_mark(directory: &Path, subscriptions: usize) -> io::Result<()> {
    let mut mark = HighWater::open_file(&directory.join(FILE))?;
    mark.raise(subscriptions as u64, Digest::default())?;
    mark.sync(Duration::ZERO)
}

fn write(log: &Log, count: u64) -> Result<(), StoreError> {
    let tree = log.tree(TREE)?;
    contained(|| tree.insert(KEY, &count.to_be_bytes()))?.map_err(sled_failed)?;
    Ok(())
}

fn read(log: &Log) -> Result<u64, StoreError> {
    let tree = log.tree(TREE)?;
    let Some(bytes) = contained(|| tree.get(KEY))?.map_err(sled_failed)? else {
        // Of a version that did not count.
        return Ok(0);
    };
    let bytes = <[u8; 8]>::try_from(&*bytes);
    let bytes = bytes.map_err(|_| damaged("their count has another length".to_owned()))?;
    Ok(u64::from_be_bytes(bytes))
}

fn damaged(what: String) -> StoreError {
    StoreError::DamagedSubscription {
        name: "the subscriptions".to_owned(),
        what,
    }
}
