//! The open watches, for operators and for the limit on their number.

use std::{
    collections::{BTreeMap, HashMap, hash_map::Entry},
    hash::{BuildHasher as _, Hasher as _, RandomState},
    mem,
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
};

use tokio_util::sync::CancellationToken;

use super::{
    request::Client,
    stream_handle::StreamHandle,
    watch_state::{Name, WatchState},
};
use crate::{clock::WallClock, index::Position, rejection::Rejection};

/// Every open watch.
#[derive(Clone, Debug)]
pub struct Registry {
    shared: Arc<Shared>,
}

#[derive(Debug)]
struct Shared {
    clock: WallClock,
    limits: WatchLimits,
    /// A random number, so that no watch has the name of one of an earlier process.
    run: u32,
    next_id: AtomicU64,
    open: Mutex<Open>,
}

#[derive(Debug, Default)]
struct Open {
    /// Places taken, in all and by each client.
    places: usize,
    places_by_holder: HashMap<String, usize>,
    watches: BTreeMap<u64, OpenWatch>,
}

/// What is known of a watch, and what ends it.
#[derive(Clone, Debug)]
pub(super) struct OpenWatch {
    pub state: Arc<WatchState>,
    pub handle: Arc<StreamHandle>,
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
pub struct WatchSlot {
    holder: String,
    registry: Registry,
}

/// A registered watch. Dropping it frees its slot.
#[derive(Debug)]
pub struct Registration {
    watch: OpenWatch,
    place: WatchSlot,
}

impl Registry {
    /// Makes a registry with these limits.
    pub fn new(limits: WatchLimits, clock: WallClock) -> Registry {
        let shared = Shared {
            clock,
            limits,
            run: random(),
            next_id: AtomicU64::new(1),
            open: Mutex::default(),
        };
        Registry {
            shared: Arc::new(shared),
        }
    }

    /// Takes a slot for a watch of this client.
    pub fn reserve(&self, client: &Client) -> Result<WatchSlot, Rejection> {
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
        Ok(WatchSlot {
            holder,
            registry: self.clone(),
        })
    }

    /// Ends an open watch. Returns whether there was one of this name.
    pub fn disconnect(&self, name: &str) -> bool {
        let found = self.find(name);
        found.is_some_and(|watch| {
            watch.handle.disconnect();
            true
        })
    }

    fn find(&self, name: &str) -> Option<OpenWatch> {
        let (_, id) = name.strip_prefix("watches/")?.split_once('-')?;
        let id = id.parse().ok()?;
        let found = self.open().watches.get(&id).cloned();
        found.filter(|watch| watch.state.name() == name)
    }

    /// Returns up to `count` open watches that were opened after the one with id `after`, oldest first.
    pub fn list(&self, after: u64, count: usize) -> Vec<Arc<WatchState>> {
        self.open()
            .watches
            .range(after.saturating_add(1)..)
            .take(count)
            .map(|(_, watch)| watch.state.clone())
            .collect()
    }

    /// Returns the watches that match, so that something can be done to them without the lock.
    pub(super) fn matching(&self, matches: impl Fn(&WatchState) -> bool) -> Vec<OpenWatch> {
        let open = self.open();
        let watches = open.watches.values().filter(|watch| matches(&watch.state));
        watches.cloned().collect()
    }

    /// Number of open watches.
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

impl WatchSlot {
    /// Registers a watch at `position` that ends when `ended` is cancelled.
    pub fn register(
        self,
        client: Client,
        filter: &str,
        position: Position,
        ended: CancellationToken,
    ) -> Registration {
        let shared = &self.registry.shared;
        let id = shared.next_id.fetch_add(1, Ordering::Relaxed);
        let now = shared.clock.moment();
        let name = Name {
            run: shared.run,
            id,
        };
        let watch = OpenWatch {
            state: Arc::new(WatchState::new(name, client, filter, position, now)),
            handle: Arc::new(StreamHandle::new(ended)),
        };
        let mut open = self.registry.open();
        open.watches.insert(id, watch.clone());
        drop(open);
        Registration { watch, place: self }
    }
}

impl Registration {
    /// The state of the watch.
    pub fn state(&self) -> &Arc<WatchState> {
        &self.watch.state
    }

    /// The handle that ends the watch from outside.
    pub fn handle(&self) -> &Arc<StreamHandle> {
        &self.watch.handle
    }
}

/// Random bits from the hash keys of the standard library, which are good enough here.
fn random() -> u32 {
    RandomState::new().build_hasher().finish() as u32
}

impl Drop for Registration {
    fn drop(&mut self) {
        self.place.registry.open().watches.remove(&self.state().id);
    }
}

impl Drop for WatchSlot {
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
