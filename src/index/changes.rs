//! Which changes a watch with a filter sends.

use roaring::RoaringBitmap;

use super::{
    index::{Index, narrow},
    select::{Clock, Scope},
};
use crate::{filter::Expr, index::Position};

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
    /// revision before did, in order; and the position up to which there are no others.
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
        candidates.extend(left.filter(|later| matching.contains(self.columns.at(*later).previous)));
        candidates
    }

    fn hit(&self, position: Position, matches: impl Fn(Position) -> bool) -> Option<Hit> {
        let previous = self.previous(position);
        let crossing = match (previous.is_some_and(&matches), matches(position)) {
            (false, true) => Crossing::Entered,
            (true, true) => Crossing::Stayed,
            (true, false) => Crossing::Left,
            (false, false) => return None,
        };
        Some(Hit {
            position,
            crossing,
            previous,
        })
    }
}
