use std::{
    collections::BTreeMap,
    ops::Bound,
    path::Path,
    sync::{Arc, Mutex, PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard},
};

use tokio::sync::watch;

use super::{
    count::{ChangeCount, begin_count, copy_count},
    cursor::Cursor,
    past::Past,
};
use crate::{
    clock::Moment,
    store::{
        disk::log::{Log, contained, sled_failed},
        error::StoreError,
        record::Position,
    },
};

const TREE: &str = "subscriptions";

/// Every subscription as it is durable. Written by the writer, read by anybody.
#[derive(Debug)]
pub struct Cursors {
    log: Log,
    changes: ChangeCount,
    published: RwLock<Published>,
    /// Written by the writer alone.
    past: Mutex<Past>,
}

type Published = BTreeMap<String, watch::Sender<Arc<Cursor>>>;

impl Cursors {
    /// Reads and checks all of them, and that none of their changes is lost; what a stopped process
    /// left open is closed and what has expired is gone. That is on disk after the next sync.
    pub fn open(
        log: &Log,
        directory: &Path,
        head: Position,
        now: Moment,
    ) -> Result<Cursors, StoreError> {
        let changes = ChangeCount::open(log, directory)?;
        let tree = log.tree(TREE)?;
        let stored = Past::read(log)?;
        let mut past = stored;
        let mut published = Published::new();
        let mut batch = sled::Batch::default();
        for (key, value) in entries(&tree)? {
            let mut cursor = read(&key, &value, head)?;
            let was_open = cursor.lease.open;
            cursor.idle.counted_at = now.steady_micros;
            cursor.recover(head, now);
            if cursor.is_expired(now.steady_micros) {
                past.add(&cursor);
                batch.remove(key);
                continue;
            }
            if was_open {
                batch.insert(key, cursor.encode());
            }
            published.insert(cursor.slug.clone(), watch::Sender::new(Arc::new(cursor)));
        }
        if past != stored {
            past.write(log)?;
        }
        contained(|| tree.apply_batch(batch))?.map_err(sled_failed)?;
        let published = RwLock::new(published);
        let log = log.clone();
        Ok(Cursors {
            log,
            changes,
            published,
            past: Mutex::new(past),
        })
    }

    /// One by its id.
    pub fn get(&self, slug: &str) -> Option<Arc<Cursor>> {
        self.read().get(slug).map(|cursor| cursor.borrow().clone())
    }

    /// Follows one by its id. The sender is gone when it is deleted.
    pub fn follow(&self, slug: &str) -> Option<watch::Receiver<Arc<Cursor>>> {
        self.read().get(slug).map(watch::Sender::subscribe)
    }

    /// Up to `count` of them after an id, in their order.
    pub fn list(&self, after: &str, count: usize) -> Vec<Arc<Cursor>> {
        let range = (Bound::Excluded(after), Bound::Unbounded);
        let cursors = self.read();
        let listed = cursors.range::<str, _>(range).take(count);
        listed.map(|(_, cursor)| cursor.borrow().clone()).collect()
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.read().len()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.read().is_empty()
    }

    /// What subscriptions were given so far.
    pub(super) fn past(&self) -> Past {
        *self.past.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The one that a request made.
    pub(super) fn made_by(&self, request_id: &str) -> Option<Arc<Cursor>> {
        self.list("", usize::MAX).into_iter().find(|cursor| {
            cursor
                .request
                .as_ref()
                .is_some_and(|key| key.id == request_id)
        })
    }

    /// Writes states, each whole or not at all, `None` being a deletion. Durable after the next sync.
    pub(super) fn write(
        &self,
        staged: &BTreeMap<String, Option<Arc<Cursor>>>,
        past: Option<Past>,
    ) -> Result<(), StoreError> {
        if let Some(past) = past {
            past.write(&self.log)?;
        }
        let tree = self.log.tree(TREE)?;
        // One by one, as no state rests on another's, and a batch of sled's is waited for twice.
        let write = |(slug, cursor): (&String, &Option<Arc<Cursor>>)| match cursor {
            Some(cursor) => tree.insert(slug, cursor.encode()).map(drop),
            None => tree.remove(slug).map(drop),
        };
        contained(|| staged.iter().try_for_each(write))?.map_err(sled_failed)?;
        self.changes.write()
    }

    /// Shows states that are durable.
    pub(super) fn publish(
        &self,
        staged: BTreeMap<String, Option<Arc<Cursor>>>,
        past: Option<Past>,
    ) {
        if staged.is_empty() {
            return;
        }
        if let Some(past) = past {
            *self.past.lock().unwrap_or_else(PoisonError::into_inner) = past;
        }
        // First, so that what anybody has seen is never missed in silence.
        self.changes.raise_mark();
        let mut published = self
            .published
            .write()
            .unwrap_or_else(PoisonError::into_inner);
        for (slug, cursor) in staged {
            publish(&mut published, slug, cursor);
        }
    }

    fn read(&self) -> RwLockReadGuard<'_, Published> {
        self.published
            .read()
            .unwrap_or_else(PoisonError::into_inner)
    }
}

/// Copies subscriptions as they are stored. Durable after the next sync.
pub(crate) fn copy_cursors(from: &Log, to: &Log) -> Result<(), StoreError> {
    copy_count(from, to)?;
    Past::read(from)?.write(to)?;
    let (from, to) = (from.tree(TREE)?, to.tree(TREE)?);
    let mut batch = sled::Batch::default();
    for (key, value) in entries(&from)? {
        batch.insert(key, value);
    }
    contained(|| to.apply_batch(batch))?.map_err(sled_failed)
}

/// Writes subscriptions that were exported into a log that has none and ends at `head`, in a store of
/// this epoch. Leases and etags that the other store gives out since are not taken for ours. Durable
/// after the next sync.
pub(crate) fn restore_cursors(
    log: &Log,
    store_epoch: &str,
    head: Position,
    stored: &[impl AsRef<[u8]>],
) -> Result<(), StoreError> {
    let tree = log.tree(TREE)?;
    let past = Past::of_history(store_epoch);
    let mut next = past;
    let mut batch = sled::Batch::default();
    for bytes in stored {
        let mut cursor = check_cursor(bytes.as_ref(), head)?;
        past.adopt(&mut cursor);
        next.incarnation = next.incarnation.max(cursor.incarnation);
        next.add(&cursor);
        batch.insert(cursor.slug.as_bytes(), cursor.encode());
    }
    next.write(log)?;
    begin_count(log, stored.len())?;
    contained(|| tree.apply_batch(batch))?.map_err(sled_failed)
}

/// Reads every subscription beside a log that ends at `head`, and tells how many there are.
pub(crate) fn check_cursors(log: &Log, head: Position) -> Result<usize, StoreError> {
    let tree = log.tree(TREE)?;
    let mut count = 0;
    for (key, value) in entries(&tree)? {
        read(&key, &value, head)?;
        count += 1;
    }
    Ok(count)
}

/// A subscription as it is stored, whatever that is.
pub(crate) struct StoredCursor {
    key: sled::IVec,
    pub value: sled::IVec,
}

impl StoredCursor {
    /// What it is called.
    pub(crate) fn name(&self) -> String {
        Cursor::name_of(&String::from_utf8_lossy(&self.key))
    }

    /// Whether it can be read and is not ahead of `head`.
    pub(crate) fn is_within(&self, head: Position) -> bool {
        read(&self.key, &self.value, head).is_ok()
    }
}

/// All subscriptions that are stored.
pub(crate) fn stored_cursors(log: &Log) -> Result<Vec<StoredCursor>, StoreError> {
    let stored = entries(&log.tree(TREE)?)?.into_iter();
    Ok(stored
        .map(|(key, value)| StoredCursor { key, value })
        .collect())
}

/// All that is stored, of which there is not more than [`CURSORS_MAX`](super::CURSORS_MAX) allows.
fn entries(tree: &sled::Tree) -> Result<Vec<(sled::IVec, sled::IVec)>, StoreError> {
    // sled reads while its iterator is moved.
    contained(|| tree.iter().collect::<Result<_, _>>())?.map_err(sled_failed)
}

/// Reads a subscription as it was stored beside a log that ends at `head`.
pub fn check_cursor(stored: &[u8], head: Position) -> Result<Cursor, StoreError> {
    let slug = Cursor::slug_in(stored).unwrap_or_default();
    read(slug.as_bytes(), stored, head)
}

fn publish(
    published: &mut RwLockWriteGuard<'_, Published>,
    slug: String,
    cursor: Option<Arc<Cursor>>,
) {
    match (published.get(&slug), cursor) {
        // One that was deleted and made again is another one to whoever followed it.
        (Some(sender), Some(cursor)) if sender.borrow().is_same(&cursor) => {
            sender.send_replace(cursor);
        }
        (_, Some(cursor)) => {
            published.insert(slug, watch::Sender::new(cursor));
        }
        (_, None) => {
            published.remove(&slug);
        }
    }
}

fn read(key: &[u8], value: &[u8], head: Position) -> Result<Cursor, StoreError> {
    let name = Cursor::name_of(&String::from_utf8_lossy(key));
    let damaged = |what| StoreError::DamagedSubscription {
        name: name.clone(),
        what,
    };
    let cursor = Cursor::decode(key, value).map_err(damaged)?;
    let furthest = cursor
        .segments
        .iter()
        .map(|segment| segment.after)
        .fold(cursor.acked, u64::max);
    if furthest > head {
        return Err(damaged(format!(
            "it knows of position {furthest} and the log ends at {head}"
        )));
    }
    Ok(cursor)
}
