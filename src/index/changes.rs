//! Which changes a watch with a filter sends.

use roaring::RoaringBitmap;

use super::{
    cost::{MATCH_COST_MAX, filter_cost, match_cost},
    index::{Index, narrow},
    lend::Lend,
    select::{Clock, Scope, select},
};
use crate::{
    filter::{Expr, Field},
    index::Position,
};

/// The number of changes from which the filter is evaluated as sets instead of change by change.
const SETS_FROM: u64 = 512;

/// How a change moved its resource across the filter.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Crossing {
    Entered,
    Stayed,
    Left,
}

/// A change to send.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Hit {
    pub position: Position,
    pub crossing: Crossing,
    /// Position of the revision before, if there was one.
    pub previous: Option<Position>,
}

impl Index {
    /// Runs [`changes`] on this index.
    pub fn changes(
        &self,
        expr: &Expr,
        after: Position,
        upto: Position,
        count: usize,
    ) -> (Vec<Hit>, Position) {
        let Ok(changes) = changes(self, expr, (after, upto), count);
        changes
    }

    /// Runs [`count_changes`] on this index.
    pub fn count_changes(
        &self,
        expr: &Expr,
        after: Position,
        upto: Position,
    ) -> (u64, Option<Position>) {
        let Ok(counted) = count_changes(self, expr, (after, upto));
        counted
    }

    /// Returns the positions that may have to be sent.
    fn candidates(
        &self,
        matching: &RoaringBitmap,
        after: Position,
        upto: Position,
    ) -> RoaringBitmap {
        let range = narrow(after) + 1..=narrow(upto);
        let mut candidates = matching.clone();
        candidates.remove_range(..*range.start());
        let left = self.columns.later().range(range);
        candidates.extend(left.filter(|later| {
            matching.contains(self.columns.at(*later).previous) || self.is_redaction(*later)
        }));
        candidates
    }

    /// Whether the change redacted an event. It is always the last change of the event.
    fn is_redaction(&self, position: u32) -> bool {
        self.has_value(Field::State, "REDACTED", position) && self.columns.at(position).next == 0
    }

    fn hit(&self, position: Position, matches: impl Fn(Position) -> bool) -> Option<Hit> {
        let previous = self.previous(position);
        let crossing = match (previous.is_some_and(&matches), matches(position)) {
            (false, true) => Crossing::Entered,
            (true, true) => Crossing::Stayed,
            (true, false) => Crossing::Left,
            // Every client must delete its copy.
            (false, false) if self.is_redaction(narrow(position)) => Crossing::Left,
            (false, false) => return None,
        };
        Some(Hit {
            position,
            crossing,
            previous,
        })
    }
}

/// Estimates how many positions or values [`changes`] looks at.
pub fn changes_cost(index: &Index, expr: &Expr, (after, upto): (Position, Position)) -> u64 {
    let len = upto.saturating_sub(after);
    if len < SETS_FROM {
        match match_cost(index, expr) {
            // The cost was not counted beyond this.
            MATCH_COST_MAX.. => u64::MAX,
            each => 2 * len * each,
        }
    } else {
        filter_cost(index, expr, Position::MAX) + len / 4
    }
}

/// Returns the first `count` changes in the range whose revision satisfies `expr` or whose previous
/// revision did, in order, and the position up to which there are no others. Redactions are always
/// included, as what their events matched has been erased.
pub fn changes<L: Lend>(
    lender: &L,
    expr: &Expr,
    (after, upto): (Position, Position),
    count: usize,
) -> Result<(Vec<Hit>, Position), L::Stop> {
    let mut hits = Vec::new();
    if is_one_by_one(lender, expr, (after, upto))? {
        let mut next = after + 1;
        while next <= upto && hits.len() < count {
            lender.lend(|index| {
                let end = upto.min(next.saturating_add(L::SLICE / MATCH_COST_MAX));
                let test = |position| index.matches(expr, position, Clock::AtCommit);
                let found = (next..=end).filter_map(|position| index.hit(position, test));
                hits.extend(found.take(count - hits.len()));
                next = end + 1;
            })?;
        }
    } else {
        let clock = Clock::AtCommit;
        let matching = select(
            lender,
            expr,
            Scope {
                upto,
                known_at: None,
                clock,
            },
        )?;
        hits = lender.lend(|index| {
            let test = |position| matching.contains(narrow(position));
            let candidates = index.candidates(&matching, after, upto);
            let candidates = candidates.iter().map(Position::from);
            let hits = candidates.filter_map(|position| index.hit(position, test));
            hits.take(count).collect()
        })?;
    }
    let reached = if hits.len() < count {
        upto
    } else {
        hits[count - 1].position
    };
    Ok((hits, reached))
}

/// Whether changes are looked at one by one. Where that is costly, a question that gives the index
/// back evaluates the filter as sets, which takes no longer for all changes than for one.
fn is_one_by_one<L: Lend>(
    lender: &L,
    expr: &Expr,
    (after, upto): (Position, Position),
) -> Result<bool, L::Stop> {
    if upto.saturating_sub(after) >= SETS_FROM {
        return Ok(false);
    }
    if L::SLICE == u64::MAX {
        return Ok(true);
    }
    lender.lend(|index| match_cost(index, expr) < MATCH_COST_MAX)
}

/// Counts the changes in the range that [`changes`] would return, and returns the position of the
/// first.
pub fn count_changes<L: Lend>(
    lender: &L,
    expr: &Expr,
    (after, upto): (Position, Position),
) -> Result<(u64, Option<Position>), L::Stop> {
    if upto.saturating_sub(after) < SETS_FROM {
        let (hits, _) = changes(lender, expr, (after, upto), usize::MAX)?;
        return Ok((hits.len() as u64, hits.first().map(|hit| hit.position)));
    }
    let clock = Clock::AtCommit;
    let matching = select(
        lender,
        expr,
        Scope {
            upto,
            known_at: None,
            clock,
        },
    )?;
    let counted = lender.lend(|index| index.candidates(&matching, after, upto))?;
    Ok((counted.len(), counted.min().map(Position::from)))
}
