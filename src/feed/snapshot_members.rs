//! The members of a snapshot.

use roaring::RoaringBitmap;

use crate::{
    filter::Filter,
    index::{Clock, Index, Lend, Position, Question, Resources, Scope, filter_cost, select_newest},
    store::{Store, StoreError},
};

/// Members held at a time. They are found again for each so many, so that a watch which does not read
/// costs the same, however large its snapshot is.
const FOUND_MAX: u64 = 16_384;

/// Those that are not read yet: the next of them, and whether there are others.
#[derive(Debug, Default)]
pub(super) struct Members {
    found: RoaringBitmap,
    others: bool,
}

/// Asks for them up to where the phrases of the filter are decided.
struct FindMembers {
    filter: Filter,
    at: Position,
    after: Position,
    /// The position up to which the phrases of the filter are decided.
    until: Position,
}

/// Returns the next members of what stood at a position, in order of positions, after the member at
/// another.
pub(super) async fn members_after(
    store: &Store,
    filter: &Filter,
    at: Position,
    mut after: Position,
) -> Result<Members, StoreError> {
    let all = filter.clone().with_list_defaults(false);
    loop {
        let (filter, until) = store.decide_members(&all, (after, at)).await?;
        let members = store.ask(FindMembers {
            filter,
            at,
            after,
            until,
        });
        let members = members.await?;
        if !members.is_empty() || !members.has_others() {
            return Ok(members);
        }
        after = until;
    }
}

impl Question for FindMembers {
    type Answer = Members;

    const IS_PATIENT: bool = true;

    fn cost(&self, index: &Index) -> u64 {
        filter_cost(index, self.filter.expr(), self.at)
    }

    fn answer<L: Lend>(&self, lender: &L) -> Result<Members, L::Stop> {
        let scope = Scope {
            upto: self.at,
            known_at: None,
            clock: Clock::AtCommit,
        };
        let mut found = select_newest(lender, self.filter.expr(), Resources::All, scope)?;
        found.remove_range(..=u32::try_from(self.after).unwrap_or(u32::MAX));
        found.remove_range(
            u32::try_from(self.until).map_or(u32::MAX, |until| until.saturating_add(1))..,
        );
        let mut members = Members::first(found, FOUND_MAX);
        members.others |= self.until < self.at;
        Ok(members)
    }
}

impl Members {
    /// Those of whom none has been found yet.
    pub(super) fn to_find() -> Members {
        Members {
            others: true,
            ..Members::default()
        }
    }

    fn first(mut found: RoaringBitmap, count: u64) -> Members {
        let others = u32::try_from(count).ok().and_then(|nth| found.select(nth));
        if let Some(other) = others {
            found.remove_range(other..);
        }
        Members {
            found,
            others: others.is_some(),
        }
    }

    /// Whether none is held.
    pub(super) fn is_empty(&self) -> bool {
        self.found.is_empty()
    }

    /// Whether there are some behind those that are held.
    pub(super) fn has_others(&self) -> bool {
        self.others
    }

    /// Takes up to `count` of those that are held.
    pub(super) fn take(&mut self, count: usize) -> Vec<Position> {
        let taken: Vec<u32> = self.found.iter().take(count).collect();
        if let Some(last) = taken.last() {
            self.found.remove_range(..=*last);
        }
        taken.into_iter().map(Position::from).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_more_are_held_than_allowed_and_others_are_known_of() {
        for (members, others) in [(0, false), (9, false), (10, false), (11, true), (30, true)] {
            let mut held = Members::first((1..=members).map(|n| 100_000 * n).collect(), 10);
            assert_eq!(held.has_others(), others, "of {members}");
            let mut taken = Vec::new();
            while !held.is_empty() {
                taken.extend(held.take(4));
            }
            let expected = (1..=members.min(10)).map(|n| u64::from(100_000 * n));
            assert!(
                taken.iter().copied().eq(expected),
                "of {members}: {taken:?}"
            );
        }
    }
}
