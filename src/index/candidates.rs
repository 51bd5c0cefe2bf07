//! The revisions whose texts must be read to decide phrases, as the index knows only their words.

use roaring::RoaringBitmap;

use super::{
    cost::{filter_cost, match_cost},
    index::{Index, narrow},
    lend::Lend,
    select::{Clock, Resources, Scope, evaluate_leaf, select, select_newest},
};
use crate::{
    filter::{Expr, Filter, Predicate},
    index::Position,
};

/// From so many changes on, the filter is evaluated as sets instead of change by change.
const SETS_FROM: u64 = 512;

/// The tests of a filter for phrases that the index alone cannot decide.
#[derive(Clone, Debug)]
pub struct OpenPhrases {
    /// Holds wherever the filter does.
    bounds: Expr,
    tests: Vec<Predicate>,
}

/// For each phrase, in order, the revisions that have its words and can matter to the filter.
#[derive(Clone, Debug, Default)]
pub struct Candidates {
    sets: Vec<RoaringBitmap>,
}

impl OpenPhrases {
    /// Returns the phrases of a filter; `None` if it has none that the index cannot decide.
    pub fn of(filter: &Filter) -> Option<OpenPhrases> {
        let tests = filter.open_phrases();
        (!tests.is_empty()).then(|| OpenPhrases {
            bounds: filter.without_open_phrases(),
            tests,
        })
    }

    /// Returns the tests for the phrases, in order.
    pub fn tests(&self) -> &[Predicate] {
        &self.tests
    }

    /// Estimates how many positions or values are looked at to find the candidates among all revisions.
    pub fn cost(&self, index: &Index, upto: Position) -> u64 {
        let bounds = filter_cost(index, &self.bounds, upto);
        let tests = self.tests.iter().cloned().map(Expr::Leaf).collect();
        bounds + filter_cost(index, &Expr::And(tests), upto)
    }

    /// Estimates the same for the candidates among so many changes.
    pub fn changes_cost(&self, index: &Index, changes: u64) -> u64 {
        let tests = self.tests.iter().cloned().map(Expr::Leaf).collect();
        match changes < SETS_FROM {
            true => {
                let bounds = match_cost(index, &self.bounds);
                2 * changes * (bounds + match_cost(index, &Expr::And(tests)))
            }
            false => self.cost(index, Position::MAX) + changes / 4,
        }
    }

    /// Returns the candidates among the newest revisions as of `scope.upto`.
    pub fn among_newest<L: Lend>(
        &self,
        lender: &L,
        resources: Resources,
        scope: Scope,
    ) -> Result<Candidates, L::Stop> {
        let among = select_newest(lender, &self.bounds, resources, scope)?;
        self.among(lender, &among, scope)
    }

    /// Returns the candidates among the changes in a range and the revisions before them, about `most` of
    /// them, and the position up to which these are all.
    pub fn among_changes<L: Lend>(
        &self,
        lender: &L,
        (after, upto): (Position, Position),
        most: u64,
    ) -> Result<(Candidates, Position), L::Stop> {
        let clock = Clock::AtCommit;
        if upto.saturating_sub(after) < SETS_FROM {
            return lender.lend(|index| {
                let matches = |nth: usize, at: u32| {
                    let at = Position::from(at);
                    index.matches_leaf(&self.tests[nth], at, clock)
                        && index.matches(&self.bounds, at, clock)
                };
                let changes = narrow(after) + 1..=narrow(upto);
                self.picked(index, changes, upto, most, matches)
            });
        }
        let scope = Scope {
            upto,
            known_at: None,
            clock,
        };
        let among = select(lender, &self.bounds, scope)?;
        let all = self.among(lender, &among, scope)?;
        let any = all.union();
        lender.lend(|index| {
            let range = narrow(after) + 1..=narrow(upto);
            let later = index.columns.later().range(range.clone());
            let left = later.filter(|at| any.contains(index.columns.at(*at).previous));
            let mut changes: RoaringBitmap = left.collect();
            changes.extend(any.range(range));
            let matches = |nth: usize, at: u32| all.sets[nth].contains(at);
            self.picked(index, changes.iter(), upto, most, matches)
        })
    }

    fn among<L: Lend>(
        &self,
        lender: &L,
        among: &RoaringBitmap,
        scope: Scope,
    ) -> Result<Candidates, L::Stop> {
        let tests = self.tests.iter();
        let sets = tests.map(|test| Ok(evaluate_leaf(lender, test, scope)? & among));
        Ok(Candidates {
            sets: sets.collect::<Result<_, _>>()?,
        })
    }

    /// Picks candidates from changes in order, each with the revision before it.
    fn picked(
        &self,
        index: &Index,
        changes: impl Iterator<Item = u32>,
        upto: Position,
        most: u64,
        matches: impl Fn(usize, u32) -> bool,
    ) -> (Candidates, Position) {
        let mut picked = Candidates {
            sets: vec![RoaringBitmap::new(); self.tests.len()],
        };
        let mut count = 0;
        for change in changes {
            for at in [index.columns.at(change).previous, change] {
                for (nth, set) in picked.sets.iter_mut().enumerate() {
                    if at != 0 && matches(nth, at) && set.insert(at) {
                        count += 1;
                    }
                }
            }
            if count >= most {
                return (picked, change.into());
            }
        }
        (picked, upto)
    }
}

impl Candidates {
    /// Counts the pairs of a phrase and a revision that may have it.
    pub fn count(&self) -> u64 {
        self.sets.iter().map(RoaringBitmap::len).sum()
    }

    /// Returns the positions of all candidates, in order.
    pub fn positions(&self) -> Vec<Position> {
        self.union().iter().map(Position::from).collect()
    }

    /// Returns whether a revision may have the phrase with a number.
    pub fn may_have(&self, phrase: usize, position: Position) -> bool {
        self.sets[phrase].contains(narrow(position))
    }

    /// Keeps about `most` of those after a position, in order. Returns the position up to which they are
    /// all, if it is before the last.
    pub fn keep_after(&mut self, after: Position, most: u64) -> Option<Position> {
        for set in &mut self.sets {
            set.remove_range(..=narrow(after));
        }
        let mut count = 0;
        let last = self.union().iter().find(|at| {
            count += self.sets.iter().filter(|set| set.contains(*at)).count() as u64;
            count >= most
        })?;
        for set in &mut self.sets {
            set.remove_range(last + 1..);
        }
        Some(last.into())
    }

    fn union(&self) -> RoaringBitmap {
        let sets = self.sets.iter();
        sets.fold(RoaringBitmap::new(), |all, set| all | set)
    }
}
