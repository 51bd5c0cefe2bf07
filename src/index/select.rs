//! Evaluation of a filter: as a set of positions, and for one position.

use std::ops::BitAnd;

use roaring::RoaringBitmap;

use super::{
    index::{Index, narrow},
    positions::Positions,
};
use crate::{
    domain::Day,
    filter::{Comparison, Expr, Field, Predicate},
    index::Position,
};

/// The day by which an event is overdue.
#[derive(Clone, Copy, Debug)]
pub enum Clock {
    /// That of its commit, so that the same log always gives the same answer.
    AtCommit,
    /// The given one.
    Today(Day),
}

/// Whose revisions are asked for.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Resources {
    Events,
    Partnerships,
    Both,
}

/// When is asked about.
#[derive(Clone, Copy, Debug)]
pub struct Scope {
    /// The log is read as if it ended here.
    pub upto: Position,
    pub clock: Clock,
}

impl Index {
    /// Positions, newest revisions or not, whose content satisfies `expr`.
    pub fn select(&self, expr: &Expr, scope: Scope) -> RoaringBitmap {
        let mut selected = self.evaluate(expr, scope);
        selected.remove_range(narrow(scope.upto).saturating_add(1)..);
        selected
    }

    /// Positions that are newest revisions as of `scope.upto` and satisfy `expr`.
    pub fn select_newest(&self, expr: &Expr, resources: Resources, scope: Scope) -> RoaringBitmap {
        let mut newest = self.columns.newest_as_of(narrow(scope.upto));
        match resources {
            Resources::Events => newest -= &self.columns.partnerships,
            Resources::Partnerships => newest &= &self.columns.partnerships,
            Resources::Both => {}
        }
        match expr {
            Expr::All => newest,
            expr => newest & self.evaluate(expr, scope),
        }
    }

    /// Whether the content at one position satisfies `expr`.
    pub fn matches(&self, expr: &Expr, position: Position, clock: Clock) -> bool {
        match expr {
            Expr::All => true,
            Expr::And(parts) => parts.iter().all(|part| self.matches(part, position, clock)),
            Expr::Or(parts) => parts.iter().any(|part| self.matches(part, position, clock)),
            Expr::Not(part) => !self.matches(part, position, clock),
            Expr::Leaf(predicate) => self.leaf_matches(predicate, narrow(position), clock),
        }
    }

    fn evaluate(&self, expr: &Expr, scope: Scope) -> RoaringBitmap {
        match expr {
            Expr::All => self.universe(scope),
            Expr::And(parts) => self.evaluate_and(parts, scope),
            Expr::Or(parts) => parts.iter().fold(RoaringBitmap::new(), |all, part| {
                all | self.evaluate(part, scope)
            }),
            Expr::Not(part) => self.universe(scope) - self.evaluate(part, scope),
            Expr::Leaf(predicate) => self.evaluate_leaf(predicate, scope),
        }
    }

    /// What is asked for is narrowed first, so that what is excluded never needs the universe.
    fn evaluate_and(&self, parts: &[Expr], scope: Scope) -> RoaringBitmap {
        let wanted = parts.iter().filter(|part| !matches!(part, Expr::Not(_)));
        let wanted = wanted
            .map(|part| self.evaluate(part, scope))
            .reduce(BitAnd::bitand);
        let wanted = wanted.unwrap_or_else(|| self.universe(scope));
        parts.iter().fold(wanted, |left, part| match part {
            Expr::Not(part) => left - self.evaluate(part, scope),
            _ => left,
        })
    }

    fn universe(&self, scope: Scope) -> RoaringBitmap {
        let mut universe = RoaringBitmap::new();
        universe.insert_range(1..=narrow(scope.upto).min(self.columns.len()));
        universe
    }

    fn evaluate_leaf(&self, predicate: &Predicate, scope: Scope) -> RoaringBitmap {
        let upto = narrow(scope.upto);
        let columns = &self.columns;
        match predicate {
            Predicate::Term {
                field: Field::Name,
                value,
            } => self.positions_of(value),
            Predicate::Term { field, value } => self
                .postings
                .with_value(*field, value)
                .map(Positions::to_bitmap)
                .unwrap_or_default(),
            Predicate::Words { field, words } => {
                self.postings.with_words(*field, words) | self.further.with_words(*field, words)
            }
            Predicate::Present(field) => self.present(*field, upto),
            Predicate::Annotation { key, value } => self.annotated(key, value.as_deref()),
            Predicate::Date {
                field,
                op,
                earliest,
                latest,
                ..
            } => self.spans.compare(*field, *op, (*earliest, *latest)),
            Predicate::Time { .. } | Predicate::Number { .. } => {
                columns.filter(upto, |position, _| self.number_matches(predicate, position))
            }
            Predicate::Overdue(wanted) => {
                let overdue = self.overdue(scope.clock);
                if *wanted {
                    overdue
                } else {
                    self.universe(scope) - overdue
                }
            }
        }
    }

    fn leaf_matches(&self, predicate: &Predicate, position: u32, clock: Clock) -> bool {
        let has = |positions: Option<&Positions>| {
            positions.is_some_and(|positions| positions.contains(position))
        };
        match predicate {
            Predicate::Term {
                field: Field::Name,
                value,
            } => self.name_at(position) == value,
            Predicate::Term { field, value } => has(self.postings.with_value(*field, value)),
            Predicate::Words { field, words } => {
                self.postings.has_words(*field, words, position)
                    || self.further.has_words(*field, words, position)
            }
            Predicate::Present(field) => self.is_present(*field, position),
            Predicate::Annotation { key, value } => match value {
                Some(value) => has(self.annotations.with_value(key, value)),
                None => {
                    let any = self.annotations.with_any(key);
                    any.is_some_and(|any| any.contains(position))
                }
            },
            Predicate::Date {
                field,
                op,
                earliest,
                latest,
                ..
            } => self
                .spans
                .compares(*field, *op, (*earliest, *latest), position),
            Predicate::Time { .. } | Predicate::Number { .. } => {
                self.number_matches(predicate, position)
            }
            Predicate::Overdue(wanted) => self.is_overdue(position, clock) == *wanted,
        }
    }

    /// Names have a map of their own, as each has few revisions and there are many.
    fn positions_of(&self, name: &str) -> RoaringBitmap {
        let revisions = self.revisions(name, Position::MAX);
        revisions.into_iter().map(narrow).collect()
    }

    fn number_matches(&self, predicate: &Predicate, position: u32) -> bool {
        let entry = self.columns.at(position);
        let (op, value, literal) = match predicate {
            Predicate::Number {
                field: Field::Position,
                op,
                value,
            } => (op, i64::from(position), value),
            Predicate::Number {
                field: Field::Ordinal,
                op,
                value,
            } => {
                if entry.ordinal == 0 {
                    return false;
                }
                (op, i64::from(entry.ordinal), value)
            }
            Predicate::Number { op, value, .. } => (op, i64::from(entry.revision), value),
            Predicate::Time {
                field: Field::CreateTime,
                op,
                micros,
                ..
            } => (op, self.columns.at(entry.first).commit_micros, micros),
            Predicate::Time { op, micros, .. } => (op, entry.commit_micros, micros),
            _ => return false,
        };
        op.of_values(value, *literal)
    }

    fn annotated(&self, key: &str, value: Option<&str>) -> RoaringBitmap {
        match value {
            Some(value) => {
                let positions = self.annotations.with_value(key, value);
                positions.map(Positions::to_bitmap).unwrap_or_default()
            }
            None => self.annotations.with_any(key).cloned().unwrap_or_default(),
        }
    }

    fn present(&self, field: Field, upto: u32) -> RoaringBitmap {
        if field == Field::Ordinal {
            return self.columns.filter(upto, |_, entry| entry.ordinal != 0);
        }
        let terms = self
            .postings
            .with_any(field)
            .or_else(|| self.spans.with_any(field));
        terms.cloned().unwrap_or_default()
    }

    fn is_present(&self, field: Field, position: u32) -> bool {
        if field == Field::Ordinal {
            return self.columns.at(position).ordinal != 0;
        }
        let terms = self
            .postings
            .with_any(field)
            .or_else(|| self.spans.with_any(field));
        terms.is_some_and(|positions| positions.contains(position))
    }

    fn overdue(&self, clock: Clock) -> RoaringBitmap {
        match clock {
            Clock::AtCommit => self.overdue.clone(),
            Clock::Today(today) => {
                let past = self
                    .spans
                    .compare(Field::Date, Comparison::Less, (Some(today), None));
                past & &self.awaited
            }
        }
    }

    /// Whether one event is overdue.
    pub fn is_overdue_at(&self, position: Position, today: Day) -> bool {
        self.is_overdue(narrow(position), Clock::Today(today))
    }

    fn is_overdue(&self, position: u32, clock: Clock) -> bool {
        match clock {
            Clock::AtCommit => self.overdue.contains(position),
            Clock::Today(today) => {
                let (_, latest) = self.columns.at(position).date;
                latest.is_some_and(|latest| latest < today) && self.awaited.contains(position)
            }
        }
    }
}
