use crate::{
    filter::Filter,
    index::{Clock, Index, Lend, Position, Question, Resources, Scope, filter_cost, select_newest},
};

/// Asks for the newest revision that a filter finds after a position.
pub(super) struct FirstMatch {
    pub filter: Filter,
    pub after: Position,
    pub upto: Position,
}

impl Question for FirstMatch {
    /// Its full name and its position.
    type Answer = Option<(String, Position)>;

    fn cost(&self, index: &Index) -> u64 {
        filter_cost(index, self.filter.expr(), self.upto)
    }

    fn answer<L: Lend>(&self, lender: &L) -> Result<Self::Answer, L::Stop> {
        let scope = Scope {
            upto: self.upto,
            known_at: None,
            clock: Clock::AtCommit,
        };
        let mut found = select_newest(lender, self.filter.expr(), Resources::All, scope)?;
        found.remove_range(..=u32::try_from(self.after).unwrap_or(u32::MAX));
        let first = found.min().map(Position::from);
        lender.lend(|index| first.map(|first| (index.name(first).to_owned(), first)))
    }
}
