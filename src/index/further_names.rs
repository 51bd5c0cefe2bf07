//! Words of the second and further names of a position in one field, such as its organisations.
//!
//! A comparison must find all its words in one name. The words of a position's first name are
//! ordinary terms, so a position with one name takes no memory here. Each further name has a slot of
//! its own, and its words are indexed by slot as other terms are by position.

use std::{iter, ops::Range};

use roaring::RoaringBitmap;

use super::{positions::Positions, postings::Postings};
use crate::{domain::search_words::SearchWord, filter::Field};

/// The words of further names, by field and slot.
#[derive(Debug, Default)]
pub(super) struct FurtherNames {
    /// The position that each slot belongs to, in order; slot 1 is the first. The fields of a position
    /// share its slots.
    owners: Vec<u32>,
    words: Postings,
}

impl FurtherNames {
    /// Adds a word of a position's name number `nth`, where 1 is the second name. Returns false if there
    /// is no slot: a position gets no more slots once a later position has some.
    #[must_use]
    pub(super) fn add(&mut self, field: Field, nth: u32, word: &str, position: u32) -> bool {
        let mut slots = self.slots(position);
        if slots.end > self.owners.len() {
            let missing = (nth as usize).saturating_sub(slots.len());
            self.owners.extend(iter::repeat_n(position, missing));
            slots.end += missing;
        }
        let slot = slot(slots, nth);
        if let Some(slot) = slot {
            self.words.add(field, word, slot);
        }
        slot.is_some()
    }

    /// Removes positions everywhere. Looks at every value.
    pub(super) fn remove(&mut self, positions: &[u32]) {
        let slots = positions.iter().flat_map(|position| self.slots(*position));
        let slots: Vec<u32> = slots.filter_map(|slot| slot.try_into().ok()).collect();
        self.words.remove(&slots);
    }

    /// Whether a position's name number `nth` has the word; `None` if the name has no slot.
    pub(super) fn contains(
        &self,
        field: Field,
        nth: u32,
        word: &str,
        position: u32,
    ) -> Option<bool> {
        let slot = slot(self.slots(position), nth)?;
        let slots = self.words.with_value(field, word);
        Some(slots.is_some_and(|slots| slots.contains(slot)))
    }

    /// Returns the positions that own these slots.
    pub(super) fn owners(&self, slots: &RoaringBitmap) -> RoaringBitmap {
        let owners = slots.iter().map(|slot| self.owners[slot as usize - 1]);
        owners.collect()
    }

    /// Returns every word by field, with slots instead of positions.
    pub(super) fn words(&self) -> &Postings {
        &self.words
    }

    /// Whether any of these slots belongs to a position at `upto` or before.
    pub(super) fn any_up_to(&self, slots: &Positions, upto: u32) -> bool {
        let later = self.owners.partition_point(|owner| *owner <= upto);
        u32::try_from(later).is_ok_and(|last| slots.any_up_to(last))
    }

    /// Whether one further name of the position has all words.
    pub(super) fn has_words(&self, field: Field, words: &[SearchWord], position: u32) -> bool {
        let mut slots = match self.words.with_any(field) {
            Some(_) => self.slots(position),
            None => 0..0,
        };
        slots.any(|slot| self.words.has_words(field, words, slot as u32))
    }

    /// Returns the slots of a position.
    fn slots(&self, position: u32) -> Range<usize> {
        let before = self.owners.partition_point(|owner| *owner < position);
        let owned = self.owners[before..].partition_point(|owner| *owner == position);
        before + 1..before + 1 + owned
    }
}

/// Returns the slot of name number `nth`, if it is not the first and has one.
fn slot(mut slots: Range<usize>, nth: u32) -> Option<u32> {
    let slot = slots.nth((nth as usize).checked_sub(1)?)?;
    u32::try_from(slot).ok()
}
