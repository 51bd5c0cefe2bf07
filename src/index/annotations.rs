use std::{
    borrow::Cow,
    collections::BTreeMap,
    ops::Bound::{Excluded, Unbounded},
};

use roaring::RoaringBitmap;
use sha2::{Digest as _, Sha256};

use super::{positions::Positions, postings::Values};

/// Longer values, in bytes, are stored as a digest. They are only compared for equality, may have a
/// thousand characters, and an event may have 32 of them that no other event has.
const VALUE_LEN_MAX: usize = 40;

/// Positions by key and value of annotations.
#[derive(Debug, Default)]
pub(super) struct Annotations {
    keys: BTreeMap<String, Values>,
}

impl Annotations {
    /// Adds a position. Adding the same value again changes nothing.
    pub(super) fn add(&mut self, key: &str, value: &str, position: u32) {
        if !self.keys.contains_key(key) {
            self.keys.insert(key.to_owned(), Values::default());
        }
        if let Some(values) = self.keys.get_mut(key) {
            values.add(&term(value), position);
        }
    }

    /// Removes positions everywhere, and frees values that no other position has.
    pub(super) fn remove(&mut self, positions: &[u32]) {
        self.keys.retain(|_, values| {
            values.remove(positions);
            !values.is_empty()
        });
    }

    /// Returns the positions with this value.
    pub(super) fn with_value(&self, key: &str, value: &str) -> Option<&Positions> {
        self.keys.get(key)?.with_value(&term(value))
    }

    /// Returns the short values of a key that are next to `value` in order, up to `count` on either side.
    pub(super) fn around(
        &self,
        key: &str,
        value: &str,
        count: usize,
    ) -> impl Iterator<Item = (&str, &Positions)> {
        let values = self.keys.get(key);
        let near = values
            .into_iter()
            .flat_map(move |values| values.around(value, count));
        near.filter(|(value, _)| value.len() <= VALUE_LEN_MAX)
    }

    /// Returns the keys next to `key` in order, up to `count` on either side, with their positions.
    pub(super) fn keys_around(
        &self,
        key: &str,
        count: usize,
    ) -> impl Iterator<Item = (&str, &RoaringBitmap)> {
        let before = self.keys.range::<str, _>((Unbounded, Excluded(key)));
        let after = self.keys.range::<str, _>((Excluded(key), Unbounded));
        let near = before.rev().take(count).chain(after.take(count));
        near.map(|(key, values)| (key.as_str(), values.any()))
    }

    /// Returns the positions with any value.
    pub(super) fn with_any(&self, key: &str) -> Option<&RoaringBitmap> {
        self.keys.get(key).map(Values::any)
    }
}

fn term(value: &str) -> Cow<'_, str> {
    if value.len() <= VALUE_LEN_MAX {
        return Cow::Borrowed(value);
    }
    // Half of a digest is enough to distinguish values, and longer than any value stored as itself.
    let digest = Sha256::digest(value);
    let hex = digest[..16].iter().map(|byte| format!("{byte:02x}"));
    Cow::Owned(format!("a digest:{}", hex.collect::<String>()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_of_every_length_are_distinguished() {
        let mut annotations = Annotations::default();
        let values = [
            "short",
            &"long ".repeat(200),
            &("long ".repeat(199) + "lang "),
        ];
        for (position, value) in (1..).zip(values) {
            annotations.add("key", value, position);
        }
        for (position, value) in (1..).zip(values) {
            let found = annotations.with_value("key", value);
            let found = found.map(|found| found.to_bitmap().iter().collect::<Vec<_>>());
            assert_eq!(found, Some(vec![position]));
        }
        // No value is taken for another, not even one that is spelled like a stored digest.
        let kept = term(values[1]);
        assert!(kept.len() > VALUE_LEN_MAX && annotations.with_value("key", &kept).is_none());
        assert_eq!(annotations.with_any("key").map(RoaringBitmap::len), Some(3));
        annotations.remove(&[1, 2, 3]);
        assert!(annotations.with_any("key").is_none());
    }
}
