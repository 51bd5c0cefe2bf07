use crate::domain::Day;

use super::field::Field;

/// A condition on a record, in the form that the index evaluates.
///
/// Built by [`Filter`](super::Filter): AND and OR have at least two parts, none of which is of the
/// same sort or given twice, and NOT never holds another NOT.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Expr {
    /// Every record.
    All,
    And(Vec<Expr>),
    Or(Vec<Expr>),
    Not(Box<Expr>),
    Leaf(Predicate),
}

/// One test of one field.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Predicate {
    /// The field has this value, or has it among several. Values are in one spelling: enum names
    /// and codes in upper case, language tags in their canonical case, slugs, full resource names
    /// for `name`, "true" and "false".
    Term { field: Field, value: String },
    /// One name of the field, or the text, has for each of these words a word that begins with it.
    /// Never empty.
    Words { field: Field, words: Vec<String> },
    /// The field is set.
    Present(Field),
    /// The annotation is there, and when a value is given has it.
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
    /// Whether the event is overdue, which depends on the clock of the reader.
    Overdue(bool),
}

/// How two values are compared. `!=` is NOT of `Equal`.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Comparison {
    /// `=`
    Equal,
    /// `:`, of dates alone.
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
    /// The opposite of this condition.
    pub(super) fn negated(self) -> Self {
        match self {
            Self::Not(inner) => *inner,
            other => Self::Not(Box::new(other)),
        }
    }

    /// The condition that every part holds; of no parts, everything.
    pub(super) fn all_of(parts: Vec<Self>) -> Self {
        let flat = parts.into_iter().flat_map(|part| match part {
            Self::And(inner) => inner,
            Self::All => Vec::new(),
            other => vec![other],
        });
        match <[Self; 1]>::try_from(distinct(flat)) {
            Ok([only]) => only,
            Err(none) if none.is_empty() => Self::All,
            Err(several) => Self::And(several),
        }
    }

    /// The condition that some part holds, of parts that are not none.
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

    /// Every test in the condition, in the order of the text.
    pub fn predicates(&self) -> Box<dyn Iterator<Item = &Predicate> + '_> {
        match self {
            Self::All => Box::new(std::iter::empty()),
            Self::And(parts) | Self::Or(parts) => Box::new(parts.iter().flat_map(Self::predicates)),
            Self::Not(inner) => inner.predicates(),
            Self::Leaf(predicate) => Box::new(std::iter::once(predicate)),
        }
    }
}

impl Predicate {
    /// The test for this value, given in the spelling of [`Predicate::Term`].
    pub fn term(field: Field, value: impl Into<String>) -> Self {
        Self::Term {
            field,
            value: value.into(),
        }
    }

    /// The field that is tested.
    pub fn field(&self) -> Field {
        match self {
            Self::Term { field, .. }
            | Self::Words { field, .. }
            | Self::Present(field)
            | Self::Date { field, .. }
            | Self::Time { field, .. }
            | Self::Number { field, .. } => *field,
            Self::Annotation { .. } => Field::Annotations,
            Self::Overdue(_) => Field::Overdue,
        }
    }
}

impl Comparison {
    /// The operator as it is written.
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

/// An end of a span, where an open one lies beyond every day.
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

fn distinct(parts: impl Iterator<Item = Expr>) -> Vec<Expr> {
    let mut kept = Vec::new();
    for part in parts {
        if !kept.contains(&part) {
            kept.push(part);
        }
    }
    kept
}
