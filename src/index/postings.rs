//! The positions of each term.

use std::ops::Bound::{Excluded, Included, Unbounded};

use roaring::RoaringBitmap;

use super::{dictionary::Dictionary, lend::Part, positions::Positions};
use crate::{
    domain::{OrderedDecimal, search_words::SearchWord},
    filter::{Comparison, Field},
};

/// The positions by field and value.
#[derive(Debug, Default)]
pub(super) struct Postings {
    /// The values by the number of the field.
    fields: Vec<Values>,
}

/// The values of one field.
#[derive(Debug, Default)]
pub(super) struct Values {
    dictionary: Dictionary,
    /// The positions by the number of the value.
    positions: Vec<Positions>,
    /// The positions with any value.
    any: RoaringBitmap,
    /// The last position of `any`.
    newest: u32,
}

impl Postings {
    /// Adds a position. Adding the same value again changes nothing.
    pub(super) fn add(&mut self, field: Field, value: &str, position: u32) {
        let field = field as usize;
        if field >= self.fields.len() {
            self.fields.resize_with(field + 1, Values::default);
        }
        self.fields[field].add(value, position);
    }

    /// Removes positions everywhere, and erases values that no other position has. Looks at every
    /// value.
    pub(super) fn remove(&mut self, positions: &[u32]) {
        for values in &mut self.fields {
            values.remove(positions);
        }
    }

    /// Returns the positions with this value.
    pub(super) fn with_value(&self, field: Field, value: &str) -> Option<&Positions> {
        self.of(field)?.with_value(value)
    }

    /// Returns the positions with any value.
    pub(super) fn with_any(&self, field: Field) -> Option<&RoaringBitmap> {
        self.of(field).map(Values::any)
    }

    /// Returns the positions of each value that begins with `prefix`.
    pub(super) fn with_prefix<'a>(
        &'a self,
        field: Field,
        prefix: &'a str,
    ) -> impl Iterator<Item = &'a Positions> {
        let values = self.of(field);
        values.into_iter().flat_map(move |values| {
            let numbers = values.dictionary.with_prefix(prefix);
            numbers.map(|number| &values.positions[number as usize])
        })
    }

    /// Adds to `set` the positions of each value that begins with `prefix`, from behind the value
    /// `after` until the work is used up.
    pub(super) fn add_prefix(
        &self,
        field: Field,
        prefix: &str,
        after: Option<&str>,
        work: u64,
        set: &mut RoaringBitmap,
    ) -> Part<String> {
        let Some(values) = self.of(field) else {
            return Part::Last;
        };
        let from = after.map_or(Included(prefix), Excluded);
        let mut done = 0;
        for number in values.dictionary.range(from, Unbounded) {
            let value = values.dictionary.text(number);
            if !value.starts_with(prefix) {
                break;
            }
            let positions = &values.positions[number as usize];
            positions.add_to(set);
            done += positions.work();
            if done >= work {
                return Part::UpTo(value.to_owned());
            }
        }
        Part::Last
    }

    /// Returns every value of a field of decimals that satisfies a comparison, behind the value `after`, with
    /// its positions, in order.
    pub(super) fn compared<'a>(
        &'a self,
        field: Field,
        (op, literal): (Comparison, &'a OrderedDecimal),
        after: Option<&'a str>,
    ) -> impl Iterator<Item = (&'a str, &'a Positions)> {
        let literal = literal.as_str();
        let (from, to) = match op {
            Comparison::Equal | Comparison::Overlaps => (Included(literal), Included(literal)),
            Comparison::Less => (Unbounded, Excluded(literal)),
            Comparison::LessOrEqual => (Unbounded, Included(literal)),
            Comparison::Greater => (Excluded(literal), Unbounded),
            Comparison::GreaterOrEqual => (Included(literal), Unbounded),
        };
        let from = after.map_or(from, Excluded);
        let values = self.of(field);
        values.into_iter().flat_map(move |values| {
            let numbers = values.dictionary.range(from, to);
            numbers.map(|number| {
                let value = values.dictionary.text(number);
                (value, &values.positions[number as usize])
            })
        })
    }

    /// Adds to `set` the positions of each decimal that satisfies a comparison, from behind the value
    /// `after` until the work is used up.
    pub(super) fn add_compared(
        &self,
        field: Field,
        comparison: (Comparison, &OrderedDecimal),
        after: Option<&str>,
        work: u64,
        set: &mut RoaringBitmap,
    ) -> Part<String> {
        let mut done = 0;
        for (value, positions) in self.compared(field, comparison, after) {
            positions.add_to(set);
            done += positions.work();
            if done >= work {
                return Part::UpTo(value.to_owned());
            }
        }
        Part::Last
    }

    /// Counts the values of a field that begin with `prefix`, up to `most`.
    pub(super) fn count_prefix(&self, field: Field, prefix: &str, most: usize) -> usize {
        let values = self.of(field);
        values.map_or(0, |values| {
            values.dictionary.with_prefix(prefix).take(most).count()
        })
    }

    /// Whether a position has each of these words.
    pub(super) fn has_words(&self, field: Field, words: &[SearchWord], position: u32) -> bool {
        words.iter().all(|word| {
            let begins = |begin: &String| self.has_prefix(field, begin, position);
            let is = |value: &String| {
                let positions = self.with_value(field, value);
                positions.is_some_and(|positions| positions.contains(position))
            };
            word.begins.iter().any(begins) || word.is.iter().any(is)
        })
    }

    /// Whether a position has a value that begins with `prefix`.
    pub(super) fn has_prefix(&self, field: Field, prefix: &str, position: u32) -> bool {
        let mut values = self.with_prefix(field, prefix);
        values.any(|positions| positions.contains(position))
    }

    /// Whether any position has this word.
    pub(super) fn has_word(&self, field: Field, word: &SearchWord) -> bool {
        let begins = |begin: &String| self.with_prefix(field, begin).next().is_some();
        let is = |value: &String| self.with_value(field, value).is_some();
        word.begins.iter().any(begins) || word.is.iter().any(is)
    }

    /// Counts the values of a field that these words have, up to `most` for each beginning.
    pub(super) fn count_words(&self, field: Field, words: &[SearchWord], most: usize) -> u64 {
        let count = |word: &SearchWord| {
            let begins = word.begins.iter();
            let begun: usize = begins
                .map(|begin| self.count_prefix(field, begin, most))
                .sum();
            (begun + word.is.len()) as u64
        };
        words.iter().map(count).sum()
    }

    /// Returns the values of a field next to a text in order, up to `count` on either side.
    pub(super) fn around<'a>(
        &'a self,
        field: Field,
        text: &str,
        count: usize,
    ) -> impl Iterator<Item = (&'a str, &'a Positions)> {
        let values = self.of(field);
        values
            .into_iter()
            .flat_map(move |values| values.around(text, count))
    }

    /// Returns every value of a field behind the value `after` with its positions, in order.
    pub(super) fn values<'a>(
        &'a self,
        field: Field,
        after: Option<&str>,
    ) -> impl Iterator<Item = (&'a str, &'a Positions)> {
        let from = after.map_or(Unbounded, Excluded);
        self.of(field).into_iter().flat_map(move |values| {
            let numbers = values.dictionary.range(from, Unbounded);
            numbers.map(|number| {
                let value = values.dictionary.text(number);
                (value, &values.positions[number as usize])
            })
        })
    }

    /// Counts the values of a field.
    pub(super) fn count_values(&self, field: Field) -> usize {
        self.of(field).map_or(0, |values| values.positions.len())
    }

    /// Returns the values of a field, if any was ever added.
    fn of(&self, field: Field) -> Option<&Values> {
        let values = self.fields.get(field as usize);
        values.filter(|values| !values.positions.is_empty())
    }
}

impl Values {
    /// Adds a position. Adding the same value again changes nothing.
    pub(super) fn add(&mut self, value: &str, position: u32) {
        let number = self.dictionary.number(value).unwrap_or_else(|| {
            self.positions.push(Positions::default());
            self.dictionary.push(value)
        });
        if self.newest != position {
            self.newest = position;
            self.any.insert(position);
        }
        self.positions[number as usize].insert(position);
    }

    /// Removes positions, and erases values that no other position has.
    pub(super) fn remove(&mut self, removed: &[u32]) {
        let len = self.any.len();
        for position in removed {
            self.any.remove(*position);
        }
        if self.any.len() == len {
            return;
        }
        self.newest = 0;
        for positions in &mut self.positions {
            for position in removed {
                positions.remove(*position);
            }
        }
        let positions = &self.positions;
        self.dictionary
            .remove(|number| positions[number as usize].is_empty());
    }

    /// Returns the positions with this value.
    pub(super) fn with_value(&self, value: &str) -> Option<&Positions> {
        let number = self.dictionary.number(value)?;
        self.positions.get(number as usize)
    }

    /// Returns the values next to a text in order, up to `count` on either side.
    pub(super) fn around(
        &self,
        text: &str,
        count: usize,
    ) -> impl Iterator<Item = (&str, &Positions)> {
        let before = self.dictionary.range(Unbounded, Excluded(text)).rev();
        let after = self.dictionary.range(Included(text), Unbounded);
        let numbers: Vec<u32> = before.take(count).chain(after.take(count)).collect();
        numbers.into_iter().map(|number| {
            let value = self.dictionary.text(number);
            (value, &self.positions[number as usize])
        })
    }

    /// Returns the positions with any value.
    pub(super) fn any(&self) -> &RoaringBitmap {
        &self.any
    }

    pub(super) fn is_empty(&self) -> bool {
        self.any.is_empty()
    }
}
