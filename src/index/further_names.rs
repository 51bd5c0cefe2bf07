//! Words of the second and further names that one position has in one field, such as those of its
//! organisations.
//!
//! A comparison has to find all its words in one name. The words of a position's first name are terms
//! like any other, so that a position with one name takes no memory here. Each further name has a place
//! of its own, which is to its words what a position is to other terms.

use std::{iter, ops::Range};

use roaring::RoaringBitmap;

use super::{positions::Positions, postings::Postings};
use crate::filter::Field;

/// Words by field and place.
#[derive(Debug, Default)]
pub(super) struct Further {
    /// The position that each place belongs to, in order; place 1 is the first. The fields of a position
    /// share its places.
    owners: Vec<u32>,
    words: Postings,
}

impl Further {
    /// Adds a word of a position's name number `nth`, of which 1 is the second. False when there is no
    /// place for it: a position behind which others have places gets no more than it has.
    #[must_use]
    pub(super) fn add(&mut self, field: Field, nth: u32, word: &str, position: u32) -> bool {
        let mut places = self.places(position);
        if places.end > self.owners.len() {
            let missing = (nth as usize).saturating_sub(places.len());
            self.owners.extend(iter::repeat_n(position, missing));
            places.end += missing;
        }
        let place = place(places, nth);
        if let Some(place) = place {
            self.words.add(field, word, place);
        }
        place.is_some()
    }

    /// Takes positions out of everything. Looks at every value.
    pub(super) fn remove(&mut self, positions: &[u32]) {
        let places = positions.iter().flat_map(|position| self.places(*position));
        let places: Vec<u32> = places.filter_map(|place| place.try_into().ok()).collect();
        self.words.remove(&places);
    }

    /// Whether a position's name number `nth` has the word; `None` when it has no place here.
    pub(super) fn contains(
        &self,
        field: Field,
        nth: u32,
        word: &str,
        position: u32,
    ) -> Option<bool> {
        let place = place(self.places(position), nth)?;
        let places = self.words.with_value(field, word);
        Some(places.is_some_and(|places| places.contains(place)))
    }

    /// The positions that these places belong to.
    pub(super) fn owners(&self, places: &RoaringBitmap) -> RoaringBitmap {
        let owners = places.iter().map(|place| self.owners[place as usize - 1]);
        owners.collect()
    }

    /// Every word by field, with places for positions.
    pub(super) fn words(&self) -> &Postings {
        &self.words
    }

    /// Whether any of these places is of a position at `upto` or before.
    pub(super) fn begin_by(&self, places: &Positions, upto: u32) -> bool {
        let later = self.owners.partition_point(|owner| *owner <= upto);
        u32::try_from(later).is_ok_and(|last| places.begin_by(last))
    }

    /// Whether a position has such a name.
    pub(super) fn has_words(&self, field: Field, words: &[String], position: u32) -> bool {
        let mut places = match self.words.with_any(field) {
            Some(_) => self.places(position),
            None => 0..0,
        };
        places.any(|place| self.words.has_words(field, words, place as u32))
    }

    /// The places of a position.
    fn places(&self, position: u32) -> Range<usize> {
        let before = self.owners.partition_point(|owner| *owner < position);
        let owned = self.owners[before..].partition_point(|owner| *owner == position);
        before + 1..before + 1 + owned
    }
}

/// The place of name number `nth`, when it is not the first and has one.
fn place(mut places: Range<usize>, nth: u32) -> Option<u32> {
    let place = places.nth((nth as usize).checked_sub(1)?)?;
    u32::try_from(place).ok()
}
