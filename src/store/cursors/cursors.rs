use std::{
    collections::BTreeMap,
    ops::Bound,
    sync::{Arc, Mutex, PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard},
};

use bytes::Bytes;
use tokio::sync::watch;

use super::{cursor::Cursor, history::CursorHistory};
use crate::{
    clock::Moment,
    store::{
        error::StoreError,
        log::{Edit, Entry, Log, Table},
        record::Position,
    },
};

/// Every subscription as it is durable. Written by the writer, read by anybody.
#[derive(Debug)]
pub struct Cursors {
    published: RwLock<Published>,
    /// Written by the writer alone.
    past: Mutex<CursorHistory>,
}

type Published = BTreeMap<String, watch::Sender<Arc<Cursor>>>;

/// States as they will be, each by its id; `None` for those deleted.
pub(super) type Staged = BTreeMap<String, Option<Arc<Cursor>>>;

impl Cursors {
    /// Reads and checks all of them. What a stopped process left open is closed and what has expired
    /// is gone, which the edits say that are to be made durable.
    pub(crate) fn open(
        log: &dyn Log,
        head: Position,
        now: Moment,
    ) -> Result<(Cursors, Vec<Edit>), StoreError> {
        let stored = CursorHistory::read(&log.entries(Table::SubscriptionChanges)?)?;
        let (mut past, mut edits) = (stored, Vec::new());
        let mut published = Published::new();
        for (key, value) in log.entries(Table::Subscriptions)? {
            let mut cursor = read(&key, &value, head)?;
            let was_open = cursor.lease.open;
            cursor.idle.counted_at = now.steady_micros;
            cursor.recover(head, now);
            if cursor.is_expired(now.steady_micros) {
                past.add(&cursor);
                edits.push(edit(&cursor.slug, None));
                continue;
            }
            if was_open {
                edits.push(edit(&cursor.slug, Some(&cursor)));
            }
            published.insert(cursor.slug.clone(), watch::Sender::new(Arc::new(cursor)));
        }
        if past != stored {
            edits.insert(0, past.edit());
        }
        let cursors = Cursors {
            published: RwLock::new(published),
            past: Mutex::new(past),
        };
        Ok((cursors, edits))
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
    pub(super) fn past(&self) -> CursorHistory {
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

    /// Shows states that are durable.
    pub(super) fn publish(&self, staged: Staged, past: Option<CursorHistory>) {
        if staged.is_empty() {
            return;
        }
        if let Some(past) = past {
            *self.past.lock().unwrap_or_else(PoisonError::into_inner) = past;
        }
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

/// Edits that make these states durable, `None` being a deletion, and what subscriptions were given so
/// far.
pub(super) fn edits(staged: &Staged, past: Option<CursorHistory>) -> Vec<Edit> {
    let states = staged
        .iter()
        .map(|(slug, cursor)| edit(slug, cursor.as_deref()));
    past.map(CursorHistory::edit)
        .into_iter()
        .chain(states)
        .collect()
}

fn edit(slug: &str, cursor: Option<&Cursor>) -> Edit {
    Edit {
        table: Table::Subscriptions,
        key: slug.as_bytes().to_vec(),
        value: cursor.map(Cursor::encode),
    }
}

/// Edits that bring subscriptions that were exported into a log that has none and ends at `head`, in a
/// store of this epoch. Leases and etags that the other store gives out since are not taken for ours.
pub(crate) fn restored_cursors(
    store_epoch: &str,
    head: Position,
    stored: &[impl AsRef<[u8]>],
) -> Result<Vec<Edit>, StoreError> {
    let past = CursorHistory::of_history(store_epoch);
    let mut next = past;
    let mut edits = Vec::with_capacity(stored.len() + 1);
    for bytes in stored {
        let mut cursor = check_cursor(bytes.as_ref(), head)?;
        past.adopt(&mut cursor);
        next.incarnation = next.incarnation.max(cursor.incarnation);
        next.add(&cursor);
        edits.push(edit(&cursor.slug, Some(&cursor)));
    }
    edits.push(next.edit());
    Ok(edits)
}

/// Reads every subscription beside a log that ends at `head`, and tells how many there are.
pub(crate) fn check_cursors(log: &dyn Log, head: Position) -> Result<usize, StoreError> {
    let entries = log.entries(Table::Subscriptions)?;
    for (key, value) in &entries {
        read(key, value, head)?;
    }
    Ok(entries.len())
}

/// A subscription as it is stored, whatever that is.
pub(crate) struct StoredCursor {
    key: Bytes,
    pub value: Bytes,
}

impl From<Entry> for StoredCursor {
    fn from((key, value): Entry) -> StoredCursor {
        StoredCursor { key, value }
    }
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
