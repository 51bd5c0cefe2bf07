//! Numbered texts that are found by hash.
//!
//! There are about as many texts as events, so they use a few large allocations instead of one for
//! each text: all texts lie in one string, and everything else is numbers.

use std::{
    cmp::Ordering,
    hash::{BuildHasher as _, Hasher as _},
    ops::Range,
};

use hashbrown::{DefaultHashBuilder, HashTable};

/// Texts by number, and numbers by text.
#[derive(Debug, Default)]
pub(super) struct NumberedTexts {
    pub(super) texts: Texts,
    places: HashTable<TableEntry>,
    hasher: DefaultHashBuilder,
}

/// A table entry: the number of a text and half of its hash. The hash spares comparing most other
/// texts, and rehashing when the table grows.
#[derive(Clone, Copy, Debug)]
struct TableEntry {
    hash: u32,
    number: u32,
}

impl NumberedTexts {
    /// Returns the number of a text, if it exists.
    pub(super) fn number(&self, text: &str) -> Option<u32> {
        let hash = self.hash(text);
        let is = |place: &TableEntry| {
            place.hash == hash && self.texts.bytes(place.number) == text.as_bytes()
        };
        let place = self.places.find(spread(hash), is);
        place.map(|place| place.number)
    }

    /// Adds a new text under the next number.
    pub(super) fn push(&mut self, text: &str) -> u32 {
        let number = self.texts.push(text);
        let hash = self.hash(text);
        let place = TableEntry { hash, number };
        self.places
            .insert_unique(spread(hash), place, |place| spread(place.hash));
        number
    }

    /// Returns the text with this number; empty if it was erased.
    pub(super) fn text(&self, number: u32) -> &str {
        self.texts.at(number)
    }

    /// Compares the text with this number to another.
    pub(super) fn compare(&self, number: u32, text: &str) -> Ordering {
        self.texts.bytes(number).cmp(text.as_bytes())
    }

    /// Erases texts from memory. Numbers stay as they are. Looks at every text.
    pub(super) fn remove(&mut self, gone: impl Fn(u32) -> bool) {
        self.places.retain(|place| !gone(place.number));
        self.texts.clear(&gone);
    }

    fn hash(&self, text: &str) -> u32 {
        // A text is hashed alone and needs no mark of its end, which `Hash` would add.
        let mut hasher = self.hasher.build_hasher();
        hasher.write(text.as_bytes());
        hasher.finish() as u32
    }
}

/// Spreads a hash, since the table uses its lowest and highest bits.
fn spread(hash: u32) -> u64 {
    u64::from(hash).wrapping_mul(0x9e37_79b9_7f4a_7c15)
}

/// The texts by number.
#[derive(Debug, Default)]
pub(super) struct Texts {
    pub(super) all: String,
    ends: Vec<usize>,
}

impl Texts {
    fn push(&mut self, text: &str) -> u32 {
        self.all.push_str(text);
        self.ends.push(self.all.len());
        self.ends.len() as u32 - 1
    }

    pub(super) fn at(&self, number: u32) -> &str {
        &self.all[self.place(number)]
    }

    /// Returns the bytes of a text, which compare as texts do. A slice of bytes needs no look at where
    /// characters begin.
    #[inline]
    fn bytes(&self, number: u32) -> &[u8] {
        &self.all.as_bytes()[self.place(number)]
    }

    fn place(&self, number: u32) -> Range<usize> {
        let number = number as usize;
        let begin = number.checked_sub(1).map_or(0, |before| self.ends[before]);
        begin..self.ends[number]
    }

    fn clear(&mut self, gone: impl Fn(u32) -> bool) {
        let mut kept = Texts::default();
        for number in 0..self.ends.len() as u32 {
            kept.push(if gone(number) { "" } else { self.at(number) });
        }
        *self = kept;
    }
}
