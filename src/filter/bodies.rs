//! The bodies that the names in a filter stand for.

use std::sync::Arc;

use super::{
    expr::{Expr, Predicate},
    field::Field,
    normal,
    schema::Schema,
};
use crate::domain::search_words::whole_name;

/// The most bodies that one term may stand for.
pub const NAMED_BODIES_MAX: usize = 1_000;

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

/// A term of a filter, and the ids of the bodies that it stands for.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct BodiesOfTerm {
    /// The term in its normal form.
    pub term: String,
    pub bodies: Vec<String>,
}

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
        | Predicate::Phrase { field, .. } => matches!(field, Field::Organisation | Field::Text),
        Predicate::Term { field, .. } => *field == Field::Body,
        _ => false,
    }
}

/// Adds to each test that names bodies the parties that are these bodies. `find` returns the bodies of
/// a test.
pub(super) fn resolve<E>(
    expr: &Expr,
    schema: Schema,
    find: &mut impl FnMut(&Predicate) -> Result<Vec<NamedBody>, E>,
    found: &mut Vec<BodiesOfTerm>,
) -> Result<Expr, E> {
    let mut all = |parts: &[Expr], found: &mut Vec<BodiesOfTerm>| {
        let parts = parts.iter().map(|part| resolve(part, schema, find, found));
        parts.collect::<Result<Vec<_>, E>>()
    };
    Ok(match expr {
        Expr::And(parts) => Expr::And(all(parts, found)?),
        Expr::Or(parts) => Expr::Or(all(parts, found)?),
        Expr::Not(inner) => Expr::Not(Box::new(resolve(inner, schema, find, found)?)),
        Expr::Leaf(predicate) if names_bodies(predicate) => {
            let bodies = find(predicate)?;
            if bodies.is_empty() {
                return Ok(expr.clone());
            }
            let term = normal::term(predicate, schema);
            let slugs = bodies.iter().map(|body| body.slug.clone()).collect();
            found.push(BodiesOfTerm {
                term,
                bodies: slugs,
            });
            let named = Expr::Leaf(Predicate::Bodies {
                field: predicate.field(),
                bodies: Arc::from(bodies),
            });
            Expr::Or(vec![expr.clone(), named])
        }
        Expr::Element { repeated, parts } => Expr::Element {
            repeated: *repeated,
            parts: all(parts, found)?,
        },
        other => other.clone(),
    })
}
