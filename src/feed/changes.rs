//! The changes that match.

use crate::{
    filter::Filter,
    index::{Hit, Index, Lend, Position, Question, changes, changes_cost, match_cost},
};

/// Changes looked up in the index at a time.
const HITS_MAX: usize = 4_096;
/// So few changes are looked up at once where a match costs no more than [`CHEAP_MAX`].
const FEW: Position = 512;
const CHEAP_MAX: u64 = 200;
/// Changes after which it is counted anew what a match costs.
const RECOUNT_AFTER: u64 = 4_096;

/// Changes that match, and the position up to which there are no others.
pub(super) type Hits = (Vec<Hit>, Position);

/// What it costs to tell whether a change matches, counted now and then.
#[derive(Debug, Default)]
pub(super) struct MatchCost {
    each: u64,
    recount_at: u64,
}

impl MatchCost {
    /// Whether so many changes may be looked up at once, by a stream that has looked at `scanned`.
    pub(super) fn is_low(
        &mut self,
        index: &Index,
        filter: &Filter,
        scanned: u64,
        count: u64,
    ) -> bool {
        if scanned >= self.recount_at {
            self.recount_at = scanned + RECOUNT_AFTER;
            self.each = match_cost(index, filter.expr());
        }
        count < FEW && self.each < CHEAP_MAX
    }
}

/// Asks for the changes after a position up to another that match.
pub(super) struct FindChanges {
    filter: Filter,
    range: (Position, Position),
}

impl FindChanges {
    /// Asks with a filter whose phrases are decided.
    pub(super) fn new(filter: Filter, after: Position, upto: Position) -> FindChanges {
        let range = (after, upto);
        FindChanges { filter, range }
    }

    /// The same at once.
    pub(super) fn here(index: &Index, filter: &Filter, after: Position, upto: Position) -> Hits {
        index.changes(filter.expr(), after, upto, HITS_MAX)
    }
}

impl Question for FindChanges {
    type Answer = Hits;

    const IS_PATIENT: bool = true;

    fn cost(&self, index: &Index) -> u64 {
        changes_cost(index, self.filter.expr(), self.range)
    }

    fn answer<L: Lend>(&self, lender: &L) -> Result<Hits, L::Stop> {
        changes(lender, self.filter.expr(), self.range, HITS_MAX)
    }
}
