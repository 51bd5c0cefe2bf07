//! Phrases, which the index alone cannot decide: it knows which records have their words, and the texts of
//! these records tell whether they have the phrase.

use std::sync::Arc;

use super::{
    error::StoreError,
    log::Log,
    record::{Position, Record},
    store::{Store, read_blocking},
    view::View,
};
use crate::{
    filter::{Filter, Predicate},
    index::{Candidates, Clock, Index, Lend, OpenPhrases, Question, Resources, Scope},
};

/// The most texts that are looked at to answer one question, counted for each phrase.
pub const PHRASE_RECORDS_MAX: u64 = 2_000;
/// Records that are read in one job, so that others wait for a few milliseconds at most.
const READ_LEN_MAX: usize = 32;
/// So few records are looked at on the thread of the caller, if they are in memory.
const FEW: usize = 4;

/// Asks which of the newest revisions may have phrases; patiently for a stream.
struct FindNewest<const PATIENT: bool> {
    phrases: OpenPhrases,
    resources: Resources,
    scope: Scope,
}

/// Asks which changes in a range may have phrases, or the revisions before them.
struct FindChanged {
    phrases: OpenPhrases,
    range: (Position, Position),
}

/// Texts to look at.
struct Look {
    tests: Vec<Predicate>,
    candidates: Candidates,
}

/// For each phrase the positions that have it, in order.
type Found = Vec<Vec<u32>>;

impl<const PATIENT: bool> Question for FindNewest<PATIENT> {
    type Answer = Candidates;

    const IS_PATIENT: bool = PATIENT;

    fn cost(&self, index: &Index) -> u64 {
        self.phrases.cost(index, self.scope.upto)
    }

    fn answer<L: Lend>(&self, lender: &L) -> Result<Candidates, L::Stop> {
        self.phrases
            .among_newest(lender, self.resources, self.scope)
    }
}

impl Question for FindChanged {
    type Answer = (Candidates, Position);

    const IS_PATIENT: bool = true;

    fn cost(&self, index: &Index) -> u64 {
        let (after, upto) = self.range;
        self.phrases.changes_cost(index, upto - after)
    }

    fn answer<L: Lend>(&self, lender: &L) -> Result<Self::Answer, L::Stop> {
        self.phrases
            .among_changes(lender, self.range, PHRASE_RECORDS_MAX)
    }
}

impl Store {
    /// Returns a filter whose phrases are decided for the newest revisions as of a position. `None` if
    /// more than [`PHRASE_RECORDS_MAX`] texts would have to be looked at.
    pub async fn decide_newest(
        &self,
        filter: Arc<Filter>,
        resources: Resources,
        scope: Scope,
    ) -> Result<Option<Arc<Filter>>, StoreError> {
        let Some(phrases) = OpenPhrases::of(&filter) else {
            return Ok(Some(filter));
        };
        let candidates = self.ask(FindNewest::<false> {
            phrases: phrases.clone(),
            resources,
            scope,
        });
        let candidates = candidates.await?;
        if candidates.count() > PHRASE_RECORDS_MAX {
            return Ok(None);
        }
        let look = Look::new(&phrases, candidates);
        let decided = self.look(&filter, look).await?;
        Ok(Some(Arc::new(decided)))
    }

    /// Returns a filter whose phrases are decided for the first of the newest revisions as of `at` that
    /// are after a position, and the position up to which they are.
    pub async fn decide_members(
        &self,
        filter: &Filter,
        (after, at): (Position, Position),
    ) -> Result<(Filter, Position), StoreError> {
        let Some(phrases) = OpenPhrases::of(filter) else {
            return Ok((filter.clone(), at));
        };
        let candidates = self.ask(FindNewest::<true> {
            phrases: phrases.clone(),
            resources: Resources::All,
            scope: Scope {
                upto: at,
                known_at: None,
                clock: Clock::AtCommit,
            },
        });
        let mut candidates = candidates.await?;
        let until = candidates.keep_after(after, PHRASE_RECORDS_MAX);
        let look = Look::new(&phrases, candidates);
        let decided = self.look(filter, look).await?;
        Ok((decided, until.unwrap_or(at)))
    }

    /// Returns a filter whose phrases are decided for the first changes in a range and the revisions
    /// before them, and the position up to which they are.
    pub async fn decide_changes(
        &self,
        filter: &Filter,
        range: (Position, Position),
    ) -> Result<(Filter, Position), StoreError> {
        let Some(phrases) = OpenPhrases::of(filter) else {
            return Ok((filter.clone(), range.1));
        };
        let candidates = self.ask(FindChanged {
            phrases: phrases.clone(),
            range,
        });
        let (candidates, reached) = candidates.await?;
        let look = Look::new(&phrases, candidates);
        Ok((self.look(filter, look).await?, reached))
    }

    /// Does the same as [`Store::decide_changes`] on this thread, which serves no calls.
    pub fn decide_changes_here(
        &self,
        filter: &Filter,
        range: (Position, Position),
    ) -> Result<(Filter, Position), StoreError> {
        let Some(phrases) = OpenPhrases::of(filter) else {
            return Ok((filter.clone(), range.1));
        };
        let (candidates, reached) = self.ask_here(&FindChanged {
            phrases: phrases.clone(),
            range,
        })?;
        let look = Look::new(&phrases, candidates);
        let mut found = look.nothing();
        for positions in look.candidates.positions().chunks(READ_LEN_MAX) {
            let (log, view) = (&*self.shared.log, &*self.shared.view);
            look.extend(&mut found, look.read(log, view, positions)?);
        }
        Ok((look.decided(filter, found), reached))
    }

    /// Looks at texts on the threads of readers.
    async fn look(&self, filter: &Filter, look: Look) -> Result<Filter, StoreError> {
        let look = Arc::new(look);
        let mut found = look.nothing();
        for positions in look.candidates.positions().chunks(READ_LEN_MAX) {
            let recent = match positions.len() {
                ..=FEW => self.shared.view.recent_all(positions),
                _ => None,
            };
            let part = match recent {
                Some(records) => look.at(&records)?,
                None => {
                    let (log, view) = (self.shared.log.clone(), self.shared.view.clone());
                    let (look, positions) = (look.clone(), positions.to_vec());
                    let read = move || look.read(&*log, &view, &positions);
                    self.shared.readers.run(read).await?
                }
            };
            look.extend(&mut found, part);
        }
        Ok(look.decided(filter, found))
    }
}

impl Look {
    fn new(phrases: &OpenPhrases, candidates: Candidates) -> Look {
        Look {
            tests: phrases.tests().to_vec(),
            candidates,
        }
    }

    fn nothing(&self) -> Found {
        vec![Vec::new(); self.tests.len()]
    }

    fn read(
        &self,
        log: &dyn Log,
        view: &View,
        positions: &[Position],
    ) -> Result<Found, StoreError> {
        self.at(&read_blocking(log, view, positions)?)
    }

    /// Returns which of these records have which phrase.
    fn at(&self, records: &[Arc<Record>]) -> Result<Found, StoreError> {
        let mut found = self.nothing();
        for record in records {
            let mut missing: Vec<usize> = (0..self.tests.len())
                .filter(|nth| self.candidates.may_have(*nth, record.position))
                .collect();
            record.for_each_text(|text| {
                missing.retain(|nth| match self.tests[*nth].is_in(text) {
                    true => {
                        found[*nth].extend(u32::try_from(record.position));
                        false
                    }
                    false => true,
                });
            })?;
        }
        Ok(found)
    }

    fn extend(&self, found: &mut Found, part: Found) {
        for (all, part) in found.iter_mut().zip(part) {
            all.extend(part);
        }
    }

    fn decided(&self, filter: &Filter, found: Found) -> Filter {
        let found = found.into_iter().map(Arc::from);
        let found: Vec<(Predicate, Arc<[u32]>)> = self.tests.iter().cloned().zip(found).collect();
        filter.with_found(&found)
    }
}
