//! The open watches, for operators and for the limit on their number.

use std::{
    collections::BTreeMap,
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicBool, AtomicI64, AtomicU64, Ordering},
    },
};

use super::request::Client;
use crate::{index::Position, rejection::Rejection, store::now_micros};

/// What one watch has done so far. Written by the watch, read by operators.
#[derive(Debug)]
pub struct WatchState {
    pub id: u64,
    pub client: Client,
    /// Normalized.
    pub filter: String,
    pub start_micros: i64,
    position: AtomicU64,
    sent_changes: AtomicU64,
    sent_bytes: AtomicU64,
    last_write_micros: AtomicI64,
    live: AtomicBool,
    reading: AtomicBool,
}

/// Every open watch.
#[derive(Clone, Debug)]
pub struct Registry {
    shared: Arc<Shared>,
}

#[derive(Debug)]
struct Shared {
    limit: usize,
    next_id: AtomicU64,
    open: Mutex<BTreeMap<u64, Arc<WatchState>>>,
}

/// A place among the open watches, given up when dropped.
#[derive(Debug)]
pub struct Registration {
    pub state: Arc<WatchState>,
    registry: Registry,
}

impl Registry {
    /// For at most `limit` watches at a time.
    pub fn new(limit: usize) -> Registry {
        let open = Mutex::default();
        Registry {
            shared: Arc::new(Shared {
                limit,
                next_id: AtomicU64::new(1),
                open,
            }),
        }
    }

    /// Takes a place for a watch that stands at `position`.
    pub fn register(
        &self,
        client: Client,
        filter: &str,
        position: Position,
    ) -> Result<Registration, Rejection> {
        let mut open = self.open();
        if open.len() >= self.shared.limit {
            return Err(Rejection::TooManyWatches {
                limit: self.shared.limit,
            });
        }
        let now = now_micros();
        let state = Arc::new(WatchState {
            id: self.shared.next_id.fetch_add(1, Ordering::Relaxed),
            client,
            filter: filter.to_owned(),
            start_micros: now,
            position: AtomicU64::new(position),
            sent_changes: AtomicU64::new(0),
            sent_bytes: AtomicU64::new(0),
            last_write_micros: AtomicI64::new(now),
            live: AtomicBool::new(false),
            reading: AtomicBool::new(false),
        });
        open.insert(state.id, state.clone());
        Ok(Registration {
            state,
            registry: self.clone(),
        })
    }

    /// Up to `count` open watches opened after the one with id `after`, oldest first.
    pub fn list(&self, after: u64, count: usize) -> Vec<Arc<WatchState>> {
        self.open()
            .range(after.saturating_add(1)..)
            .take(count)
            .map(|(_, s)| s.clone())
            .collect()
    }

    /// How many watches are open.
    pub fn len(&self) -> usize {
        self.open().len()
    }

    /// Whether no watch is open.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    fn open(&self) -> MutexGuard<'_, BTreeMap<u64, Arc<WatchState>>> {
        self.shared
            .open
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Registration {
    fn drop(&mut self) {
        self.registry.open().remove(&self.state.id);
    }
}

impl WatchState {
    /// "watches/{watch}".
    pub fn name(&self) -> String {
        format!("watches/{}", self.id)
    }

    pub fn position(&self) -> Position {
        self.position.load(Ordering::Relaxed)
    }

    pub fn sent_changes(&self) -> u64 {
        self.sent_changes.load(Ordering::Relaxed)
    }

    pub fn sent_bytes(&self) -> u64 {
        self.sent_bytes.load(Ordering::Relaxed)
    }

    pub fn last_write_micros(&self) -> i64 {
        self.last_write_micros.load(Ordering::Relaxed)
    }

    pub fn is_live(&self) -> bool {
        self.live.load(Ordering::Relaxed)
    }

    /// Whether it is waiting for the store at this moment.
    pub fn is_reading(&self) -> bool {
        self.reading.load(Ordering::Relaxed)
    }

    pub(super) fn wrote(&self, bytes: usize, micros: i64) {
        self.sent_bytes.fetch_add(bytes as u64, Ordering::Relaxed);
        self.last_write_micros.store(micros, Ordering::Relaxed);
    }

    pub(super) fn sent_change(&self) -> u64 {
        self.sent_changes.fetch_add(1, Ordering::Relaxed) + 1
    }

    pub(super) fn moved_to(&self, position: Position) {
        self.position.store(position, Ordering::Relaxed);
    }

    pub(super) fn set_live(&self, live: bool) {
        self.live.store(live, Ordering::Relaxed);
    }

    pub(super) fn set_reading(&self, reading: bool) {
        self.reading.store(reading, Ordering::Relaxed);
    }
}
