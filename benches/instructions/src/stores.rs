//! Stores with events in them.

use std::{path::Path, thread, time::Duration};

use bytes::Bytes;
use entente::{
    command::Commands,
    domain::{Change, EventChange, ResourceName},
    feed::{Feed, FeedOptions, WatchLimits},
    grpc::{self, Services, Settings},
    proto::v1::{Event, State},
    store::{Outcome, Proposal, Store, StoreOptions, Write},
    wire::{self, EventMessage, ResourceMessage as _},
};
use prost::Message as _;
use tokio::runtime::{Builder, Runtime};
use tokio_util::sync::CancellationToken;

use crate::Failure;

/// The server's default.
const CACHE_BYTES: u64 = 128 << 20;
/// Longer than anything here takes, so that nothing is counted that comes by the clock.
const HOUR: Duration = Duration::from_secs(3_600);
const HEARTBEAT: Duration = Duration::from_secs(55);

/// How often sled writes what it has not written yet.
const SLED_INTERVAL: Duration = Duration::from_millis(500);

/// Changes of one write.
pub const WRITE_LEN: usize = 100;

/// Opens the store of a path's directory, or makes it.
pub fn open(home: &Path) -> Result<Store, Failure> {
    Ok(Store::open(StoreOptions {
        directory: home.join("store"),
        cache_bytes: CACHE_BYTES,
        clock: Default::default(),
    })?)
}

/// Opens it, and waits until sled has written what it had not yet, which it does by the clock.
pub fn open_at_rest(home: &Path) -> Result<Store, Failure> {
    let store = open(home)?;
    thread::sleep(SLED_INTERVAL * 4);
    Ok(store)
}

/// Makes a store with these events.
pub fn make(home: &Path, events: impl Iterator<Item = Event>) -> Result<(), Failure> {
    let (store, runtime) = (open(home)?, runtime()?);
    for write in writes_of(events, WRITE_LEN)? {
        runtime.block_on(commit(&store, write))?;
    }
    store.close();
    Ok(())
}

/// Writes that create these events, `len` each.
pub fn writes_of(events: impl Iterator<Item = Event>, len: usize) -> Result<Vec<Write>, Failure> {
    let proposals: Vec<Proposal> = events.map(proposal).collect::<Result<_, _>>()?;
    let mut proposals = proposals.into_iter().peekable();
    let mut writes = Vec::new();
    while proposals.peek().is_some() {
        writes.push(Write {
            precondition: None,
            tracking: None,
            changes: proposals.by_ref().take(len).collect(),
            request: None,
            author: "bench".to_owned(),
        });
    }
    Ok(writes)
}

/// Commits a write that nothing speaks against.
pub async fn commit(store: &Store, write: Write) -> Result<(), Failure> {
    match store.commit(write).await? {
        Outcome::Committed { .. } => Ok(()),
        other => Err(format!("not committed: {other:?}").into()),
    }
}

/// All services on a store.
pub fn services(store: &Store) -> Services {
    let watch_limits = WatchLimits {
        in_all: 1_000,
        per_client: 1_000,
    };
    let options = FeedOptions {
        limits: watch_limits,
        max_age: HOUR,
        stall_timeout: HOUR,
    };
    let feed = Feed::new(store.clone(), options, CancellationToken::new());
    let settings = Settings {
        heartbeat_default: HEARTBEAT,
        message_size_max: 4 << 20,
        watch_limits,
        watch_max_age: HOUR,
        watch_stall_timeout: HOUR,
    };
    grpc::services(Commands::new(store.clone(), feed), settings)
}

/// One thread beside those of the store, so that as little as possible depends on which runs when.
pub fn runtime() -> Result<Runtime, Failure> {
    Ok(Builder::new_current_thread().enable_all().build()?)
}

/// An event as it is stored, with what the server makes of what was sent.
pub fn checked(event: Event) -> Result<Event, Failure> {
    let name = ResourceName::Event(ResourceName::event_slug(&event.name)?);
    let content = wire::event_content(event).map_err(|wrong| format!("{wrong:?}"))?;
    Ok(Event {
        state: State::Active.into(),
        revision: 1,
        ..wire::encode_event(&name, &content)
    })
}

fn proposal(event: Event) -> Result<Proposal, Failure> {
    let event = checked(event)?;
    let (name, revision) = (event.name.clone(), event.revision);
    let content = Bytes::from(event.encode_to_vec());
    Ok(Proposal {
        known_since: None,
        name,
        change: Change::Event(EventChange::Created),
        expected: None,
        rests_on: Vec::new(),
        content,
        changed_fields: Vec::new(),
        note: None,
        document: EventMessage::from(event).document(),
        revision,
        create_micros: None,
    })
}
