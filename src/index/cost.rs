//! About what questions cost, told from the sizes of the index.

use super::{
    index::{Index, narrow},
    order::{Order, OrderBy},
};
use crate::{
    filter::{Expr, Field, Predicate},
    index::Position,
};

/// Values are counted up to here; with more of them a term is costly in any case.
const VALUES_MAX: usize = 4_096;
/// A value of which a term takes every position costs as much as so many positions that are looked
/// at one by one.
const VALUE: u64 = 32;
/// A set takes so many positions in the time in which one is looked at.
const IN_A_SET: u64 = 64;

/// About how many positions or values are looked at to find what satisfies `expr` when the log is
/// read as if it ended at `upto`.
pub fn filter_cost(index: &Index, expr: &Expr, upto: Position) -> u64 {
    let len = index.columns.len();
    let terms = expr.predicates().map(|term| term_cost(index, term));
    u64::from(len.saturating_sub(narrow(upto))) + u64::from(len) / IN_A_SET + terms.sum::<u64>()
}

fn term_cost(index: &Index, predicate: &Predicate) -> u64 {
    let len = u64::from(index.columns.len());
    let spans = |field| index.spans.count(field) as u64;
    match predicate {
        Predicate::Words { field, words } => {
            let further = index.further.words();
            let count = |word: &String| {
                index.postings.count_prefix(*field, word, VALUES_MAX)
                    + further.count_prefix(*field, word, VALUES_MAX)
            };
            let values = words.iter().map(count).sum::<usize>() as u64;
            values * VALUE + words.len() as u64 * (len / IN_A_SET)
        }
        Predicate::Date { field, .. } => 2 * spans(*field) + len / IN_A_SET,
        Predicate::Overdue(_) => 2 * spans(Field::Date) + len / IN_A_SET,
        Predicate::Time { .. } | Predicate::Number { .. } => len / 4,
        Predicate::Term { .. } | Predicate::Present(_) | Predicate::Annotation { .. } => {
            len / IN_A_SET
        }
    }
}

/// About how many positions or values are looked at to tell whether one revision satisfies `expr`.
pub fn match_cost(index: &Index, expr: &Expr) -> u64 {
    let further = index.further.words();
    let term = |term: &Predicate| match term {
        Predicate::Words { field, words } => {
            let count = |word: &String| {
                index.postings.count_prefix(*field, word, VALUES_MAX)
                    + further.count_prefix(*field, word, VALUES_MAX)
            };
            words.iter().map(count).sum::<usize>() as u64
        }
        Predicate::Date { field, .. } => index.spans.count(*field) as u64,
        _ => 1,
    };
    expr.predicates().map(term).sum()
}

/// About how many positions or values are looked at to sort what was found.
pub fn order_cost(index: &Index, order: Order) -> u64 {
    match order.by {
        OrderBy::Position => 0,
        OrderBy::Date => 4 * index.spans.count(Field::Date) as u64,
        OrderBy::Name => u64::from(index.columns.len()),
    }
}
