//! The bodies and their names, to resolve the names in filters.

use std::collections::HashMap;

use roaring::RoaringBitmap;

use super::{
    further_names::FurtherNames,
    index::{Index, narrow},
    postings::Postings,
};
use crate::{
    domain::search_words::{SearchWord, name_of_entry, whole_names},
    filter::{Document, Field, Filter, NAMED_BODIES_MAX, NamedBody, Predicate, Term},
    index::Position,
};

/// A term that stands for more than [`NAMED_BODIES_MAX`] bodies.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct TooManyBodies {
    /// The term in its normal form.
    pub term: String,
}

/// The revisions of bodies, by position and by the words of their names. Names are also terms of the
/// index as a whole; these are apart, so that resolving a name costs nothing that grows with the events.
#[derive(Debug, Default)]
pub(super) struct Bodies {
    by_position: HashMap<u32, Box<NamedBody>>,
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
        self.by_position.insert(position, body.clone());
    }

    /// Removes positions everywhere.
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

    /// Returns the revisions of which one name has all words; `None` if too many names would have to be
    /// looked at.
    fn with_words(&self, words: &[SearchWord]) -> Option<RoaringBitmap> {
        let first = with_words(&self.words, words)?;
        let slots = with_words(self.further.words(), words)?;
        Some(first | self.further.owners(&slots))
    }

    /// Returns the revisions of which one name is this one.
    fn with_name(&self, name: &str) -> RoaringBitmap {
        let mut found = RoaringBitmap::new();
        for positions in self
            .words
            .with_prefix(Field::Organisation, &whole_names(name))
        {
            positions.add_to(&mut found);
        }
        found
    }
}

/// How many words of names may begin with a word that is looked up.
const WORDS_MAX: usize = 4_096;

/// Returns the positions with all words; `None` if too many words begin with one of these.
fn with_words(postings: &Postings, words: &[SearchWord]) -> Option<RoaringBitmap> {
    let field = Field::Organisation;
    let mut all: Option<RoaringBitmap> = None;
    for word in words {
        let mut found = RoaringBitmap::new();
        for begin in &word.begins {
            for (nth, positions) in postings.with_prefix(field, begin).enumerate() {
                if nth == WORDS_MAX {
                    return None;
                }
                positions.add_to(&mut found);
            }
        }
        for value in &word.is {
            if let Some(positions) = postings.with_value(field, value) {
                positions.add_to(&mut found);
            }
        }
        all = Some(match all {
            Some(all) => all & found,
            None => found,
        });
    }
    Some(all.unwrap_or_default())
}

impl Index {
    /// Resolves the names in a filter to the bodies that had them at a position.
    ///
    /// # Errors
    /// The term that stands for too many bodies.
    pub fn resolve(&self, filter: Filter, upto: Position) -> Result<Filter, TooManyBodies> {
        if self.bodies.is_empty() || !filter.names_bodies() {
            return Ok(filter);
        }
        let schema = filter.schema();
        filter.resolve(|predicate| {
            self.bodies_of(predicate, upto)
                .ok_or_else(|| TooManyBodies {
                    term: Filter::everything(schema)
                        .and(predicate.clone())
                        .normalized()
                        .to_owned(),
                })
        })
    }

    /// Returns the bodies that a test names as of a position; `None` if they are too many.
    fn bodies_of(&self, predicate: &Predicate, upto: Position) -> Option<Vec<NamedBody>> {
        let revisions = match predicate {
            Predicate::Words { query, .. } => self.bodies.with_words(query.words())?,
            Predicate::Whole { name, .. } => self.bodies.with_name(name),
            Predicate::Phrase { phrase, .. } => self.bodies.with_words(phrase.entries())?,
            Predicate::Term { value, .. } => {
                let newest = self.newest_as_of(&format!("bodies/{value}"), upto);
                newest.map(narrow).into_iter().collect()
            }
            _ => RoaringBitmap::new(),
        };
        let upto = narrow(upto);
        let is_newest = |at: &u32| {
            let next = self.columns.at(*at).next;
            *at <= upto && (next == 0 || next > upto)
        };
        let mut bodies = Vec::new();
        for at in revisions.iter().filter(is_newest) {
            let named = self.body_at(at).filter(|body| has_phrase(body, predicate));
            let Some(body) = named else { continue };
            if bodies.len() == NAMED_BODIES_MAX {
                return None;
            }
            bodies.push(body.clone());
        }
        Some(bodies)
    }

    /// Returns the newest revision of every body as of a position.
    pub(super) fn bodies_as_of(&self, upto: Position) -> Vec<u32> {
        self.columns.bodies_as_of(narrow(upto)).iter().collect()
    }

    /// Returns the body whose revision is at a position, unless it was erased.
    pub(super) fn body_at(&self, position: u32) -> Option<&NamedBody> {
        self.bodies.by_position.get(&position).map(|body| &**body)
    }

    /// Returns the positions with a party that is the body.
    pub(super) fn with_body(&self, body: &NamedBody) -> RoaringBitmap {
        let mut found = RoaringBitmap::new();
        self.each_of_body(body, |positions| {
            positions.add_to(&mut found);
            false
        });
        found
    }

    /// Whether the revision at a position has a party that is the body.
    pub(super) fn has_body(&self, body: &NamedBody, position: u32) -> bool {
        self.each_of_body(body, |positions| positions.contains(position))
    }

    /// Calls `stop` with the positions of each term by which parties name the body, until it returns
    /// true; returns whether it did.
    fn each_of_body(
        &self,
        body: &NamedBody,
        mut stop: impl FnMut(&super::positions::Positions) -> bool,
    ) -> bool {
        let postings = &self.postings;
        let mut term = |field, value: &str| {
            let positions = postings.with_value(field, value);
            positions.is_some_and(&mut stop)
        };
        if term(Field::Body, &body.slug)
            || (!body.code.is_empty() && term(Field::Party, &body.code))
        {
            return true;
        }
        if !body.country.is_empty() {
            return body.names.iter().any(|name| {
                term(Field::Organisation, name)
                    || term(Field::Organisation, &format!("{name}{}", body.country))
            });
        }
        // A body without a country may be named with any.
        body.names.iter().any(|name| {
            let mut positions = postings.with_prefix(Field::Organisation, name);
            positions.any(&mut stop)
        })
    }
}

/// Returns whether one name of a body has the phrase that a test may be for.
fn has_phrase(body: &NamedBody, test: &Predicate) -> bool {
    let Predicate::Phrase { phrase, .. } = test else {
        return true;
    };
    let mut names = body.names.iter().filter_map(|name| name_of_entry(name));
    names.any(|name| phrase.is_in(name))
}
