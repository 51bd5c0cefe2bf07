//! What a watch reads, from the index and from the log.

use tokio::time::Instant;

use super::{frames::Delivery, token::Phase, watch::Watch};
use crate::{
    index::{Hit, Position},
    store::StoreError,
};

/// Changes looked up in the index at a time.
const HITS_MAX: usize = 4_096;
/// Changes read from the log at a time, each at most 60 KiB.
const BATCH_LEN_MAX: usize = 128;

impl Watch {
    /// Finds what matches between where it has looked and `upto`.
    pub(super) fn look_up(&mut self, upto: Position) {
        let index = self.store.index();
        let (hits, reached) =
            index.changes(self.request.filter.expr(), self.scanned, upto, HITS_MAX);
        let not_before = self.not_before.unwrap_or(i64::MIN);
        self.hits.extend(
            hits.into_iter()
                .filter(|hit| index.commit_micros(hit.position) >= not_before),
        );
        let begun = index.commit_micros(reached) >= not_before;
        drop(index);
        self.scanned_changes += reached - self.scanned;
        self.scanned = reached;
        if self.hits.is_empty() {
            self.phase = Phase::Log { after: reached };
            if begun {
                self.begun();
            }
            self.registration.state.moved_to(reached);
        }
    }

    /// Reads a batch of what was found.
    pub(super) async fn read(&mut self) -> Result<(), StoreError> {
        let begun = Instant::now();
        self.registration.state.set_reading(true);
        let read = if self.members.is_empty() {
            self.read_changes().await
        } else {
            self.read_members().await
        };
        self.registration.state.set_reading(false);
        self.waits.for_store += begun.elapsed();
        read
    }

    async fn read_members(&mut self) -> Result<(), StoreError> {
        let members = self.members.take(BATCH_LEN_MAX);
        let records = self.store.read(members).await?;
        let delivery = |record| Delivery {
            record,
            previous: None,
            crossing: None,
        };
        self.ready.extend(records.into_iter().map(delivery));
        Ok(())
    }

    async fn read_changes(&mut self) -> Result<(), StoreError> {
        let count = self.hits.len().min(BATCH_LEN_MAX);
        let hits: Vec<Hit> = self.hits.drain(..count).collect();
        let records = self
            .store
            .read(hits.iter().map(|hit| hit.position).collect())
            .await?;
        for (hit, record) in hits.into_iter().zip(records) {
            let previous = match hit.previous.filter(|_| self.request.include_previous) {
                Some(position) => self.store.read(vec![position]).await?.pop(),
                None => None,
            };
            self.ready.push_back(Delivery {
                record,
                previous,
                crossing: Some(hit.crossing),
            });
        }
        Ok(())
    }
}
