//! The index: a view of the log in memory, so that finding ten of a million records needs no scan. It
//! holds sets of positions by term, the newest revisions, orders and counts.

mod annotations;
mod bodies;
mod candidates;
#[cfg(test)]
mod candidates_tests;
mod changes;
mod columns;
mod cost;
mod date_spans;
mod dictionary;
mod elements;
#[cfg(test)]
mod elements_tests;
mod further_names;
#[expect(
    clippy::module_inception,
    reason = "the module is named after what it is about"
)]
mod index;
mod lend;
#[cfg(test)]
mod lend_tests;
#[cfg(test)]
mod meaning_tests;
#[cfg(test)]
mod names_tests;
mod numbered_texts;
mod order;
mod positions;
mod postings;
mod select;
mod sorted_numbers;
mod summary;
mod sums;
#[cfg(test)]
mod sums_tests;
#[cfg(test)]
mod tests;
mod unknown_terms;
#[cfg(test)]
mod unknown_tests;

pub use bodies::{TooManyBodies, namesakes, namesakes_cost, resolve, resolve_cost, resolve_kept};
pub use candidates::{Candidates, OpenPhrases};
pub use changes::{Crossing, Hit, changes, changes_cost, count_changes};
pub use cost::{filter_cost, match_cost, order_cost};
pub use index::Index;
pub use lend::{Lend, Question};
pub use order::{DateKey, Order, OrderBy, Row, page};
pub use select::{Clock, Resources, Scope, select, select_newest};
pub use summary::{
    GROUPS_MAX, Group, GroupBy, Groups, Period, Summed, TooMuch, WORK_MAX, summarize,
};
pub use sums::{AmountSum, SUMS_MAX};

/// A position in the log: 1 is the first change, 0 is before it. Positions have no gaps.
pub type Position = u64;
