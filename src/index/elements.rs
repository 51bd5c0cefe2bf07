//! The elements of repeated fields, for positions whose terms do not tell them apart.
//!
//! A position with one element of a field is not here: all its terms belong to that element. Amounts are
//! all here, as sums are made from them. Most elements are equal to others, such as a party with its type and
//! role, so each different one is stored once.

use std::ops::Range;

use roaring::RoaringBitmap;

use super::numbered_texts::NumberedTexts;
use crate::filter::{Element, Repeated};

/// The elements by repeated field.
#[derive(Debug, Default)]
pub(super) struct Elements {
    fields: [Table; Repeated::COUNT],
}

/// The elements of one repeated field.
#[derive(Debug, Default)]
pub(super) struct Table {
    /// The different elements.
    texts: NumberedTexts,
    /// How often each occurs, by its number.
    uses: Vec<u32>,
    /// Each position with the number of one of its elements, in the order of positions. An element that a
    /// position has twice is here twice.
    owned: Vec<(u32, u32)>,
    owners: RoaringBitmap,
}

impl Elements {
    /// Adds one element of a position.
    pub(super) fn add(&mut self, repeated: Repeated, text: &str, position: u32) {
        self.fields[repeated as usize].add(text, position);
    }

    /// Removes positions everywhere, and erases elements that no other position has.
    pub(super) fn remove(&mut self, positions: &RoaringBitmap) {
        for table in &mut self.fields {
            table.remove(positions);
        }
    }

    /// Whether a position has an element.
    pub(super) fn contains(&self, repeated: Repeated, text: &str, position: u32) -> bool {
        let table = self.of(repeated);
        let number = table.texts.number(text);
        number.is_some_and(|number| table.of(position).any(|owned| owned == number))
    }

    /// Returns the elements of a repeated field.
    pub(super) fn of(&self, repeated: Repeated) -> &Table {
        &self.fields[repeated as usize]
    }
}

impl Table {
    fn add(&mut self, text: &str, position: u32) {
        let number = self.texts.number(text).unwrap_or_else(|| {
            self.uses.push(0);
            self.texts.push(text)
        });
        self.uses[number as usize] += 1;
        let newest = self.owned.last().map_or(0, |(owner, _)| *owner);
        if newest <= position {
            self.owned.push((position, number));
        } else {
            let end = self.range(position).end;
            self.owned.insert(end, (position, number));
        }
        if newest != position {
            self.owners.insert(position);
        }
    }

    fn remove(&mut self, positions: &RoaringBitmap) {
        if self.owners.is_disjoint(positions) {
            return;
        }
        self.owners -= positions;
        let uses = &mut self.uses;
        self.owned.retain(|(owner, number)| {
            let stays = !positions.contains(*owner);
            uses[*number as usize] -= u32::from(!stays);
            stays
        });
        self.texts.remove(|number| uses[number as usize] == 0);
    }

    /// Returns the positions that have elements here.
    pub(super) fn owners(&self) -> &RoaringBitmap {
        &self.owners
    }

    /// Returns the numbers of a position's elements.
    pub(super) fn of(&self, position: u32) -> impl Iterator<Item = u32> {
        let owned = self.owned[self.range(position)].iter();
        owned.map(|(_, number)| *number)
    }

    /// Returns the text of an element; empty if it was erased.
    pub(super) fn text(&self, number: u32) -> &str {
        self.texts.text(number)
    }

    /// Counts the elements of all positions.
    pub(super) fn count(&self) -> u64 {
        self.owned.len() as u64
    }

    fn range(&self, position: u32) -> Range<usize> {
        let begin = self.owned.partition_point(|(owner, _)| *owner < position);
        let len = self.owned[begin..].partition_point(|(owner, _)| *owner == position);
        begin..begin + len
    }
}

/// Reads an element of a table.
pub(super) fn element(table: &Table, repeated: Repeated, number: u32) -> Element<'_> {
    Element::of_text(repeated, table.text(number))
}
