//! The bodies that the names in a filter stand for.

use std::sync::{Arc, Weak};

use super::{
    expr::{Expr, Predicate},
    field::Field,
    normal,
    schema::Schema,
};
use crate::domain::search_words::whole_name;

/// The most bodies that one term may stand for.
pub const NAMED_BODIES_MAX: usize = 1_000;
/// The most bodies that all terms of a filter may stand for, each counted once for every term.
pub const FILTER_BODIES_MAX: usize = 4_000;
/// The most bodies that are shown of one term, and of a filter as a whole.
pub(super) const SHOWN_OF_TERM: usize = 20;
const SHOWN_OF_FILTER: usize = 200;

/// A body and everything by which parties may name it.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct NamedBody {
    /// Its id.
    pub slug: String,
    /// The index entries of its whole names, as far as the separator before the country.
    pub names: Vec<String>,
    /// The country that it belongs to; empty when unknown.
    pub country: String,
    /// Its own code, if it is a union that has one; otherwise empty.
    pub code: String,
}

/// Bodies that a term of a filter stands for. They belong to the index: a body that is redacted is
/// forgotten by every filter at once.
#[derive(Clone, Debug)]
pub struct BodySet {
    bodies: Arc<[Weak<NamedBody>]>,
    names: u64,
}

/// A term of a filter, and the bodies that it stands for.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct BodiesOfTerm {
    /// The term in its normal form.
    pub term: String,
    /// The ids of the first of them, as many as are shown.
    pub shown: Vec<String>,
    /// How many there are.
    pub count: u64,
}

impl BodySet {
    fn of(bodies: &[Arc<NamedBody>]) -> BodySet {
        BodySet {
            bodies: bodies.iter().map(Arc::downgrade).collect(),
            names: bodies.iter().map(|body| body.names.len() as u64).sum(),
        }
    }

    /// Iterates over those that are not redacted.
    pub fn iter(&self) -> impl Iterator<Item = Arc<NamedBody>> {
        self.bodies.iter().filter_map(Weak::upgrade)
    }

    /// Returns the number of bodies, with those that were redacted since.
    pub fn count(&self) -> u64 {
        self.bodies.len() as u64
    }

    /// Returns the number of names of all of them.
    pub fn names(&self) -> u64 {
        self.names
    }
}

impl PartialEq for BodySet {
    fn eq(&self, other: &BodySet) -> bool {
        let same = |(one, other): (&Weak<NamedBody>, &Weak<NamedBody>)| one.ptr_eq(other);
        self.bodies.len() == other.bodies.len() && self.bodies.iter().zip(&*other.bodies).all(same)
    }
}

impl Eq for BodySet {}

impl NamedBody {
    /// Makes a body from its names.
    pub fn new<'a>(
        slug: &str,
        names: impl IntoIterator<Item = &'a str>,
        country: &str,
        code: &str,
    ) -> NamedBody {
        let mut names: Vec<String> = names
            .into_iter()
            .filter_map(|name| whole_name(name, ""))
            .collect();
        names.sort_unstable();
        names.dedup();
        NamedBody {
            slug: slug.to_owned(),
            names,
            country: country.to_owned(),
            code: code.to_owned(),
        }
    }
}

/// Returns whether a test can name bodies.
pub(super) fn names_bodies(predicate: &Predicate) -> bool {
    match predicate {
        Predicate::Words { field, .. }
        | Predicate::Whole { field, .. }
        | Predicate::Phrase { field, .. } => matches!(
            field,
            Field::Organisation | Field::SubjectName | Field::Text
        ),
        Predicate::Term { field, .. } => matches!(field, Field::Body | Field::SubjectBody),
        _ => false,
    }
}

/// The fields by which a record names a body: by its id, its code and its names.
#[derive(Clone, Copy, Debug)]
pub struct NamingFields {
    pub id: Field,
    pub code: Field,
    pub names: Field,
}

const OF_PARTIES: NamingFields = NamingFields {
    id: Field::Body,
    code: Field::Party,
    names: Field::Organisation,
};

const OF_SUBJECTS: NamingFields = NamingFields {
    id: Field::SubjectBody,
    code: Field::Subject,
    names: Field::SubjectName,
};

impl NamingFields {
    /// Returns by which fields a record names the bodies of a test on `field`.
    pub fn of(field: Field) -> &'static [NamingFields] {
        match field {
            Field::SubjectName | Field::SubjectBody => &[OF_SUBJECTS],
            Field::Text => &[OF_PARTIES, OF_SUBJECTS],
            _ => &[OF_PARTIES],
        }
    }
}

/// Resolves the names in a filter.
pub(super) struct Resolver<F> {
    schema: Schema,
    /// Returns the bodies of a test.
    find: F,
    /// The tests that were resolved, each once.
    known: Vec<(Predicate, BodySet)>,
    /// What they stand for, for people.
    pub found: Vec<BodiesOfTerm>,
}

impl<F, E> Resolver<F>
where
    F: FnMut(&Predicate) -> Result<Vec<Arc<NamedBody>>, E>,
{
    pub(super) fn new(schema: Schema, find: F) -> Resolver<F> {
        Resolver {
            schema,
            find,
            known: Vec::new(),
            found: Vec::new(),
        }
    }

    /// Adds to each test that names bodies the parties that are these bodies.
    pub(super) fn resolve(&mut self, expr: &Expr) -> Result<Expr, E> {
        Ok(match expr {
            Expr::And(parts) => Expr::And(self.all(parts)?),
            Expr::Or(parts) => Expr::Or(self.all(parts)?),
            Expr::Not(inner) => Expr::Not(Box::new(self.resolve(inner)?)),
            Expr::Leaf(predicate) if names_bodies(predicate) => {
                let bodies = self.bodies(predicate)?;
                if bodies.count() == 0 {
                    return Ok(expr.clone());
                }
                let named = Expr::Leaf(Predicate::Bodies {
                    field: predicate.field(),
                    bodies,
                });
                Expr::Or(vec![expr.clone(), named])
            }
            Expr::Element { repeated, parts } => Expr::Element {
                repeated: *repeated,
                parts: self.all(parts)?,
            },
            other => other.clone(),
        })
    }

    fn all(&mut self, parts: &[Expr]) -> Result<Vec<Expr>, E> {
        parts.iter().map(|part| self.resolve(part)).collect()
    }

    fn bodies(&mut self, test: &Predicate) -> Result<BodySet, E> {
        if let Some((_, bodies)) = self.known.iter().find(|(known, _)| known == test) {
            return Ok(bodies.clone());
        }
        let bodies = (self.find)(test)?;
        if !bodies.is_empty() {
            let shown: usize = self.found.iter().map(|it| it.shown.len()).sum();
            let room = SHOWN_OF_TERM.min(SHOWN_OF_FILTER - shown);
            let first = bodies.iter().take(room);
            self.found.push(BodiesOfTerm {
                term: normal::term(test, self.schema),
                shown: first.map(|body| body.slug.clone()).collect(),
                count: bodies.len() as u64,
            });
        }
        let bodies = BodySet::of(&bodies);
        self.known.push((test.clone(), bodies.clone()));
        Ok(bodies)
    }
}
