//! Which positions have a term.

use std::{
    collections::{BTreeMap, HashMap},
    ops::Bound,
};

use roaring::RoaringBitmap;

use crate::filter::Field;

/// Positions by field and value. Values are ordered, so that those with a prefix lie together.
#[derive(Debug, Default)]
pub struct Postings {
    fields: HashMap<Field, Values>,
}

#[derive(Debug, Default)]
struct Values {
    by_value: BTreeMap<Box<str>, RoaringBitmap>,
    /// Positions with any value.
    any: RoaringBitmap,
}

impl Postings {
    /// Adds the newest position; adding the same value twice is the same as once.
    pub fn add(&mut self, field: Field, value: &str, position: u32) {
        let values = self.fields.entry(field).or_default();
        values.any.insert(position);
        match values.by_value.get_mut(value) {
            Some(positions) => {
                positions.insert(position);
            }
            None => {
                values
                    .by_value
                    .insert(value.into(), RoaringBitmap::from_iter([position]));
            }
        }
    }

    /// Positions with this value.
    pub fn with_value(&self, field: Field, value: &str) -> Option<&RoaringBitmap> {
        self.fields.get(&field)?.by_value.get(value)
    }

    /// Positions with any value.
    pub fn with_any(&self, field: Field) -> Option<&RoaringBitmap> {
        self.fields.get(&field).map(|values| &values.any)
    }

    /// Positions with each value that begins with `prefix`.
    pub fn with_prefix<'a>(
        &'a self,
        field: Field,
        prefix: &'a str,
    ) -> impl Iterator<Item = &'a RoaringBitmap> {
        let from = (Bound::Included(prefix), Bound::Unbounded);
        let values = self.fields.get(&field);
        values
            .into_iter()
            .flat_map(move |values| values.by_value.range::<str, _>(from))
            .take_while(move |(value, _)| value.starts_with(prefix))
            .map(|(_, positions)| positions)
    }

    /// Every value of a field with its positions.
    pub fn values(&self, field: Field) -> impl Iterator<Item = (&str, &RoaringBitmap)> {
        let values = self.fields.get(&field);
        let values = values.into_iter().flat_map(|values| &values.by_value);
        values.map(|(value, positions)| (&**value, positions))
    }
}
