//! The bodies and their names, to resolve the names in filters.

use std::{collections::HashMap, sync::Arc};

use roaring::RoaringBitmap;

use super::{
    cost::{NAME_COST, VALUES_MAX},
    further_names::FurtherNames,
    index::{Index, narrow},
    lend::Lend,
    positions::Positions,
    postings::Postings,
    select::{in_postings, with_beginning},
};
use crate::{
    domain::search_words::{Phrase, SearchWord, name_of_entry, whole_names},
    filter::{
        BodySet, Document, FILTER_BODIES_MAX, Field, Filter, NAMED_BODIES_MAX, NamedBody,
        NamingFields, Predicate, Schema, Term,
    },
    index::Position,
};

/// Why a filter is refused whose names stand for many bodies. Nothing that comes after the position
/// as of which it is resolved makes a difference.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum TooManyBodies {
    /// This term, in its normal form, stands for more than [`NAMED_BODIES_MAX`].
    OfTerm(String),
    /// All terms together stand for more than [`FILTER_BODIES_MAX`].
    OfFilter,
}

/// What it costs to look for a phrase in one name of a body.
const PHRASE_COST: u64 = 64;

/// The revisions of bodies, by position and by the words of their names. Names are also terms of the
/// index as a whole; these are apart, so that resolving a name costs nothing that grows with the events.
#[derive(Debug, Default)]
pub(super) struct Bodies {
    by_position: HashMap<u32, Arc<NamedBody>>,
    words: Postings,
    further: FurtherNames,
}

impl Bodies {
    /// Adds the revision at a position, if it is one of a body.
    pub(super) fn add(&mut self, document: &Document, position: u32) {
        let Some(body) = &document.body else { return };
        for Term { field, nth, value } in document.terms.iter() {
            if field == Field::Organisation
                && (nth == 0 || !self.further.add(field, nth, value, position))
            {
                self.words.add(field, value, position);
            }
        }
        let body = Arc::new(NamedBody::clone(body));
        self.by_position.insert(position, body);
    }

    /// Removes positions everywhere, also from filters that are in use.
    pub(super) fn remove(&mut self, positions: &[u32]) {
        let removed = positions
            .iter()
            .filter(|at| self.by_position.remove(at).is_some());
        let removed: Vec<u32> = removed.copied().collect();
        if !removed.is_empty() {
            self.words.remove(&removed);
            self.further.remove(&removed);
        }
    }

    /// Returns the number of revisions.
    pub(super) fn len(&self) -> usize {
        self.by_position.len()
    }

    pub(super) fn is_empty(&self) -> bool {
        self.by_position.is_empty()
    }
}

/// Returns a filter whose names are resolved to the bodies that had them at a position, unless these are
/// too many.
pub fn resolve<L: Lend>(
    lender: &L,
    filter: &Filter,
    upto: Position,
) -> Result<Result<Filter, TooManyBodies>, L::Stop> {
    let schema = filter.schema();
    let mut left = FILTER_BODIES_MAX;
    let resolved = filter.clone().resolve(|test| {
        let bodies = bodies_of(lender, test, upto, NAMED_BODIES_MAX);
        let bodies = bodies.map_err(Unresolved::Stopped)?;
        if bodies.len() > NAMED_BODIES_MAX {
            let term = normal_form(test, schema);
            return Err(Unresolved::Refused(TooManyBodies::OfTerm(term)));
        }
        let rest = left.checked_sub(bodies.len());
        left = rest.ok_or(Unresolved::Refused(TooManyBodies::OfFilter))?;
        Ok(bodies)
    });
    match resolved {
        Ok(filter) => Ok(Ok(filter)),
        Err(Unresolved::Refused(why)) => Ok(Err(why)),
        Err(Unresolved::Stopped(why)) => Err(why),
    }
}

/// Does the same for a filter that was accepted before, whatever it stands for.
pub fn resolve_kept<L: Lend>(
    lender: &L,
    filter: &Filter,
    upto: Position,
) -> Result<Filter, L::Stop> {
    let all = usize::MAX;
    filter
        .clone()
        .resolve(|test| bodies_of(lender, test, upto, all))
}

/// Estimates how many values and bodies [`resolve`] looks at.
pub fn resolve_cost(index: &Index, filter: &Filter) -> u64 {
    let bodies = &index.bodies;
    let cost_of_words = |words: &[SearchWord]| -> u64 {
        let count =
            |postings: &Postings| postings.count_words(Field::Organisation, words, VALUES_MAX);
        NAME_COST * (count(&bodies.words) + count(bodies.further.words()))
    };
    let mut cost = 0;
    for test in filter.naming_bodies() {
        cost += match test {
            Predicate::Words { query, .. } => cost_of_words(query.words()) + bodies.len() as u64,
            Predicate::Phrase { phrase, .. } => {
                cost_of_words(phrase.entries()) + PHRASE_COST * bodies.len() as u64
            }
            _ => NAME_COST,
        };
        if cost >= VALUES_MAX as u64 * NAME_COST {
            // It is costly whatever the others are.
            break;
        }
    }
    cost
}

/// Returns the slugs of the bodies other than `slug` that have a name as of a position, in the order of
/// their revisions; at most `most`. The name is given by its words, as `words_of_name` returns them.
pub fn namesakes<L: Lend>(
    lender: &L,
    name: &str,
    slug: &str,
    upto: Position,
    most: usize,
) -> Result<Vec<String>, L::Stop> {
    let test = Predicate::Whole {
        field: Field::Organisation,
        name: name.to_owned(),
    };
    let bodies = bodies_of(lender, &test, upto, most)?;
    let others = bodies.iter().filter(|body| body.slug != slug).take(most);
    Ok(others.map(|body| body.slug.clone()).collect())
}

/// Estimates how many values [`namesakes`] looks at for a number of names.
pub fn namesakes_cost(names: usize) -> u64 {
    NAME_COST * names as u64
}

/// Why a filter is not resolved.
enum Unresolved<S> {
    Refused(TooManyBodies),
    /// The lender of the index has stopped.
    Stopped(S),
}

/// Returns the bodies that a test names as of a position, in the order of their revisions; one more than
/// `most` if there are more.
fn bodies_of<L: Lend>(
    lender: &L,
    test: &Predicate,
    upto: Position,
    most: usize,
) -> Result<Vec<Arc<NamedBody>>, L::Stop> {
    let revisions = match test {
        Predicate::Words { query, .. } => with_words(lender, query.words())?,
        Predicate::Phrase { phrase, .. } => with_words(lender, phrase.entries())?,
        Predicate::Whole { name, .. } => {
            let entries = whole_names(name);
            with_beginning(lender, Field::Organisation, &entries, |index| {
                &index.bodies.words
            })?
        }
        Predicate::Term { value, .. } => lender.lend(|index| {
            let newest = index.newest_as_of(&format!("bodies/{value}"), upto);
            newest.map(narrow).into_iter().collect()
        })?,
        _ => RoaringBitmap::new(),
    };
    let upto = narrow(upto);
    let mut bodies = Vec::new();
    let mut revisions = revisions.range(..=upto).peekable();
    while revisions.peek().is_some() && bodies.len() <= most {
        lender.lend(|index| {
            let mut work = 0;
            while work < L::SLICE && bodies.len() <= most {
                let Some(at) = revisions.next() else { return };
                work += 1;
                let next = index.columns.at(at).next;
                if next != 0 && next <= upto {
                    continue;
                }
                // A redacted one has none.
                let Some(body) = index.bodies.by_position.get(&at) else {
                    continue;
                };
                if let Predicate::Phrase { phrase, .. } = test {
                    work += PHRASE_COST * body.names.len() as u64;
                    if !has_phrase(body, phrase) {
                        continue;
                    }
                }
                bodies.push(body.clone());
            }
        })?;
    }
    Ok(bodies)
}

/// Returns the revisions of bodies of which one name has all words.
fn with_words<L: Lend>(lender: &L, words: &[SearchWord]) -> Result<RoaringBitmap, L::Stop> {
    let field = Field::Organisation;
    let first = in_postings(lender, field, words, |index| &index.bodies.words)?;
    let slots = in_postings(lender, field, words, |index| index.bodies.further.words())?;
    if slots.is_empty() {
        return Ok(first);
    }
    Ok(first | lender.lend(|index| index.bodies.further.owners(&slots))?)
}

/// Returns the positions that name one of the bodies as a test on `field` asks for.
pub(super) fn with_one_of<L: Lend>(
    lender: &L,
    field: Field,
    bodies: &BodySet,
) -> Result<RoaringBitmap, L::Stop> {
    let sorts = NamingFields::of(field);
    let mut found = RoaringBitmap::new();
    let mut bodies = bodies.iter();
    let mut is_last = false;
    while !is_last {
        lender.lend(|index| {
            let mut work = 0;
            while work < L::SLICE {
                let Some(body) = bodies.next() else {
                    is_last = true;
                    return;
                };
                work += sorts.len() as u64 * NAME_COST * (1 + body.names.len() as u64);
                index.each_of_body(sorts, &body, |positions| {
                    positions.add_to(&mut found);
                    work += positions.work();
                    false
                });
            }
        })?;
    }
    Ok(found)
}

fn normal_form(test: &Predicate, schema: Schema) -> String {
    let alone = Filter::everything(schema).and(test.clone());
    alone.normalized().to_owned()
}

impl Index {
    /// Returns whether some name in a filter may stand for bodies.
    pub fn has_named_bodies(&self, filter: &Filter) -> bool {
        !self.bodies.is_empty() && filter.names_bodies()
    }

    /// Returns the newest revision of every body as of a position.
    pub(super) fn bodies_as_of(&self, upto: Position) -> Vec<u32> {
        self.columns.bodies_as_of(narrow(upto)).iter().collect()
    }

    /// Returns the body whose revision is at a position, unless it was erased.
    pub(super) fn body_at(&self, position: u32) -> Option<&NamedBody> {
        self.bodies.by_position.get(&position).map(|body| &**body)
    }

    /// Returns the code of the union whose body has its revision at a position; empty if it has none or is
    /// no union.
    pub fn union_code(&self, position: Position) -> &str {
        self.body_at(narrow(position)).map_or("", |body| &body.code)
    }

    /// Returns the positions with a party that is the body.
    pub(super) fn with_body(&self, body: &NamedBody) -> RoaringBitmap {
        let mut found = RoaringBitmap::new();
        self.each_of_body(NamingFields::of(Field::Body), body, |positions| {
            positions.add_to(&mut found);
            false
        });
        found
    }

    /// Whether the revision at a position names the body as a test on `field` asks for.
    pub(super) fn has_body(&self, field: Field, body: &NamedBody, position: u32) -> bool {
        self.each_of_body(NamingFields::of(field), body, |positions| {
            positions.contains(position)
        })
    }

    /// Calls `stop` with the positions of each term that names the body in these fields, until it returns
    /// true; returns whether it did.
    fn each_of_body(
        &self,
        sorts: &[NamingFields],
        body: &NamedBody,
        mut stop: impl FnMut(&Positions) -> bool,
    ) -> bool {
        let mut sorts = sorts.iter();
        sorts.any(|fields| self.each_in_fields(*fields, body, &mut stop))
    }

    fn each_in_fields(
        &self,
        fields: NamingFields,
        body: &NamedBody,
        mut stop: impl FnMut(&Positions) -> bool,
    ) -> bool {
        let postings = &self.postings;
        let mut term = |field, value: &str| {
            let positions = postings.with_value(field, value);
            positions.is_some_and(&mut stop)
        };
        if term(fields.id, &body.slug) || (!body.code.is_empty() && term(fields.code, &body.code)) {
            return true;
        }
        if !body.country.is_empty() {
            let mut entry = String::new();
            return body.names.iter().any(|name| {
                entry.clear();
                entry.push_str(name);
                term(fields.names, &entry) || {
                    entry.push_str(&body.country);
                    term(fields.names, &entry)
                }
            });
        }
        // A body without a country may be named with any.
        body.names.iter().any(|name| {
            let mut positions = postings.with_prefix(fields.names, name);
            positions.any(&mut stop)
        })
    }
}

/// Returns whether one name of a body has a phrase.
fn has_phrase(body: &NamedBody, phrase: &Phrase) -> bool {
    let mut names = body.names.iter().filter_map(|name| name_of_entry(name));
    names.any(|name| phrase.is_in(name))
}
