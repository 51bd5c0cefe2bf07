//! Estimates of what questions cost, from the sizes of the index.

use super::{
    index::{Index, narrow},
    order::{Order, OrderBy},
};
use crate::{
    domain::search_words::SearchWord,
    filter::{Expr, Field, Predicate},
    index::Position,
};

/// Values are counted up to this number; a term with more is costly in any case.
const VALUES_MAX: usize = 4_096;
/// The cost from which a match is costly. It is not counted further.
pub(super) const MATCH_COST_MAX: u64 = 1_024;
/// The cost of reading all positions of a value, in positions looked at one by one.
const VALUE_COST: u64 = 32;
/// How many positions of a set are processed in the time of looking at one.
const SET_POSITIONS_PER_LOOKUP: u64 = 64;

/// Estimates how many positions or values are looked at to find what satisfies `expr` when the log is
/// read as if it ended at `upto`.
pub fn filter_cost(index: &Index, expr: &Expr, upto: Position) -> u64 {
    let len = index.columns.len();
    let terms = expr.predicates().map(|term| term_cost(index, term));
    let terms = sum(terms, VALUES_MAX as u64 * VALUE_COST);
    u64::from(len.saturating_sub(narrow(upto))) + u64::from(len) / SET_POSITIONS_PER_LOOKUP + terms
}

fn term_cost(index: &Index, predicate: &Predicate) -> u64 {
    let len = u64::from(index.columns.len());
    let spans = |field| index.spans.count(field) as u64;
    match predicate {
        Predicate::Words { field, query } => {
            let words = query.words();
            let values = count_words(index, *field, words, VALUES_MAX as u64);
            values * VALUE_COST + words.len() as u64 * (len / SET_POSITIONS_PER_LOOKUP)
        }
        Predicate::Phrase { field, phrase, .. } => {
            let words = phrase.entries();
            let values = count_words(index, *field, words, VALUES_MAX as u64);
            values * VALUE_COST + words.len() as u64 * (len / SET_POSITIONS_PER_LOOKUP)
        }
        Predicate::Date { field, .. } => 2 * spans(*field) + len / SET_POSITIONS_PER_LOOKUP,
        Predicate::Overdue(_) => 2 * spans(Field::Date) + len / SET_POSITIONS_PER_LOOKUP,
        Predicate::Time { .. } | Predicate::Number { .. } => len / 4,
        // A name has a value for each country.
        Predicate::Term { .. }
        | Predicate::Whole { .. }
        | Predicate::Present(_)
        | Predicate::Annotation { .. } => len / SET_POSITIONS_PER_LOOKUP,
    }
}

/// Estimates how many positions or values are looked at to decide whether one revision satisfies
/// `expr`.
pub fn match_cost(index: &Index, expr: &Expr) -> u64 {
    let term = |term: &Predicate| match term {
        Predicate::Words { field, query } => {
            count_words(index, *field, query.words(), MATCH_COST_MAX)
        }
        Predicate::Phrase { field, phrase, .. } => {
            count_words(index, *field, phrase.entries(), MATCH_COST_MAX)
        }
        Predicate::Date { field, .. } => index.spans.count(*field) as u64,
        _ => 1,
    };
    sum(expr.predicates().map(term), MATCH_COST_MAX)
}

/// Counts the values that words have, until there are `enough`.
fn count_words(index: &Index, field: Field, words: &[SearchWord], enough: u64) -> u64 {
    let further = index.further.words();
    let count = |word: &SearchWord| {
        let word = std::slice::from_ref(word);
        let first = index.postings.count_words(field, word, VALUES_MAX);
        first + further.count_words(field, word, VALUES_MAX)
    };
    sum(words.iter().map(count), enough)
}

/// Adds costs until the sum reaches `enough`.
fn sum(costs: impl Iterator<Item = u64>, enough: u64) -> u64 {
    let mut sum = 0;
    for cost in costs {
        sum += cost;
        if sum >= enough {
            break;
        }
    }
    sum
}

/// Estimates how many positions or values are looked at to sort a result.
pub fn order_cost(index: &Index, order: Order) -> u64 {
    match order.by {
        OrderBy::Position => 0,
        OrderBy::Date => 4 * index.spans.count(Field::Date) as u64,
        OrderBy::Name => u64::from(index.columns.len()),
    }
}
