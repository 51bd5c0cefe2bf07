//! Estimates of what questions cost, from the sizes of the index.

use super::{
    index::{Index, narrow},
    order::{Order, OrderBy},
    positions::Positions,
};
use crate::{
    domain::search_words::SearchWord,
    filter::{Expr, Field, NamingFields, Predicate, Repeated},
    index::Position,
};

/// Values are counted up to this number; a term with more is costly in any case.
pub(super) const VALUES_MAX: usize = 4_096;
/// The cost from which a match is costly. It is not counted further.
pub(super) const MATCH_COST_MAX: u64 = 1_024;
/// The cost of reading all positions of a value, in positions looked at one by one.
const VALUE_COST: u64 = 32;
/// The cost of looking up the name of a body, with and without its country.
pub(super) const NAME_COST: u64 = 32;
/// The cost of finding the elements of a position, or of looking at one of them.
pub(super) const ELEMENT_COST: u64 = 8;
/// How many positions of a set are processed in the time of looking at one.
const SET_POSITIONS_PER_LOOKUP: u64 = 64;

/// Estimates how many positions or values are looked at to find what satisfies `expr` when the log is
/// read as if it ended at `upto`.
pub fn filter_cost(index: &Index, expr: &Expr, upto: Position) -> u64 {
    let len = index.columns.len();
    let terms = expr.predicates().map(|term| term_cost(index, term));
    let terms = sum(terms, VALUES_MAX as u64 * VALUE_COST);
    let sets =
        u64::from(len.saturating_sub(narrow(upto))) + u64::from(len) / SET_POSITIONS_PER_LOOKUP;
    sets + terms + elements_cost(index, expr)
}

/// Estimates what it takes to look at the elements of the positions that satisfy each part of a condition
/// on one element.
fn elements_cost(index: &Index, expr: &Expr) -> u64 {
    match expr {
        Expr::And(parts) | Expr::Or(parts) => {
            parts.iter().map(|part| elements_cost(index, part)).sum()
        }
        Expr::Not(part) => elements_cost(index, part),
        Expr::Element { repeated, parts } => {
            let owners = index.elements.of(*repeated).owners().len();
            let found = parts.iter().map(|part| match part {
                Expr::Leaf(Predicate::Term { field, value }) => {
                    let positions = index.postings.with_value(*field, value);
                    positions.map_or(0, Positions::len)
                }
                _ => owners,
            });
            found.fold(owners, u64::min) * element_cost(index, *repeated)
        }
        Expr::All | Expr::Leaf(_) => 0,
    }
}

/// Estimates what it takes to look at the elements of one position.
fn element_cost(index: &Index, repeated: Repeated) -> u64 {
    let table = index.elements.of(repeated);
    let each = table.count().checked_div(table.owners().len());
    each.map_or(0, |each| ELEMENT_COST * (2 + each))
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
        Predicate::Decimal { .. } => {
            decimals(index, predicate, VALUES_MAX) * VALUE_COST + len / SET_POSITIONS_PER_LOOKUP
        }
        Predicate::Date { field, .. } => 2 * spans(*field) + len / SET_POSITIONS_PER_LOOKUP,
        Predicate::Overdue(_) => 2 * spans(Field::Date) + len / SET_POSITIONS_PER_LOOKUP,
        Predicate::Time { .. } | Predicate::Number { .. } => len / 4,
        Predicate::Bodies { field, bodies } => {
            let sorts = NamingFields::of(*field).len() as u64;
            sorts * NAME_COST * (bodies.names() + bodies.count()) + len / SET_POSITIONS_PER_LOOKUP
        }
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
        Predicate::Bodies { field, bodies } => {
            NamingFields::of(*field).len() as u64 * (2 * bodies.names() + bodies.count())
        }
        Predicate::Decimal { .. } => decimals(index, term, MATCH_COST_MAX as usize),
        _ => 1,
    };
    let terms = sum(expr.predicates().map(term), MATCH_COST_MAX);
    terms + element_match_cost(index, expr)
}

/// Estimates what it takes to look at the elements of one revision.
fn element_match_cost(index: &Index, expr: &Expr) -> u64 {
    match expr {
        Expr::And(parts) | Expr::Or(parts) => {
            let parts = parts.iter().map(|part| element_match_cost(index, part));
            parts.sum()
        }
        Expr::Not(part) => element_match_cost(index, part),
        Expr::Element { repeated, .. } => element_cost(index, *repeated),
        Expr::All | Expr::Leaf(_) => 0,
    }
}

/// Counts the values that satisfy a comparison of decimals, up to `most`.
fn decimals(index: &Index, predicate: &Predicate, most: usize) -> u64 {
    let Predicate::Decimal { field, op, value } = predicate else {
        return 0;
    };
    let values = index.postings.compared(*field, (*op, value), None);
    values.take(most).count() as u64
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
