use crate::{
    domain::Micros,
    filter::{Expr, Field, Predicate},
    index::{Clock, Index, Lend, Position, Question, Resources, Scope, filter_cost, select_newest},
};

/// The number of active events of a partnership, without drills.
pub(super) struct EventCount {
    counted: Expr,
    scope: Scope,
}

impl EventCount {
    /// Counts the events as of a position.
    pub(super) fn of(partnership: &str, upto: Position) -> EventCount {
        let leaf = |field, value: &str| Expr::Leaf(Predicate::term(field, value));
        EventCount {
            counted: Expr::And(vec![
                leaf(Field::Partnership, partnership),
                leaf(Field::State, "ACTIVE"),
                leaf(Field::Exercise, "false"),
            ]),
            scope: Scope {
                upto,
                known_at: None,
                clock: Clock::AtCommit,
            },
        }
    }

    /// Counts what was known at a time. This looks at each revision of the partnership's events.
    pub(super) fn known(partnership: &str, upto: Position, known_at: Micros) -> EventCount {
        let mut known = EventCount::of(partnership, upto);
        known.scope.known_at = Some(known_at.0);
        known
    }
}

impl Question for EventCount {
    type Answer = u64;

    fn cost(&self, index: &Index) -> u64 {
        filter_cost(index, &self.counted, self.scope.upto)
    }

    fn answer<L: Lend>(&self, lender: &L) -> Result<u64, L::Stop> {
        let found = select_newest(lender, &self.counted, Resources::Events, self.scope)?;
        Ok(found.len())
    }
}
