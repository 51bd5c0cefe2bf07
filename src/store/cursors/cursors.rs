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

/// The durable state of every subscription. The writer changes it, and anybody reads it.
#[derive(Debug)]
pub struct Cursors {
    published: RwLock<Published>,
    /// Changed by the writer alone.
    past: Mutex<CursorHistory>,
}

type Published = BTreeMap<String, watch::Sender<Arc<Cursor>>>;

/// The states that subscriptions will have, by id; `None` for deleted ones.
pub(super) type Staged = BTreeMap<String, Option<Arc<Cursor>>>;

impl Cursors {
    /// Reads and checks all subscriptions. Closes the streams that a stopped process left open, and
    /// deletes expired subscriptions; the caller must make the returned edits durable.
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

    /// Looks up a subscription by id.
    pub fn get(&self, slug: &str) -> Option<Arc<Cursor>> {
        self.read().get(slug).map(|cursor| cursor.borrow().clone())
    }

    /// Follows a subscription by id. The sender is dropped when it is deleted.
    pub fn follow(&self, slug: &str) -> Option<watch::Receiver<Arc<Cursor>>> {
        self.read().get(slug).map(watch::Sender::subscribe)
    }

    /// Lists up to `count` subscriptions after an id, in order of ids.
    pub fn list(&self, after: &str, count: usize) -> Vec<Arc<Cursor>> {
        let range = (Bound::Excluded(after), Bound::Unbounded);
        let cursors = self.read();
        let listed = cursors.range::<str, _>(range).take(count);
        listed.map(|(_, cursor)| cursor.borrow().clone()).collect()
    }

    /// Returns how many there are.
    pub fn len(&self) -> usize {
        self.read().len()
    }

    /// Returns whether there are none.
    pub fn is_empty(&self) -> bool {
        self.read().is_empty()
    }

    /// Returns the numbers that subscriptions were given so far.
    pub(super) fn past(&self) -> CursorHistory {
        *self.past.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Finds the subscription that a request created.
    pub(super) fn made_by(&self, request_id: &str) -> Option<Arc<Cursor>> {
        self.list("", usize::MAX).into_iter().find(|cursor| {
            cursor
                .request
                .as_ref()
                .is_some_and(|key| key.id == request_id)
        })
    }

    /// Publishes states that are durable.
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

/// Returns the edits that make these states durable, and the numbers that subscriptions were given so
/// far. `None` is a deletion.
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

/// Returns the edits that restore exported subscriptions into a log that has none and ends at
/// `head`, in a store with this epoch. Leases and etags that the exporting store gives out since
/// then are not valid here.
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

/// Checks every subscription beside a log that ends at `head`, and returns how many there are.
pub(crate) fn check_cursors(log: &dyn Log, head: Position) -> Result<usize, StoreError> {
    let entries = log.entries(Table::Subscriptions)?;
    for (key, value) in &entries {
        read(key, value, head)?;
    }
    Ok(entries.len())
}

/// A subscription as it is stored, which may be damaged.
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
    /// Returns its name, from its key.
    pub(crate) fn name(&self) -> String {
        Cursor::name_of(&String::from_utf8_lossy(&self.key))
    }

    /// Returns whether it can be read and is not ahead of `head`.
    pub(crate) fn is_within(&self, head: Position) -> bool {
        read(&self.key, &self.value, head).is_ok()
    }
}

/// Reads a subscription that was stored beside a log that ends at `head`.
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
        // A subscription that was deleted and created again is another one to its followers.
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
