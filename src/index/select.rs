//! Evaluation of a filter, as a set of positions or for one position.

use hashbrown::HashMap;
use roaring::RoaringBitmap;

use super::{
    bodies::with_one_of,
    cost::ELEMENT_COST,
    date_spans::Span,
    elements::element,
    index::{Index, narrow},
    lend::{Lend, Part},
    positions::Positions,
    postings::Postings,
};
use crate::{
    domain::{
        Day,
        search_words::{self, SearchWord},
    },
    filter::{Comparison, Expr, Field, Predicate, Repeated},
    index::Position,
};

/// The day on which overdue events are decided.
#[derive(Clone, Copy, Debug)]
pub enum Clock {
    /// The day of the event's commit, so that the same log always gives the same answer.
    AtCommit,
    /// The given day.
    Today(Day),
}

/// The resources whose revisions a question is about.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Resources {
    Events,
    Partnerships,
    Bodies,
    All,
}

/// The state of the log that a question is about.
#[derive(Clone, Copy, Debug)]
pub struct Scope {
    /// The log is read as if it ended here.
    pub upto: Position,
    /// Of each resource, the newest revision that was known at this time, in microseconds since 1970;
    /// `None` for the newest.
    pub known_at: Option<i64>,
    pub clock: Clock,
}

impl Index {
    /// Returns the positions, newest revisions or not, whose content satisfies `expr`.
    pub fn select(&self, expr: &Expr, scope: Scope) -> RoaringBitmap {
        let Ok(selected) = select(self, expr, scope);
        selected
    }

    /// Returns the positions that are newest revisions as of `scope.upto` and satisfy `expr`.
    pub fn select_newest(&self, expr: &Expr, resources: Resources, scope: Scope) -> RoaringBitmap {
        let Ok(selected) = select_newest(self, expr, resources, scope);
        selected
    }

    /// Whether the content at one position satisfies `expr`.
    pub fn matches(&self, expr: &Expr, position: Position, clock: Clock) -> bool {
        match expr {
            Expr::All => true,
            Expr::And(parts) => parts.iter().all(|part| self.matches(part, position, clock)),
            Expr::Or(parts) => parts.iter().any(|part| self.matches(part, position, clock)),
            Expr::Not(part) => !self.matches(part, position, clock),
            Expr::Leaf(predicate) => self.leaf_matches(predicate, narrow(position), clock),
            Expr::Element { repeated, parts } => {
                parts.iter().all(|part| self.matches(part, position, clock))
                    && self.has_one_element(*repeated, parts, narrow(position))
            }
        }
    }

    /// Whether one element of a position satisfies all parts, given that the position satisfies each.
    fn has_one_element(&self, repeated: Repeated, parts: &[Expr], position: u32) -> bool {
        let table = self.elements.of(repeated);
        // The terms of other positions belong to one element.
        let mut elements = table.of(position).peekable();
        elements.peek().is_none()
            || elements.any(|number| element(table, repeated, number).satisfies(parts))
    }

    /// Whether the content at one position passes a test.
    pub(super) fn matches_leaf(&self, test: &Predicate, position: Position, clock: Clock) -> bool {
        self.leaf_matches(test, narrow(position), clock)
    }

    fn universe(&self, scope: Scope) -> RoaringBitmap {
        let mut universe = RoaringBitmap::new();
        universe.insert_range(1..=narrow(scope.upto).min(self.columns.len()));
        universe
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
            Predicate::Words { field, query } => {
                let words = query.words();
                self.postings.has_words(*field, words, position)
                    || self.further.has_words(*field, words, position)
            }
            Predicate::Whole { field, name } => {
                let entries = search_words::whole_names(name);
                self.postings.has_prefix(*field, &entries, position)
            }
            Predicate::Phrase {
                field,
                phrase,
                found,
            } => {
                let is_found = found
                    .as_ref()
                    .is_none_or(|at| at.binary_search(&position).is_ok());
                is_found && self.postings.has_words(*field, phrase.entries(), position)
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
            Predicate::Bodies { field, bodies } => {
                let mut bodies = bodies.iter();
                bodies.any(|body| self.has_body(*field, &body, position))
            }
            Predicate::Decimal { field, op, value } => {
                let mut values = self.postings.compared(*field, (*op, value), None);
                values.any(|(_, positions)| positions.contains(position))
            }
            Predicate::Overdue(wanted) => self.is_overdue(position, clock) == *wanted,
        }
    }

    /// Returns the revisions of a resource. Names are not terms, as there are many with few revisions
    /// each.
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
            Predicate::Time {
                field: Field::KnownSince,
                op,
                micros,
                ..
            } => (op, self.columns.known_micros(position), micros),
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

    /// Whether one event is overdue.
    pub fn is_overdue_at(&self, position: Position, today: Day) -> bool {
        self.is_overdue(narrow(position), Clock::Today(today))
    }

    /// Whether one event was overdue when it was committed.
    pub fn was_overdue(&self, position: Position) -> bool {
        self.is_overdue(narrow(position), Clock::AtCommit)
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

/// Returns the positions, newest revisions or not, whose content satisfies `expr`.
pub fn select<L: Lend>(lender: &L, expr: &Expr, scope: Scope) -> Result<RoaringBitmap, L::Stop> {
    let mut selected = evaluate(lender, expr, scope)?;
    selected.remove_range(narrow(scope.upto).saturating_add(1)..);
    Ok(selected)
}

/// Returns the positions that are newest revisions as of `scope.upto` and satisfy `expr`.
pub fn select_newest<L: Lend>(
    lender: &L,
    expr: &Expr,
    resources: Resources,
    scope: Scope,
) -> Result<RoaringBitmap, L::Stop> {
    let of_resources = |index: &Index, mut set: RoaringBitmap| {
        match resources {
            Resources::Events => {
                set -= &index.columns.partnerships;
                set -= &index.columns.bodies;
            }
            Resources::Partnerships => set &= &index.columns.partnerships,
            Resources::Bodies => set &= &index.columns.bodies,
            Resources::All => {}
        }
        set
    };
    if let Some(known_at) = scope.known_at {
        let mut found = lender.lend(|index| of_resources(index, index.universe(scope)))?;
        if *expr != Expr::All {
            found &= evaluate(lender, expr, scope)?;
        }
        return newest_known(lender, &found, scope.upto, known_at);
    }
    let newest =
        lender.lend(|index| of_resources(index, index.columns.newest_as_of(narrow(scope.upto))))?;
    match expr {
        Expr::All => Ok(newest),
        expr => Ok(newest & evaluate(lender, expr, scope)?),
    }
}

/// Returns the revisions of a set that were the newest known ones.
fn newest_known<L: Lend>(
    lender: &L,
    set: &RoaringBitmap,
    upto: Position,
    known_at: i64,
) -> Result<RoaringBitmap, L::Stop> {
    let mut known = RoaringBitmap::new();
    let mut rest = set.iter();
    loop {
        let more = lender.lend(|index| {
            let part = rest.by_ref().take(L::SLICE.min(65_536) as usize);
            let mut looked_at = 0;
            known.extend(
                part.inspect(|_| looked_at += 1)
                    .filter(|at| index.columns.is_newest_known(*at, narrow(upto), known_at)),
            );
            looked_at > 0
        })?;
        if !more {
            return Ok(known);
        }
    }
}

fn evaluate<L: Lend>(lender: &L, expr: &Expr, scope: Scope) -> Result<RoaringBitmap, L::Stop> {
    match expr {
        Expr::All => lender.lend(|index| index.universe(scope)),
        Expr::And(parts) => evaluate_and(lender, parts, scope),
        Expr::Or(parts) => parts.iter().try_fold(RoaringBitmap::new(), |all, part| {
            Ok(all | evaluate(lender, part, scope)?)
        }),
        Expr::Not(part) => {
            let universe = lender.lend(|index| index.universe(scope))?;
            Ok(universe - evaluate(lender, part, scope)?)
        }
        Expr::Leaf(predicate) => evaluate_leaf(lender, predicate, scope),
        Expr::Element { repeated, parts } => {
            let found = evaluate_and(lender, parts, scope)?;
            with_one_element(lender, (*repeated, parts), found, scope)
        }
    }
}

/// Intersects the positive parts first, so that the negated ones never need the set of all positions, and
/// elements are looked at where everything else holds.
fn evaluate_and<L: Lend>(
    lender: &L,
    parts: &[Expr],
    scope: Scope,
) -> Result<RoaringBitmap, L::Stop> {
    let mut wanted: Option<RoaringBitmap> = None;
    let mut elements = Vec::new();
    for part in parts.iter().filter(|part| !matches!(part, Expr::Not(_))) {
        let found = match part {
            Expr::Element { repeated, parts } => {
                elements.push((*repeated, parts.as_slice()));
                evaluate_and(lender, parts, scope)?
            }
            part => evaluate(lender, part, scope)?,
        };
        wanted = Some(match wanted {
            Some(wanted) => wanted & found,
            None => found,
        });
    }
    let wanted = match wanted {
        Some(wanted) => wanted,
        None => lender.lend(|index| index.universe(scope))?,
    };
    let wanted = elements.into_iter().try_fold(wanted, |wanted, element| {
        with_one_element(lender, element, wanted, scope)
    })?;
    parts.iter().try_fold(wanted, |left, part| match part {
        Expr::Not(part) => Ok(left - evaluate(lender, part, scope)?),
        _ => Ok(left),
    })
}

pub(super) fn evaluate_leaf<L: Lend>(
    lender: &L,
    predicate: &Predicate,
    scope: Scope,
) -> Result<RoaringBitmap, L::Stop> {
    let upto = narrow(scope.upto);
    match predicate {
        Predicate::Words { field, query } => with_words(lender, *field, query.words()),
        Predicate::Whole { field, name } => {
            let entries = search_words::whole_names(name);
            with_beginning(lender, *field, &entries, |index| &index.postings)
        }
        Predicate::Phrase {
            field,
            phrase,
            found,
        } => {
            // What was redacted since the texts were looked at has lost its words.
            let words = with_words(lender, *field, phrase.entries())?;
            Ok(match found {
                Some(found) => found.iter().filter(|at| words.contains(**at)).collect(),
                None => words,
            })
        }
        Predicate::Date {
            field,
            op,
            earliest,
            latest,
            ..
        } => compare(lender, *field, *op, (*earliest, *latest)),
        Predicate::Bodies { field, bodies } => with_one_of(lender, *field, bodies),
        Predicate::Overdue(true) => overdue(lender, scope.clock),
        Predicate::Overdue(false) => {
            let universe = lender.lend(|index| index.universe(scope))?;
            Ok(universe - overdue(lender, scope.clock)?)
        }
        Predicate::Term {
            field: Field::Name,
            value,
        } => lender.lend(|index| index.positions_of(value)),
        Predicate::Term { field, value } => lender.lend(|index| {
            let positions = index.postings.with_value(*field, value);
            positions.map(Positions::to_bitmap).unwrap_or_default()
        }),
        Predicate::Decimal { field, op, value } => {
            in_parts(lender, |index, after: Option<&String>, set| {
                let after = after.map(String::as_str);
                let postings = &index.postings;
                postings.add_compared(*field, (*op, value), after, L::SLICE, set)
            })
        }
        Predicate::Present(field) => lender.lend(|index| index.present(*field, upto)),
        Predicate::Annotation { key, value } => {
            lender.lend(|index| index.annotated(key, value.as_deref()))
        }
        Predicate::Time { .. } | Predicate::Number { .. } => lender.lend(|index| {
            let columns = &index.columns;
            columns.filter(upto, |position, _| {
                index.number_matches(predicate, position)
            })
        }),
    }
}

/// Returns those of `found` of which one element satisfies all parts. Each of them must satisfy every part.
fn with_one_element<L: Lend>(
    lender: &L,
    (repeated, parts): (Repeated, &[Expr]),
    mut found: RoaringBitmap,
    scope: Scope,
) -> Result<RoaringBitmap, L::Stop> {
    found.remove_range(narrow(scope.upto).saturating_add(1)..);
    let in_doubt = lender.lend(|index| &found & index.elements.of(repeated).owners())?;
    let mut positions = in_doubt.iter().peekable();
    // Elements that were looked at already, as many positions share them.
    let mut known: HashMap<u32, bool> = HashMap::new();
    let mut failed = RoaringBitmap::new();
    while positions.peek().is_some() {
        lender.lend(|index| {
            let table = index.elements.of(repeated);
            let mut work = 0;
            for position in positions.by_ref() {
                let has = table.of(position).any(|number| {
                    work += ELEMENT_COST;
                    let look = || element(table, repeated, number).satisfies(parts);
                    *known.entry(number).or_insert_with(look)
                });
                if !has {
                    failed.insert(position);
                }
                work += ELEMENT_COST;
                if work >= L::SLICE {
                    break;
                }
            }
        })?;
    }
    Ok(found - failed)
}

/// Returns the positions with one name that has each of these words.
fn with_words<L: Lend>(
    lender: &L,
    field: Field,
    words: &[SearchWord],
) -> Result<RoaringBitmap, L::Stop> {
    let first = in_postings(lender, field, words, |index| &index.postings)?;
    let places = in_postings(lender, field, words, |index| index.further.words())?;
    if places.is_empty() {
        return Ok(first);
    }
    Ok(first | lender.lend(|index| index.further.owners(&places))?)
}

pub(super) fn in_postings<L: Lend>(
    lender: &L,
    field: Field,
    words: &[SearchWord],
    postings: impl Fn(&Index) -> &Postings,
) -> Result<RoaringBitmap, L::Stop> {
    let mut found: Option<RoaringBitmap> = None;
    for word in words {
        let mut set = lender.lend(|index| {
            let mut set = RoaringBitmap::new();
            for value in &word.is {
                if let Some(positions) = postings(index).with_value(field, value) {
                    positions.add_to(&mut set);
                }
            }
            set
        })?;
        for begin in &word.begins {
            set |= with_beginning(lender, field, begin, &postings)?;
        }
        found = Some(match found {
            Some(found) => found & set,
            None => set,
        });
        if found.as_ref().is_some_and(RoaringBitmap::is_empty) {
            break;
        }
    }
    Ok(found.unwrap_or_default())
}

/// Returns the positions of the values that begin with `prefix`.
pub(super) fn with_beginning<L: Lend>(
    lender: &L,
    field: Field,
    prefix: &str,
    postings: impl Fn(&Index) -> &Postings,
) -> Result<RoaringBitmap, L::Stop> {
    in_parts(lender, |index, after: Option<&String>, set| {
        let after = after.map(String::as_str);
        postings(index).add_prefix(field, prefix, after, L::SLICE, set)
    })
}

fn compare<L: Lend>(
    lender: &L,
    field: Field,
    op: Comparison,
    literal: Span,
) -> Result<RoaringBitmap, L::Stop> {
    in_parts(lender, |index, after: Option<&Span>, set| {
        let spans = &index.spans;
        spans.compare(field, (op, literal), after.copied(), L::SLICE, set)
    })
}

/// Builds a set part by part, and gives the index back in between.
fn in_parts<L: Lend, K>(
    lender: &L,
    add: impl Fn(&Index, Option<&K>, &mut RoaringBitmap) -> Part<K>,
) -> Result<RoaringBitmap, L::Stop> {
    let mut set = RoaringBitmap::new();
    let mut after = None;
    while let Part::UpTo(key) = lender.lend(|index| add(index, after.as_ref(), &mut set))? {
        after = Some(key);
    }
    Ok(set)
}

fn overdue<L: Lend>(lender: &L, clock: Clock) -> Result<RoaringBitmap, L::Stop> {
    let today = match clock {
        Clock::AtCommit => return lender.lend(|index| index.overdue.clone()),
        Clock::Today(today) => today,
    };
    let past = compare(lender, Field::Date, Comparison::Less, (Some(today), None))?;
    lender.lend(|index| past & &index.awaited)
}
