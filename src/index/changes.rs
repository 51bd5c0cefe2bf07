//! Which changes a watch with a filter sends.

use roaring::RoaringBitmap;

use super::{
    index::{Index, narrow},
    select::{Clock, Scope},
};
use crate::{
    filter::{Expr, Field},
    index::Position,
};

/// From how many changes on the filter is evaluated as sets rather than change by change.
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
    /// The first `count` changes after `after` up to `upto` whose revision satisfies `expr` or whose
    /// revision before did, in order; redactions too, as what their events matched is erased; and the position up to which there are no others.
    pub fn changes(
        &self,
        expr: &Expr,
        after: Position,
        upto: Position,
        count: usize,
    ) -> (Vec<Hit>, Position) {
        let hits: Vec<Hit> = if upto.saturating_sub(after) < SETS_FROM {
            let test = |position| self.matches(expr, position, Clock::AtCommit);
            (after + 1..=upto)
                .filter_map(|position| self.hit(position, test))
                .take(count)
                .collect()
        } else {
            let matching = self.select(
                expr,
                Scope {
                    upto,
                    clock: Clock::AtCommit,
                },
            );
            let test = |position| matching.contains(narrow(position));
            let candidates = self.candidates(&matching, after, upto);
            let candidates = candidates.iter().map(Position::from);
            candidates
                .filter_map(|position| self.hit(position, test))
                .take(count)
                .collect()
        };
        let reached = if hits.len() < count {
            upto
        } else {
            hits[count - 1].position
        };
        (hits, reached)
    }

    /// How many changes there are after `after` up to `upto` of those that [`Index::changes`] gives, and
    /// the position of the first.
    pub fn count_changes(
        &self,
        expr: &Expr,
        after: Position,
        upto: Position,
    ) -> (u64, Option<Position>) {
        if upto.saturating_sub(after) < SETS_FROM {
            let (hits, _) = self.changes(expr, after, upto, usize::MAX);
            return (hits.len() as u64, hits.first().map(|hit| hit.position));
        }
        let scope = Scope {
            upto,
            clock: Clock::AtCommit,
        };
        let counted = self.candidates(&self.select(expr, scope), after, upto);
        (counted.len(), counted.min().map(Position::from))
    }

    /// Each is one to send.
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

    /// Whether it is the change by which an event was redacted, behind which there is none.
    fn is_redaction(&self, position: u32) -> bool {
        let redacted = self.postings.with_value(Field::State, "REDACTED");
        redacted.is_some_and(|redacted| redacted.contains(position))
            && self.columns.at(position).next == 0
    }

    fn hit(&self, position: Position, matches: impl Fn(Position) -> bool) -> Option<Hit> {
        let previous = self.previous(position);
        let crossing = match (previous.is_some_and(&matches), matches(position)) {
            (false, true) => Crossing::Entered,
            (true, true) => Crossing::Stayed,
            (true, false) => Crossing::Left,
            // Whoever has a copy is to erase it.
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
