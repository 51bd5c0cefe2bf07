use super::{access::Access, command::Command};
use crate::{
    filter::{Expr, Field, Predicate},
    index::{Clock, Position, Resources, Scope},
};

/// Active events that belong to the partnership with an id, drills not counted.
pub(super) fn event_count<C: Command>(access: Access<'_, C>, slug: &str, upto: Position) -> u64 {
    let leaf = |field, value: &str| Expr::Leaf(Predicate::term(field, value));
    let counted = Expr::And(vec![
        leaf(Field::Partnership, slug),
        leaf(Field::State, "ACTIVE"),
        leaf(Field::Exercise, "false"),
    ]);
    let scope = Scope {
        upto,
        clock: Clock::AtCommit,
    };
    access
        .index()
        .select_newest(&counted, Resources::Events, scope)
        .len()
}
