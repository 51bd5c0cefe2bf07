//! What a stream reads, from the index and from the log.

use std::{collections::VecDeque, pin::Pin};

use super::{
    changes::{FindChanges, Hits, MatchCost},
    frame::Delivery,
    snapshot_members::{Members, members_after},
    token::{Checkpoint, Phase},
};
use crate::{
    filter::Filter,
    index::{Hit, Position},
    store::{Store, StoreError},
};

/// Changes read from the log at a time, each at most 60 KiB.
const BATCH_LEN_MAX: usize = 128;

/// A place in the log, and a bounded batch of what follows it.
pub(super) struct Reader {
    store: Store,
    filter: Filter,
    include_previous: bool,
    /// Where the client stands: what was handed to it.
    place: Checkpoint,
    /// How far the log was looked at.
    scanned: Position,
    /// How many changes were looked at.
    scanned_changes: u64,
    /// Members of the snapshot that are not read yet.
    members: Members,
    /// Changes that are not read yet.
    hits: VecDeque<Hit>,
    /// What it has asked the index and has no answer to yet.
    looking: Option<Looking>,
    match_cost: MatchCost,
    /// Whether texts must be looked at to tell what matches.
    has_phrases: bool,
    /// Changes that are not taken yet.
    ready: VecDeque<Delivery>,
}

/// What the index has answered.
enum Found {
    Changes(Hits),
    Members(Members),
}

/// A question to the index that is being answered.
type Looking = Pin<Box<dyn Future<Output = Result<Found, StoreError>> + Send>>;

impl Reader {
    /// Reads what matches the filter from a place on.
    pub(super) fn new(
        store: Store,
        filter: Filter,
        include_previous: bool,
        place: Checkpoint,
    ) -> Reader {
        let members = match place.phase {
            Phase::Snapshot { .. } => Members::to_find(),
            Phase::Log { .. } => Members::default(),
        };
        Reader {
            store,
            has_phrases: !filter.open_phrases().is_empty(),
            filter,
            include_previous,
            place,
            scanned: place.phase.position(),
            scanned_changes: 0,
            members,
            hits: VecDeque::new(),
            looking: None,
            match_cost: MatchCost::default(),
            ready: VecDeque::new(),
        }
    }

    /// Where the client stands.
    pub(super) fn place(&self) -> Checkpoint {
        self.place
    }

    pub(super) fn filter(&self) -> &Filter {
        &self.filter
    }

    /// Reads on with another filter. Nothing may be left of the one before.
    pub(super) fn set_filter(&mut self, filter: Filter) {
        self.has_phrases = !filter.open_phrases().is_empty();
        self.filter = filter;
    }

    /// How far the log was looked at.
    pub(super) fn scanned(&self) -> Position {
        self.scanned
    }

    /// How many changes were looked at.
    pub(super) fn scanned_changes(&self) -> u64 {
        self.scanned_changes
    }

    /// Whether something was found that is to be read.
    pub(super) fn has_found(&self) -> bool {
        !self.members.is_empty() || !self.hits.is_empty()
    }

    /// Whether it waits for an answer of the index.
    pub(super) fn is_looking(&self) -> bool {
        self.looking.is_some()
    }

    /// Whether changes were found that are not taken yet.
    pub(super) fn has_changes(&self) -> bool {
        !self.ready.is_empty() || !self.hits.is_empty()
    }

    /// Whether all was taken that matches up to where it has looked.
    pub(super) fn is_settled(&self) -> bool {
        !self.has_changes() && !self.is_looking()
    }

    /// The change that [`Reader::take`] would take.
    pub(super) fn next_position(&self) -> Option<Position> {
        self.ready.front().map(|delivery| delivery.record.position)
    }

    /// The first change that was found and is not taken yet.
    pub(super) fn first_found(&self) -> Option<Position> {
        let hit = || self.hits.front().map(|hit| hit.position);
        self.next_position().or_else(hit)
    }

    /// Takes the next change that was read. The client then stands at it.
    pub(super) fn take(&mut self) -> Option<Delivery> {
        let delivery = self.ready.pop_front()?;
        // The log has reached the time at which the stream begins: commit times never go back, so
        // nothing that follows is left out.
        self.place.not_before = None;
        let position = delivery.record.position;
        self.place.phase = match self.place.phase {
            Phase::Log { .. } => Phase::Log { after: position },
            Phase::Snapshot { at, .. } => Phase::Snapshot {
                at,
                after: position,
            },
        };
        Some(delivery)
    }

    /// Moves the place to where the log was looked at, unless there is something to take before: what
    /// follows the change that was taken does not match.
    pub(super) fn pass_over(&mut self) {
        if !self.has_changes() && matches!(self.place.phase, Phase::Log { .. }) {
            self.place.phase = Phase::Log {
                after: self.scanned,
            };
        }
    }

    /// Finds what matches between where it has looked and `upto`, or asks for it when that is costly.
    pub(super) fn look_up(&mut self, upto: Position) {
        let (after, count) = (self.scanned, upto - self.scanned);
        let index = self.store.index();
        let scanned = self.scanned_changes;
        let is_low = self.match_cost.is_low(&index, &self.filter, scanned, count);
        if is_low && !self.has_phrases {
            let found = FindChanges::here(&index, &self.filter, after, upto);
            drop(index);
            self.found_changes(found);
            return;
        }
        drop(index);
        let (store, filter) = (self.store.clone(), self.filter.clone());
        self.looking = Some(Box::pin(async move {
            let (filter, upto) = store.decide_changes(&filter, (after, upto)).await?;
            let question = FindChanges::new(filter, after, upto);
            store.ask(question).await.map(Found::Changes)
        }));
    }

    /// Asks for members of the snapshot that were not found yet. When there are none, it reads on in
    /// the log, and returns false.
    pub(super) fn find_members(&mut self) -> bool {
        let Phase::Snapshot { at, after } = self.place.phase else {
            return false;
        };
        if !self.members.has_others() {
            self.place.phase = Phase::Log { after: at };
            return false;
        }
        let (store, filter) = (self.store.clone(), self.filter.clone());
        self.looking = Some(Box::pin(async move {
            members_after(&store, &filter, at, after)
                .await
                .map(Found::Members)
        }));
        true
    }

    /// Waits for an answer of the index. Dropped before that, it loses nothing.
    pub(super) async fn find(&mut self) -> Result<(), StoreError> {
        let Some(looking) = &mut self.looking else {
            return Ok(());
        };
        let found = looking.await;
        self.looking = None;
        match found? {
            Found::Members(members) => self.members = members,
            Found::Changes(found) => self.found_changes(found),
        }
        Ok(())
    }

    fn found_changes(&mut self, (hits, reached): Hits) {
        let index = self.store.index();
        let not_before = self.place.not_before.unwrap_or(i64::MIN);
        self.hits.extend(
            hits.into_iter()
                .filter(|hit| index.commit_micros(hit.position) >= not_before),
        );
        let begun = index.commit_micros(reached) >= not_before;
        drop(index);
        self.scanned_changes += reached - self.scanned;
        self.scanned = reached;
        if self.hits.is_empty() {
            self.place.phase = Phase::Log { after: reached };
            if begun {
                self.place.not_before = None;
            }
        }
    }

    /// Reads a batch of the matching records.
    pub(super) async fn read(&mut self) -> Result<(), StoreError> {
        if self.members.is_empty() {
            self.read_changes().await
        } else {
            self.read_members().await
        }
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
            let previous = match hit.previous.filter(|_| self.include_previous) {
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
