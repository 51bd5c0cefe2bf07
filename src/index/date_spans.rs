//! The positions of each date.

use std::{
    collections::{BTreeMap, HashMap},
    ops::Bound::{Excluded, Unbounded},
};

use roaring::RoaringBitmap;

use super::lend::Part;
use crate::{
    domain::Day,
    filter::{Comparison, Field},
};

/// The first and last possible day. An open end is `None`; at most one is open.
pub(super) type Span = (Option<Day>, Option<Day>);

/// The positions by date field and by the ends of their spans. There are far fewer days than
/// positions, so a comparison is a union of a bounded number of sets.
#[derive(Debug, Default)]
pub(super) struct Spans {
    fields: HashMap<Field, Ends>,
}

#[derive(Debug, Default)]
struct Ends {
    by_span: BTreeMap<Span, RoaringBitmap>,
    any: RoaringBitmap,
}

impl Spans {
    /// Adds the newest position.
    pub(super) fn add(&mut self, field: Field, span: Span, position: u32) {
        let ends = self.fields.entry(field).or_default();
        ends.by_span.entry(span).or_default().insert(position);
        ends.any.insert(position);
    }

    /// Removes a position everywhere.
    pub(super) fn remove(&mut self, position: u32) {
        for ends in self.fields.values_mut() {
            ends.any.remove(position);
            ends.by_span.retain(|_, positions| {
                positions.remove(position);
                !positions.is_empty()
            });
        }
    }

    /// Returns the positions with the field set.
    pub(super) fn with_any(&self, field: Field) -> Option<&RoaringBitmap> {
        self.fields.get(&field).map(|ends| &ends.any)
    }

    /// Adds to `set` the positions whose span satisfies the comparison with `literal`, from behind the
    /// span `after` until the work is used up.
    pub(super) fn compare(
        &self,
        field: Field,
        (op, literal): (Comparison, Span),
        after: Option<Span>,
        work: u64,
        set: &mut RoaringBitmap,
    ) -> Part<Span> {
        let mut done = 0;
        for (span, positions) in self.spans_after(field, after) {
            if op.of_spans(span, literal) {
                *set |= positions;
                done += positions.len() / 16;
            }
            done += 1;
            if done >= work {
                return Part::UpTo(span);
            }
        }
        Part::Last
    }

    /// Counts the different spans of a field.
    pub(super) fn count(&self, field: Field) -> usize {
        let ends = self.fields.get(&field);
        ends.map_or(0, |ends| ends.by_span.len())
    }

    /// Whether the span of one position satisfies the comparison with `literal`.
    pub(super) fn compares(
        &self,
        field: Field,
        op: Comparison,
        literal: Span,
        position: u32,
    ) -> bool {
        let dated = self
            .with_any(field)
            .is_some_and(|any| any.contains(position));
        dated
            && self
                .spans_of(field)
                .any(|(span, at)| op.of_spans(span, literal) && at.contains(position))
    }

    /// Returns every span of a field behind the span `after` with its positions, in order.
    pub(super) fn spans_after(
        &self,
        field: Field,
        after: Option<Span>,
    ) -> impl Iterator<Item = (Span, &RoaringBitmap)> {
        let from = after.map_or(Unbounded, Excluded);
        let ends = self.fields.get(&field);
        ends.into_iter()
            .flat_map(move |ends| ends.by_span.range((from, Unbounded)))
            .map(|(span, at)| (*span, at))
    }

    /// Returns every span of a field with its positions.
    pub(super) fn spans_of(&self, field: Field) -> impl Iterator<Item = (Span, &RoaringBitmap)> {
        let ends = self.fields.get(&field);
        ends.into_iter()
            .flat_map(|ends| &ends.by_span)
            .map(|(span, at)| (*span, at))
    }
}
