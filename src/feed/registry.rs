//! The open watches, for operators and for the limit on their number.

use std::{
    collections::{BTreeMap, HashMap, hash_map::Entry},
    hash::{BuildHasher as _, Hasher as _, RandomState},
    mem,
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use tokio_util::sync::CancellationToken;

use super::{
    frame::EndReason,
    handle::StreamHandle,
    request::Client,
    watch_state::{Name, WatchState},
};
use crate::{clock::WallClock, index::Position, rejection::Rejection};

/// A stall is noticed after this part of its time, and late by no more than it.
pub(super) const STALL_STEPS: u32 = 4;

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
struct OpenWatch {
    state: Arc<WatchState>,
    handle: Arc<StreamHandle>,
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

    /// Ends the watches whose clients have not accepted a frame for `timeout`.
    pub(super) fn end_stalled(&self, timeout: Duration) {
        let micros = |duration: Duration| i64::try_from(duration.as_micros()).unwrap_or(i64::MAX);
        // On the steady clock, so that setting the time of day ends no stream.
        let silence =
            |state: &WatchState| self.shared.clock.steady_micros() - state.last_write_steady();
        let open = self.open();
        let quiet = open.watches.values();
        let quiet = quiet.filter(|watch| silence(&watch.state) >= micros(timeout / STALL_STEPS));
        let quiet: Vec<OpenWatch> = quiet.cloned().collect();
        drop(open);
        for OpenWatch { state, handle } in quiet {
            let stalled = silence(&state) >= micros(timeout);
            if stalled && handle.end_resting(EndReason::ConsumerStalled) {
                tracing::info!(
                    watch = state.name(),
                    peer = state.client.peer,
                    label = state.client.label,
                    position = state.position(),
                    "ended, as its client accepts nothing"
                );
            } else {
                // It may have a frame that its transport has not asked for.
                handle.drive();
            }
        }
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

#[cfg(test)]
mod tests {
    use std::sync::atomic::AtomicBool;

    use super::*;
    use crate::{clock::ManualClock, feed::handle::OpenStream};

    /// Has a frame that its client does not accept.
    #[derive(Default)]
    struct Stuck {
        ended: AtomicBool,
    }

    impl OpenStream for Stuck {
        fn drive(&self) {}

        fn end_resting(&self, _reason: EndReason) -> bool {
            self.ended.store(true, Ordering::Relaxed);
            true
        }
    }

    #[test]
    fn d14_a_clock_that_jumps_ends_no_watch_as_stalled() {
        const TIMEOUT: Duration = Duration::from_secs(3_600);
        let micros = TIMEOUT.as_micros() as i64;
        let clock = ManualClock::start();
        let limits = WatchLimits {
            in_all: 1,
            per_client: 1,
        };
        let registry = Registry::new(limits, clock.clock().clone());
        let client = Client::default();
        let place = registry.reserve(&client).expect("there is room");
        let registration = place.register(client, "", 0, CancellationToken::new());
        let stuck = Arc::new(Stuck::default());
        let stream: Arc<dyn OpenStream> = stuck.clone();
        registration.handle().set(&stream);
        clock.step_micros(10 * micros);
        registry.end_stalled(TIMEOUT);
        assert!(!stuck.ended.load(Ordering::Relaxed), "nothing has stalled");
        clock.step_micros(-20 * micros);
        clock.pass(TIMEOUT);
        registry.end_stalled(TIMEOUT);
        assert!(stuck.ended.load(Ordering::Relaxed), "it has stalled");
    }
}
