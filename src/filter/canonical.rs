//! One text for every way to write the same condition.
//!
//! The order of operands, repeated terms, double negation, spelling and case do not change it.
//! Conditions that can give different answers never share one.

use std::{collections::BTreeSet, fmt};

use crate::domain::Day;

use super::{
    expr::{Comparison, Expr, Predicate},
    field::Field,
    normal,
    schema::Schema,
};

/// Returns the canonical text of a condition; empty if it matches everything.
pub(super) fn text(root: &Expr, schema: Schema) -> String {
    Form::of(root, schema).to_string()
}

/// A condition whose operands are sets, so that their order and number cannot matter.
#[derive(Clone, Debug, Eq, Ord, PartialEq, PartialOrd)]
enum Form {
    /// Every part holds. Without parts it matches everything.
    And(BTreeSet<Form>),
    /// Some part holds.
    Or(BTreeSet<Form>),
    Not(Box<Form>),
    /// One element satisfies every part.
    Element(BTreeSet<Form>),
    Term(String),
}

impl Form {
    fn of(expr: &Expr, schema: Schema) -> Form {
        let forms = |parts: &[Expr]| -> Vec<Form> {
            parts.iter().map(|part| Form::of(part, schema)).collect()
        };
        match expr {
            Expr::All => Form::And(BTreeSet::new()),
            Expr::And(parts) => Form::all_of(forms(parts)),
            Expr::Or(parts) => Form::any_of(forms(parts)),
            Expr::Not(inner) => Form::of(inner, schema).negated(),
            Expr::Leaf(predicate) => leaf(predicate, schema),
            // The terms tell whose element it is.
            Expr::Element { parts, .. } => Form::Element(forms(parts).into_iter().collect()),
        }
    }

    fn all_of(parts: Vec<Form>) -> Form {
        let flat = parts.into_iter().flat_map(|part| match part {
            Form::And(inner) => inner,
            other => BTreeSet::from([other]),
        });
        only(flat.collect()).unwrap_or_else(Form::And)
    }

    fn any_of(parts: Vec<Form>) -> Form {
        let flat = parts.into_iter().flat_map(|part| match part {
            Form::Or(inner) => inner,
            other => BTreeSet::from([other]),
        });
        only(flat.collect()).unwrap_or_else(Form::Or)
    }

    fn negated(self) -> Form {
        match self {
            Form::Not(inner) => *inner,
            other => Form::Not(Box::new(other)),
        }
    }
}

/// Returns the only part of a set, if it has just one.
fn only(mut parts: BTreeSet<Form>) -> Result<Form, BTreeSet<Form>> {
    match parts.len() {
        1 => parts.pop_first().ok_or(parts),
        _ => Err(parts),
    }
}

impl fmt::Display for Form {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Form::Term(term) => f.write_str(term),
            Form::Not(inner) => write!(f, "NOT {}", Part(inner)),
            Form::And(parts) => joined(f, parts, " AND "),
            Form::Or(parts) => joined(f, parts, " OR "),
            // Only here are there braces outside of quotes.
            Form::Element(parts) => {
                f.write_str("{")?;
                joined(f, parts, " AND ")?;
                f.write_str("}")
            }
        }
    }
}

fn joined(f: &mut fmt::Formatter<'_>, parts: &BTreeSet<Form>, operator: &str) -> fmt::Result {
    for (at, part) in parts.iter().enumerate() {
        let before = if at == 0 { "" } else { operator };
        write!(f, "{before}{}", Part(part))?;
    }
    Ok(())
}

/// A condition inside another, in parentheses when it joins several.
struct Part<'a>(&'a Form);

impl fmt::Display for Part<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            Form::And(_) | Form::Or(_) => write!(f, "({})", self.0),
            Form::Not(_) | Form::Element(_) | Form::Term(_) => self.0.fmt(f),
        }
    }
}

fn leaf(predicate: &Predicate, schema: Schema) -> Form {
    match predicate {
        Predicate::Date {
            field,
            op,
            earliest,
            latest,
            ..
        } => Form::Term(date(*field, *op, (*earliest, *latest))),
        Predicate::Overdue(false) => leaf(&Predicate::Overdue(true), schema).negated(),
        other => Form::Term(normal::term(other, schema)),
    }
}

/// Formats the days of a literal that the comparison uses, as a date can be spelled in several ways.
fn date(field: Field, op: Comparison, (earliest, latest): (Option<Day>, Option<Day>)) -> String {
    let day = |day: Option<Day>| day.map_or("..".to_owned(), |day| day.to_string());
    let days = match op {
        Comparison::Equal | Comparison::Overlaps => format!("{}/{}", day(earliest), day(latest)),
        Comparison::Less | Comparison::GreaterOrEqual => day(earliest),
        Comparison::LessOrEqual | Comparison::Greater => day(latest),
    };
    format!("{} {} {days}", field.name(), op.symbol())
}
