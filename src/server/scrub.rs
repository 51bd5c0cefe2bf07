//! The scrub: reads the whole store again and again, slowly, so that damage is found while a backup or the
//! memory still has the lost data.
//!
//! A round reads every record as `VerifyStore` does, the subscriptions, and the log's file past all caches.
//! It stops and changes nothing: damage is logged and counted.

use std::time::Duration;

use tokio::time::sleep;
use tokio_util::sync::CancellationToken;

use super::{pacer::Pacer, scrub_metrics::ScrubMetrics};
use crate::store::{
    Digest, MediaScan, Position, Store, StoreError, check_records, check_subscriptions,
    note_scrubbed,
};

/// Records that are read at a time, which are less than 4 MiB.
const STEP_LEN: usize = 64;
/// A segment that looks damaged is read again after this time, and so often, as the engine may be
/// writing to it. That is not up to the clock of the server.
const DOUBT: Duration = Duration::from_secs(1);
const DOUBTS_MAX: usize = 3;
/// Advice in the log line about damage.
const ADVICE: &str = "keep a copy of the data directory and restore a backup; \
                      if there is none, make one now: what is in memory may be whole";

/// Scrubs one store as long as it is served.
pub(super) struct Scrub {
    store: Store,
    interval: Duration,
    metrics: ScrubMetrics,
}

/// Why a round was not finished.
enum Ended {
    /// Damage was found and reported.
    Damaged,
    /// The store is closing.
    Closed,
}

impl Scrub {
    /// Scrubs a store once per interval.
    pub(super) fn new(store: Store, interval: Duration, metrics: ScrubMetrics) -> Scrub {
        Scrub {
            store,
            interval,
            metrics,
        }
    }

    /// Scrubs until the token is cancelled.
    pub(super) async fn run(self, stop: CancellationToken) {
        let rounds = async {
            // It ends when the store is closed, which comes after the token.
            let _ = self.rounds().await;
            stop.cancelled().await;
        };
        tokio::select! {
            () = stop.cancelled() => {}
            () = rounds => {}
        }
    }

    async fn rounds(&self) -> Result<(), Ended> {
        let mut scan = None;
        loop {
            if scan.is_none() {
                scan = going_on(self.told(MediaScan::open(&self.store).await))?;
            }
            let head = self.store.head().position;
            let segments = scan.as_ref().map_or(0, MediaScan::segments);
            let steps = head.div_ceil(STEP_LEN as u64) + 1 + segments;
            let mut pace = Pacer::begin(self.store.clock().clone(), steps, self.interval);
            let mut is_whole = going_on(self.records(head, &mut pace).await)?.is_some();
            is_whole &= going_on(self.subscriptions(&mut pace).await)?.is_some();
            if let Some(scan) = &scan {
                is_whole &= going_on(self.segments(scan, &mut pace).await)?.is_some();
            }
            if is_whole {
                let now = self.store.clock().now_micros();
                self.metrics.completed(now);
                note_scrubbed(&self.store, now);
                tracing::info!(head, segments, "the whole store was read again");
            }
            pace.finish().await;
        }
    }

    /// Every record up to `head`, or to the first that is damaged: what follows it has no beginning
    /// to be checked from.
    async fn records(&self, head: Position, pace: &mut Pacer) -> Result<(), Ended> {
        let mut reached = (0, Digest::default());
        while reached.0 < head {
            let checked = check_records(&self.store, reached, head, STEP_LEN).await;
            let (after, _) = reached;
            reached = self.told(checked)?;
            self.metrics.checked_records(reached.0 - after, reached.0);
            pace.keep().await;
        }
        Ok(())
    }

    async fn subscriptions(&self, pace: &mut Pacer) -> Result<(), Ended> {
        let checked = check_subscriptions(&self.store).await;
        self.told(checked)?;
        pace.keep().await;
        Ok(())
    }

    async fn segments(&self, scan: &MediaScan, pace: &mut Pacer) -> Result<(), Ended> {
        let mut is_whole = true;
        for number in 0..scan.segments() {
            is_whole &= going_on(self.segment(scan, number).await)?.is_some();
            pace.keep().await;
        }
        if is_whole {
            Ok(())
        } else {
            Err(Ended::Damaged)
        }
    }

    async fn segment(&self, scan: &MediaScan, number: u64) -> Result<(), Ended> {
        let mut checked = scan.check(number).await;
        for _ in 0..DOUBTS_MAX {
            if !matches!(checked, Err(StoreError::DamagedFile { .. })) {
                break;
            }
            sleep(DOUBT).await;
            checked = scan.check(number).await;
        }
        let bytes = self.told(checked)?;
        self.metrics.checked_bytes(bytes);
        Ok(())
    }

    /// Logs and counts what is damaged.
    fn told<T>(&self, checked: Result<T, StoreError>) -> Result<T, Ended> {
        checked.map_err(|error| match error {
            StoreError::Closed => Ended::Closed,
            error => {
                self.metrics.found_problem();
                tracing::error!(%error, "the store is damaged: {ADVICE}");
                Ended::Damaged
            }
        })
    }
}

/// Continues after damage with the rest.
fn going_on<T>(checked: Result<T, Ended>) -> Result<Option<T>, Ended> {
    match checked {
        Ok(checked) => Ok(Some(checked)),
        Err(Ended::Damaged) => Ok(None),
        Err(Ended::Closed) => Err(Ended::Closed),
    }
}
