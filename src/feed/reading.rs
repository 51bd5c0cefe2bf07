//! What a watch reads, from the index and from the log.

use std::pin::Pin;

use tokio::time::{Instant, sleep_until};

use super::{
    frame::Delivery,
    members::{FindMembers, Members},
    stage::Step,
    token::Phase,
    watch::Watch,
};
use crate::{
    filter::Filter,
    index::{Hit, Index, Lend, Position, Question, changes, changes_cost, match_cost},
    store::StoreError,
};

/// Changes looked up in the index at a time.
const HITS_MAX: usize = 4_096;
/// So few changes are looked up at once where a match costs no more than [`CHEAP_MAX`].
const FEW: Position = 512;
const CHEAP_MAX: u64 = 200;
/// Changes after which it is counted anew what a match costs.
const RECOUNT_AFTER: u64 = 4_096;
/// Changes read from the log at a time, each at most 60 KiB.
const BATCH_LEN_MAX: usize = 128;

/// What the index has answered.
pub(super) enum Found {
    Changes(Vec<Hit>, Position),
    Members(Members),
}

/// A question to the index that is being answered.
pub(super) type Looking = Pin<Box<dyn Future<Output = Result<Found, StoreError>> + Send>>;

/// What it costs to tell whether a change matches, counted now and then.
#[derive(Debug, Default)]
pub(super) struct MatchCost {
    each: u64,
    recount_at: u64,
}

/// Asks for the changes after a position up to another that match.
struct Changes {
    filter: Filter,
    range: (Position, Position),
}

impl Question for Changes {
    type Answer = Found;

    const IS_PATIENT: bool = true;

    fn cost(&self, index: &Index) -> u64 {
        changes_cost(index, self.filter.expr(), self.range)
    }

    fn answer<L: Lend>(&self, lender: &L) -> Result<Found, L::Stop> {
        let (hits, reached) = changes(lender, self.filter.expr(), self.range, HITS_MAX)?;
        Ok(Found::Changes(hits, reached))
    }
}

impl Watch {
    /// Finds what matches between where it has looked and `upto`, or asks for it when that is costly.
    pub(super) fn look_up(&mut self, upto: Position) {
        let index = self.store.index();
        let cost = &mut self.match_cost;
        if self.scanned_changes >= cost.recount_at {
            cost.recount_at = self.scanned_changes + RECOUNT_AFTER;
            cost.each = match_cost(&index, self.request.filter.expr());
        }
        let is_cheap = upto - self.scanned < FEW && cost.each < CHEAP_MAX;
        if !is_cheap {
            drop(index);
            self.ask(Changes {
                filter: self.request.filter.clone(),
                range: (self.scanned, upto),
            });
            return;
        }
        let (hits, reached) =
            index.changes(self.request.filter.expr(), self.scanned, upto, HITS_MAX);
        drop(index);
        self.found_changes(hits, reached);
    }

    /// Asks for the members of a snapshot.
    pub(super) fn find_members(&mut self, at: Position, after: Position) {
        let question = FindMembers::new(&self.request.filter, at, after);
        let store = self.store.clone();
        self.looking = Some(Box::pin(async move {
            store.ask(question).await.map(Found::Members)
        }));
    }

    fn ask(&mut self, question: Changes) {
        let store = self.store.clone();
        self.looking = Some(Box::pin(async move { store.ask(question).await }));
    }

    /// Waits for an answer of the index, until something else falls due. Dropped before that, it loses
    /// nothing.
    pub(super) async fn find(&mut self) -> Result<Step, StoreError> {
        let due = self.frames.due(self.request.heartbeat).min(self.expires);
        let Some(looking) = &mut self.looking else {
            return Ok(Step::GoOn);
        };
        let found = tokio::select! {
            biased;
            found = looking => found,
            () = sleep_until(due) => return Ok(Step::GoOn),
            () = self.ended.cancelled() => return Ok(Step::GoOn),
        };
        self.looking = None;
        match found? {
            Found::Members(members) => self.members = members,
            Found::Changes(hits, reached) => self.found_changes(hits, reached),
        }
        Ok(Step::GoOn)
    }

    fn found_changes(&mut self, hits: Vec<Hit>, reached: Position) {
        let index = self.store.index();
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
