//! The open watches, for operators and for the limit on their number.

use std::{
    collections::{BTreeMap, HashMap, hash_map::Entry},
    fmt, mem,
    sync::{
        Arc, Mutex, MutexGuard, OnceLock, PoisonError, Weak,
        atomic::{AtomicBool, AtomicI64, AtomicU64, Ordering},
    },
    time::Duration,
};

use tokio_util::sync::CancellationToken;

use super::{outlet::Outlet, request::Client};
use crate::{index::Position, proto::v1, rejection::Rejection, store::now_micros};

/// A stall is noticed after this part of its time, and late by no more than it.
pub(super) const STALL_STEPS: u32 = 4;

/// What one watch has done so far. Written by the watch, read by operators.
pub struct WatchState {
    pub id: u64,
    pub client: Client,
    /// Normalized.
    pub filter: String,
    pub start_micros: i64,
    /// Cancelled when it is to end before its time.
    pub(super) ended: CancellationToken,
    /// Where its frames leave the server.
    pub(super) outlet: OnceLock<Weak<dyn Outlet>>,
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
    limits: WatchLimits,
    next_id: AtomicU64,
    open: Mutex<Open>,
}

#[derive(Debug, Default)]
struct Open {
    /// Places taken, in all and by each client.
    places: usize,
    places_by_holder: HashMap<String, usize>,
    watches: BTreeMap<u64, Arc<WatchState>>,
}

/// How many watches may be open at a time.
#[derive(Clone, Copy, Debug)]
pub struct WatchLimits {
    pub in_all: usize,
    /// Of one principal or, when there is none, of one address.
    pub per_client: usize,
}

/// A place among the open watches, given up when dropped.
#[derive(Debug)]
pub struct Place {
    holder: String,
    registry: Registry,
}

/// A place with a watch on it, given up when dropped.
#[derive(Debug)]
pub struct Registration {
    pub state: Arc<WatchState>,
    place: Place,
}

impl Registry {
    /// For as many watches as the limits say.
    pub fn new(limits: WatchLimits) -> Registry {
        let shared = Shared {
            limits,
            next_id: AtomicU64::new(1),
            open: Mutex::default(),
        };
        Registry {
            shared: Arc::new(shared),
        }
    }

    /// Takes a place for a watch of this client.
    pub fn reserve(&self, client: &Client) -> Result<Place, Rejection> {
        let WatchLimits { in_all, per_client } = self.shared.limits;
        let holder = client.holder();
        let mut open = self.open();
        if open.places >= in_all {
            return Err(Rejection::TooManyWatches {
                limit: in_all,
                holder: None,
            });
        }
        let held = open.places_by_holder.entry(holder.clone()).or_default();
        if *held >= per_client {
            return Err(Rejection::TooManyWatches {
                limit: per_client,
                holder: Some(holder),
            });
        }
        *held += 1;
        open.places += 1;
        Ok(Place {
            holder,
            registry: self.clone(),
        })
    }

    /// An open watch.
    pub fn find(&self, name: &str) -> Option<Arc<WatchState>> {
        let id = name.strip_prefix("watches/")?.parse().ok()?;
        let found = self.open().watches.get(&id).cloned();
        found.filter(|state| state.name() == name)
    }

    /// Up to `count` open watches opened after the one with id `after`, oldest first.
    pub fn list(&self, after: u64, count: usize) -> Vec<Arc<WatchState>> {
        self.open()
            .watches
            .range(after.saturating_add(1)..)
            .take(count)
            .map(|(_, s)| s.clone())
            .collect()
    }

    /// Ends the watches that have had a frame for their client for `timeout`, which it did not take.
    pub(super) fn end_stalled(&self, timeout: Duration) {
        let micros = |duration: Duration| i64::try_from(duration.as_micros()).unwrap_or(i64::MAX);
        let silence = |state: &WatchState| now_micros() - state.last_write_micros();
        let open = self.open();
        let quiet = open.watches.values();
        let quiet = quiet.filter(|state| silence(state) >= micros(timeout / STALL_STEPS));
        let quiet: Vec<Arc<WatchState>> = quiet.cloned().collect();
        drop(open);
        for state in quiet {
            let stalled = silence(&state) >= micros(timeout);
            if stalled && state.end_resting(v1::EndReason::ConsumerStalled) {
                tracing::info!(
                    watch = state.name(),
                    peer = state.client.peer,
                    label = state.client.label,
                    position = state.position(),
                    "ended, as its client accepts nothing"
                );
            } else {
                // It may have something to say for which nobody has asked.
                state.press();
            }
        }
    }

    /// How many watches are open.
    pub fn len(&self) -> usize {
        self.open().watches.len()
    }

    /// Whether no watch is open.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    fn open(&self) -> MutexGuard<'_, Open> {
        self.shared
            .open
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }
}

impl Place {
    /// Lists a watch that stands at `position` and ends when `ended` is cancelled.
    pub fn register(
        self,
        client: Client,
        filter: &str,
        position: Position,
        ended: CancellationToken,
    ) -> Registration {
        let shared = &self.registry.shared;
        let now = now_micros();
        let state = Arc::new(WatchState {
            id: shared.next_id.fetch_add(1, Ordering::Relaxed),
            client,
            filter: filter.to_owned(),
            start_micros: now,
            ended,
            outlet: OnceLock::new(),
            position: AtomicU64::new(position),
            sent_changes: AtomicU64::new(0),
            sent_bytes: AtomicU64::new(0),
            last_write_micros: AtomicI64::new(now),
            live: AtomicBool::new(false),
            reading: AtomicBool::new(false),
        });
        let mut open = self.registry.open();
        open.watches.insert(state.id, state.clone());
        drop(open);
        Registration { state, place: self }
    }
}

impl Drop for Registration {
    fn drop(&mut self) {
        self.place.registry.open().watches.remove(&self.state.id);
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let mut open = self.registry.open();
        open.places -= 1;
        if let Entry::Occupied(mut held) = open.places_by_holder.entry(mem::take(&mut self.holder))
        {
            *held.get_mut() -= 1;
            if *held.get() == 0 {
                held.remove();
            }
        }
    }
}

impl fmt::Debug for WatchState {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.name())
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

    /// Ends it, however it stands. Its client is told why with the next frame it takes.
    pub fn disconnect(&self) {
        self.ended.cancel();
        self.press();
        self.end_resting(v1::EndReason::DisconnectedByAdmin);
    }

    /// Has it make the frame that it would if its client asked for one.
    fn press(&self) {
        if let Some(outlet) = self.outlet.get().and_then(Weak::upgrade) {
            outlet.press();
        }
    }

    /// Ends it if it is resting with a frame that its client has not taken, and tells whether it was.
    fn end_resting(&self, reason: v1::EndReason) -> bool {
        let outlet = self.outlet.get().and_then(Weak::upgrade);
        outlet.is_some_and(|outlet| outlet.end_resting(reason))
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
