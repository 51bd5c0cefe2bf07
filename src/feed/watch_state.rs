use std::{
    fmt,
    sync::atomic::{AtomicBool, AtomicI64, AtomicU64, Ordering},
};

use super::request::Client;
use crate::{clock::Moment, index::Position};

/// The identity of a watch, unique also across earlier processes.
pub(super) struct Name {
    pub run: u32,
    pub id: u64,
}

/// The progress of one watch. The watch writes it, operators read it.
pub struct WatchState {
    /// Identifies the process.
    pub(super) run: u32,
    /// Counts the watches of the process.
    pub id: u64,
    pub client: Client,
    /// The normalized filter.
    pub filter: String,
    pub start_micros: i64,
    position: AtomicU64,
    sent_changes: AtomicU64,
    sent_bytes: AtomicU64,
    last_write_micros: AtomicI64,
    last_write_steady: AtomicI64,
    live: AtomicBool,
    reading: AtomicBool,
}

impl fmt::Debug for WatchState {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.name())
    }
}

impl WatchState {
    pub(super) fn new(
        name: Name,
        client: Client,
        filter: &str,
        position: Position,
        now: Moment,
    ) -> WatchState {
        WatchState {
            run: name.run,
            id: name.id,
            client,
            filter: filter.to_owned(),
            start_micros: now.wall_micros,
            position: AtomicU64::new(position),
            sent_changes: AtomicU64::new(0),
            sent_bytes: AtomicU64::new(0),
            last_write_micros: AtomicI64::new(now.wall_micros),
            last_write_steady: AtomicI64::new(now.steady_micros),
            live: AtomicBool::new(false),
            reading: AtomicBool::new(false),
        }
    }

    /// "watches/{watch}".
    pub fn name(&self) -> String {
        format!("watches/{:08x}-{}", self.run, self.id)
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

    /// The same by the steady clock.
    pub(super) fn last_write_steady(&self) -> i64 {
        self.last_write_steady.load(Ordering::Relaxed)
    }

    pub fn is_live(&self) -> bool {
        self.live.load(Ordering::Relaxed)
    }

    /// Whether the watch is waiting for the store at this moment.
    pub fn is_reading(&self) -> bool {
        self.reading.load(Ordering::Relaxed)
    }

    /// Notes that a frame is sent, after which the reader is at `position`.
    pub(super) fn made_frame(&self, position: Position, now: Moment) {
        self.last_write_micros
            .store(now.wall_micros, Ordering::Relaxed);
        self.last_write_steady
            .store(now.steady_micros, Ordering::Relaxed);
        self.moved_to(position);
    }

    /// Notes the length of the frame.
    pub(super) fn wrote(&self, bytes: usize) {
        self.sent_bytes.fetch_add(bytes as u64, Ordering::Relaxed);
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
