use std::sync::Arc;

use crate::domain::{
    Day, OrderedDecimal,
    search_words::{Phrase, Query},
};

use super::{bodies::BodySet, element::Repeated, field::Field, scope};

/// A condition on a record, in the form that the index evaluates.
///
/// [`Filter`](super::Filter) builds it so that AND and OR have at least two distinct parts, and NOT never
/// contains another NOT. No part of an OR is an OR. A part of an AND is an AND only if their terms would
/// mean something else side by side, see [`Expr::Element`].
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Expr {
    /// Every record.
    All,
    And(Vec<Expr>),
    Or(Vec<Expr>),
    Not(Box<Expr>),
    Leaf(Predicate),
    /// One element of a repeated field satisfies every part. Each part is a test of one of its fields, or
    /// an OR of such tests. There are at least two distinct parts.
    Element {
        repeated: Repeated,
        parts: Vec<Expr>,
    },
}

/// One test of one field.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Predicate {
    /// The field has this value, or has it among several. Values are in one spelling: enum names
    /// and codes in upper case, language tags in their canonical case, slugs, full resource names
    /// for `name`, "true" and "false".
    Term { field: Field, value: String },
    /// One name of the field, or all texts of the record together, have every word of the query, which
    /// has at least one.
    Words { field: Field, query: Query },
    /// One name of the field is this one, as
    /// [`words_of_name`](crate::domain::search_words::words_of_name) writes it.
    Whole { field: Field, name: String },
    /// One of the texts of the field has the phrase. The index knows only which records have its words,
    /// unless the phrase [is exact](Phrase::is_exact).
    Phrase {
        field: Field,
        phrase: Phrase,
        /// The positions whose texts have the phrase, in order, as far as they matter to one question.
        /// `None` while no text was looked at; then every record with its words counts as having it.
        found: Option<Arc<[u32]>>,
    },
    /// The field is set.
    Present(Field),
    /// The annotation exists and has the value, if one is given.
    Annotation { key: String, value: Option<String> },
    /// A date compared with a span of days, of which at least one end is known;
    /// see [`Comparison::of_spans`].
    Date {
        field: Field,
        op: Comparison,
        earliest: Option<Day>,
        latest: Option<Day>,
        text: String,
    },
    /// An instant compared with another, in microseconds since 1970; `op` is never `Overlaps`.
    Time {
        field: Field,
        op: Comparison,
        micros: i64,
        text: String,
    },
    /// A number compared with another; `op` is never `Overlaps`.
    Number {
        field: Field,
        op: Comparison,
        value: i64,
    },
    /// A decimal number compared with another; `op` is never `Overlaps`.
    Decimal {
        field: Field,
        op: Comparison,
        value: OrderedDecimal,
    },
    /// Whether the event is overdue, which depends on the clock of the reader.
    Overdue(bool),
    /// A party is one of these bodies, by id or by name. Only resolved filters have it.
    Bodies { field: Field, bodies: BodySet },
}

/// How two values are compared. `!=` is the negation of `Equal`.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Comparison {
    /// `=`
    Equal,
    /// `:`, for dates only.
    Overlaps,
    /// `<`
    Less,
    /// `<=`
    LessOrEqual,
    /// `>`
    Greater,
    /// `>=`
    GreaterOrEqual,
}

impl Expr {
    /// Returns the negation of this condition.
    pub(super) fn negated(self) -> Self {
        match self {
            Self::Not(inner) => *inner,
            other => Self::Not(Box::new(other)),
        }
    }

    /// Returns the condition that every part holds; without parts, it matches everything.
    pub(super) fn all_of(parts: Vec<Self>) -> Self {
        let stays = scope::those_that_stay(&parts);
        let flat = parts
            .into_iter()
            .zip(stays)
            .flat_map(|(part, stays)| match part {
                Self::And(inner) if !stays => inner,
                Self::All => Vec::new(),
                other => vec![other],
            });
        match <[Self; 1]>::try_from(distinct(flat)) {
            Ok([only]) => only,
            Err(none) if none.is_empty() => Self::All,
            Err(several) => Self::And(several),
        }
    }

    /// Returns the condition that some part holds; there must be at least one.
    pub(super) fn any_of(parts: Vec<Self>) -> Self {
        let flat = parts.into_iter().flat_map(|part| match part {
            Self::Or(inner) => inner,
            other => vec![other],
        });
        match <[Self; 1]>::try_from(distinct(flat)) {
            Ok([only]) => only,
            Err(several) => Self::Or(several),
        }
    }

    /// Iterates over every test in the condition, in the order of the text.
    pub fn predicates(&self) -> Box<dyn Iterator<Item = &Predicate> + '_> {
        match self {
            Self::All => Box::new(std::iter::empty()),
            Self::And(parts) | Self::Or(parts) | Self::Element { parts, .. } => {
                Box::new(parts.iter().flat_map(Self::predicates))
            }
            Self::Not(inner) => inner.predicates(),
            Self::Leaf(predicate) => Box::new(std::iter::once(predicate)),
        }
    }
}

impl Expr {
    /// Calls `change` with every test in the condition.
    pub(super) fn for_each_predicate(&mut self, change: &mut impl FnMut(&mut Predicate)) {
        match self {
            Self::All => {}
            Self::And(parts) | Self::Or(parts) | Self::Element { parts, .. } => {
                parts
                    .iter_mut()
                    .for_each(|part| part.for_each_predicate(change));
            }
            Self::Not(inner) => inner.for_each_predicate(change),
            Self::Leaf(predicate) => change(predicate),
        }
    }
}

impl Predicate {
    /// Returns the test for a value in the spelling of [`Predicate::Term`].
    pub fn term(field: Field, value: impl Into<String>) -> Self {
        Self::Term {
            field,
            value: value.into(),
        }
    }

    /// Returns whether this is a test for a phrase that the index alone cannot decide.
    pub fn is_open_phrase(&self) -> bool {
        matches!(self, Self::Phrase { phrase, .. } if !phrase.is_exact())
    }

    /// Returns whether this is a test for a phrase and the text has it.
    pub fn is_in(&self, text: &str) -> bool {
        matches!(self, Self::Phrase { phrase, .. } if phrase.is_in(text))
    }

    /// Returns the tested field.
    pub fn field(&self) -> Field {
        match self {
            Self::Term { field, .. }
            | Self::Words { field, .. }
            | Self::Whole { field, .. }
            | Self::Phrase { field, .. }
            | Self::Present(field)
            | Self::Date { field, .. }
            | Self::Time { field, .. }
            | Self::Number { field, .. }
            | Self::Bodies { field, .. }
            | Self::Decimal { field, .. } => *field,
            Self::Annotation { .. } => Field::Annotations,
            Self::Overdue(_) => Field::Overdue,
        }
    }
}

impl Comparison {
    /// Returns the operator's symbol.
    pub const fn symbol(self) -> &'static str {
        match self {
            Self::Equal => "=",
            Self::Overlaps => ":",
            Self::Less => "<",
            Self::LessOrEqual => "<=",
            Self::Greater => ">",
            Self::GreaterOrEqual => ">=",
        }
    }

    /// Whether the comparison holds between two single values, such as numbers or instants.
    pub fn of_values<T: Ord>(self, value: T, literal: T) -> bool {
        match self {
            Self::Equal | Self::Overlaps => value == literal,
            Self::Less => value < literal,
            Self::LessOrEqual => value <= literal,
            Self::Greater => value > literal,
            Self::GreaterOrEqual => value >= literal,
        }
    }

    /// Whether the comparison holds between the span of a record and that of a literal, each with
    /// its earliest and latest day. False for a record without either.
    pub fn of_spans(
        self,
        (earliest, latest): (Option<Day>, Option<Day>),
        (from, to): (Option<Day>, Option<Day>),
    ) -> bool {
        if earliest.is_none() && latest.is_none() {
            return false;
        }
        let (first, last) = (Bound::first(earliest), Bound::last(latest));
        let (from, to) = (Bound::first(from), Bound::last(to));
        match self {
            Self::Equal => from <= first && last <= to,
            Self::Overlaps => first <= to && from <= last,
            Self::Less => last < from,
            Self::LessOrEqual => last <= to,
            Self::Greater => first > to,
            Self::GreaterOrEqual => first >= from,
        }
    }
}

/// An end of a span. An open end lies beyond every day.
#[derive(Eq, Ord, PartialEq, PartialOrd)]
enum Bound {
    Past,
    On(Day),
    Future,
}

impl Bound {
    fn first(day: Option<Day>) -> Self {
        day.map_or(Self::Past, Self::On)
    }

    fn last(day: Option<Day>) -> Self {
        day.map_or(Self::Future, Self::On)
    }
}

/// Returns the parts without those that repeat an earlier one.
pub(super) fn distinct(parts: impl Iterator<Item = Expr>) -> Vec<Expr> {
    let mut kept = Vec::new();
    for part in parts {
        if !kept.contains(&part) {
            kept.push(part);
        }
    }
    kept
}
