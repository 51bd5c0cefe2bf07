//! The terms of a filter whose value no record has.

use std::ops::Bound::{Excluded, Included, Unbounded};

use roaring::RoaringBitmap;

use super::index::{Index, narrow};
use crate::{
    domain::search_words::{self, SearchWord},
    filter::{Field, FieldKind, Filter, Predicate, Unknown},
    index::Position,
};

/// How many unknown terms of one filter are reported.
const UNKNOWN_MAX: usize = 5;
/// How many values on either side of an unknown one are compared with it.
const NEAR_MAX: usize = 250;

impl Index {
    /// Returns the first few terms whose value no record up to `upto` has, each with similar values.
    /// Values of closed lists are left out, since the parser has checked them. The cost does not depend
    /// on the number of records.
    pub fn unknown(&self, filter: &Filter, upto: Position) -> Vec<Unknown> {
        let upto = narrow(upto);
        let predicates = filter.expr().predicates();
        let unknown = predicates.filter_map(|predicate| {
            let (part, known) = match predicate {
                Predicate::Term { field, value } => {
                    let kind = filter.schema().kind(*field)?;
                    let is_open = !matches!(kind, FieldKind::Enum | FieldKind::Flag);
                    let part = is_open.then_some(value)?;
                    (part, self.near_value(*field, value, upto)?)
                }
                Predicate::Words { field, query } => {
                    self.unknown_word(*field, query.words(), upto)?
                }
                Predicate::Phrase { field, phrase, .. } => {
                    self.unknown_word(*field, phrase.entries(), upto)?
                }
                Predicate::Whole { field, name } => (name, self.near_whole(*field, name, upto)?),
                Predicate::Annotation { key, value } => {
                    self.near_annotation(key, value.as_ref(), upto)?
                }
                _ => return None,
            };
            Some(Unknown {
                predicate: predicate.clone(),
                part: part.clone(),
                known,
            })
        });
        unknown.take(UNKNOWN_MAX).collect()
    }

    /// Returns the values next to one that no record has; `None` if a record has it.
    fn near_value(&self, field: Field, value: &str, upto: u32) -> Option<Vec<String>> {
        match field {
            Field::Name => return self.near_name(value, upto),
            Field::Body | Field::SubjectBody => return self.near_body(value, upto),
            _ => {}
        }
        let has = self.postings.with_value(field, value);
        if has.is_some_and(|positions| positions.any_up_to(upto)) {
            return None;
        }
        let near = self.postings.around(field, value, NEAR_MAX);
        Some(known(near, |positions| positions.any_up_to(upto)))
    }

    /// Returns the ids next to one that no body has.
    fn near_body(&self, slug: &str, upto: u32) -> Option<Vec<String>> {
        let near = self.near_name(&format!("bodies/{slug}"), upto)?;
        let ids = near.iter().filter_map(|name| name.strip_prefix("bodies/"));
        Some(ids.map(str::to_owned).collect())
    }

    fn near_name(&self, name: &str, upto: u32) -> Option<Vec<String>> {
        if self.newest_as_of(name, Position::from(upto)).is_some() {
            return None;
        }
        let before = self.newest_between(Unbounded, Excluded(name)).rev();
        let after = self.newest_between(Included(name), Unbounded);
        let near = before.take(NEAR_MAX).chain(after.take(NEAR_MAX));
        let near = near.map(|newest| (self.name_at(newest), newest));
        let collection = name.split_once('/').map(|(collection, _)| collection);
        let near = near.filter(|(near, _)| near.split('/').next() == collection);
        Some(known(near, |newest| self.columns.at(newest).first <= upto))
    }

    /// Returns the first of these words that no record has, with the words next to it.
    fn unknown_word<'a>(
        &self,
        field: Field,
        words: &'a [SearchWord],
        upto: u32,
    ) -> Option<(&'a String, Vec<String>)> {
        let (first, further) = (&self.postings, self.further.words());
        let is_known =
            |word: &SearchWord| first.has_word(field, word) || further.has_word(field, word);
        let word = &words.iter().find(|word| !is_known(word))?.text;
        let near = first.around(field, word, NEAR_MAX);
        let mut words = known(near, |positions| positions.any_up_to(upto));
        let near = further.around(field, word, NEAR_MAX);
        words.extend(known(near, |places| self.further.any_up_to(places, upto)));
        words.retain(|word| !search_words::is_whole_name(word));
        for word in &mut words {
            word.truncate(search_words::shown(word).len());
        }
        Some((word, words))
    }

    /// Returns the whole names next to one that no record has; `None` if a record has it.
    fn near_whole(&self, field: Field, name: &str, upto: u32) -> Option<Vec<String>> {
        let entries = search_words::whole_names(name);
        let mut having = self.postings.with_prefix(field, &entries);
        if having.any(|positions| positions.any_up_to(upto)) {
            return None;
        }
        let near = self.postings.around(field, &entries, NEAR_MAX);
        let near = near.filter_map(|(entry, at)| Some((search_words::name_of_entry(entry)?, at)));
        Some(known(near, |positions| positions.any_up_to(upto)))
    }

    /// Returns the part of an annotation that no record has, and similar ones.
    fn near_annotation<'a>(
        &self,
        key: &'a String,
        value: Option<&'a String>,
        upto: u32,
    ) -> Option<(&'a String, Vec<String>)> {
        let begins = |any: &RoaringBitmap| any.min().is_some_and(|first| first <= upto);
        if !self.annotations.with_any(key).is_some_and(begins) {
            let keys = self.annotations.keys_around(key, NEAR_MAX);
            return Some((key, known(keys, begins)));
        }
        let value = value?;
        let has = self.annotations.with_value(key, value);
        if has.is_some_and(|positions| positions.any_up_to(upto)) {
            return None;
        }
        let near = self.annotations.around(key, value, NEAR_MAX);
        Some((value, known(near, |positions| positions.any_up_to(upto))))
    }
}

/// Returns the values that some record up to `upto` has.
fn known<'a, T>(
    values: impl Iterator<Item = (&'a str, T)>,
    is_known: impl Fn(T) -> bool,
) -> Vec<String> {
    let known = values.filter_map(|(value, at)| is_known(at).then_some(value));
    known.map(str::to_owned).collect()
}
