//! Which positions have a term.

use std::{
    collections::{BTreeMap, HashMap},
    ops::Bound,
    sync::Arc,
};

use roaring::RoaringBitmap;

use crate::filter::Field;

/// Positions by field and value.
#[derive(Debug, Default)]
pub struct Postings {
    /// A few dozen, which are found sooner in order than by a hash.
    fields: BTreeMap<Field, Values>,
}

#[derive(Debug, Default)]
struct Values {
    /// By the number of the value.
    positions: Vec<RoaringBitmap>,
    /// The number of each value.
    numbers: HashMap<Arc<str>, u32>,
    /// The same in order, so that values with a prefix lie together. Apart, as each event looks up
    /// dozens of values, which a hash finds several times as fast.
    ordered: BTreeMap<Arc<str>, u32>,
    /// Positions with any value.
    any: RoaringBitmap,
    /// The last of them.
    newest: u32,
}

impl Postings {
    /// Adds the newest position; adding the same value twice is the same as once.
    pub fn add(&mut self, field: Field, value: &str, position: u32) {
        let values = self.fields.entry(field).or_default();
        let number = match values.numbers.get(value) {
            Some(number) => *number,
            None => values.new_value(value.into()),
        };
        if values.newest != position {
            values.newest = position;
            values.any.insert(position);
        }
        values.positions[number as usize].insert(position);
    }

    /// Takes a position out of everything, and values that no other position has out of memory. Looks
    /// at every value.
    pub fn remove(&mut self, position: u32) {
        for values in self.fields.values_mut() {
            if values.any.remove(position) {
                values.remove(position);
            }
        }
    }

    /// Positions with this value.
    pub fn with_value(&self, field: Field, value: &str) -> Option<&RoaringBitmap> {
        let values = self.fields.get(&field)?;
        values.positions.get(*values.numbers.get(value)? as usize)
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
            .flat_map(move |values| {
                let ordered = values.ordered.range::<str, _>(from);
                ordered.map(|(value, number)| (value, &values.positions[*number as usize]))
            })
            .take_while(move |(value, _)| value.starts_with(prefix))
            .map(|(_, positions)| positions)
    }

    /// Every value of a field with its positions.
    pub fn values(&self, field: Field) -> impl Iterator<Item = (&str, &RoaringBitmap)> {
        let values = self.fields.get(&field);
        values.into_iter().flat_map(|values| {
            let ordered = values.ordered.iter();
            ordered.map(|(value, number)| (&**value, &values.positions[*number as usize]))
        })
    }
}

impl Values {
    fn remove(&mut self, position: u32) {
        if self.newest == position {
            self.newest = 0;
        }
        let Values {
            positions,
            numbers,
            ordered,
            ..
        } = self;
        numbers.retain(|_, number| {
            let positions = &mut positions[*number as usize];
            !(positions.remove(position) && positions.is_empty())
        });
        ordered.retain(|value, _| numbers.contains_key(value));
    }

    fn new_value(&mut self, value: Arc<str>) -> u32 {
        let number = self.positions.len() as u32;
        self.positions.push(RoaringBitmap::new());
        self.numbers.insert(value.clone(), number);
        self.ordered.insert(value, number);
        number
    }
}
