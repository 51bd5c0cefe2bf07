//! The fixed-size entry of every position, in order of positions.

use std::collections::HashMap;

use roaring::RoaringBitmap;

use super::date_spans::Span;
use crate::filter::ResourceSort;

/// The entry of one revision. Positions are those of the log, narrowed to 32 bits.
#[derive(Clone, Copy, Debug)]
pub(super) struct Entry {
    /// The number of the resource, in order of first appearance.
    pub resource: u32,
    /// The position of the resource's first revision.
    pub first: u32,
    /// The position of the previous revision; 0 for the first.
    pub previous: u32,
    /// The position of the next revision; 0 for the newest.
    pub next: u32,
    pub commit_micros: i64,
    pub revision: u32,
    /// The number in the series; 0 if none.
    pub ordinal: u32,
    /// The span of the field `date`.
    pub date: Span,
}

/// All entries, and sets derived from their links.
#[derive(Debug, Default)]
pub(super) struct Columns {
    entries: Vec<Entry>,
    /// Positions that are a resource's newest revision.
    newest: RoaringBitmap,
    /// Positions that are not a resource's first revision.
    later: RoaringBitmap,
    pub partnerships: RoaringBitmap,
    pub bodies: RoaringBitmap,
    /// When revisions became known, in microseconds since 1970, where that was before the commit.
    known: HashMap<u32, i64>,
}

impl Columns {
    /// Adds the entry of the next position.
    pub(super) fn push(
        &mut self,
        entry: Entry,
        sort: ResourceSort,
        known_since: Option<i64>,
    ) -> u32 {
        self.entries.push(entry);
        let position = self.len();
        if entry.previous != 0 {
            self.entries[entry.previous as usize - 1].next = position;
            self.newest.remove(entry.previous);
            self.later.insert(position);
        }
        self.newest.insert(position);
        match sort {
            ResourceSort::Event => {}
            ResourceSort::Partnership => {
                self.partnerships.insert(position);
            }
            ResourceSort::Body => {
                self.bodies.insert(position);
            }
        }
        if let Some(micros) = known_since.filter(|micros| *micros < entry.commit_micros) {
            self.known.insert(position, micros);
        }
        position
    }

    /// Returns the last position.
    pub(super) fn len(&self) -> u32 {
        self.entries.len() as u32
    }

    /// Returns the entry at an existing position.
    pub(super) fn at(&self, position: u32) -> &Entry {
        &self.entries[position as usize - 1]
    }

    /// Returns the entry at an existing position for changes.
    pub(super) fn at_mut(&mut self, position: u32) -> &mut Entry {
        &mut self.entries[position as usize - 1]
    }

    /// Returns the positions that are not a resource's first revision.
    pub(super) fn later(&self) -> &RoaringBitmap {
        &self.later
    }

    /// Returns the positions that were newest revisions when the log ended at `upto`.
    pub(super) fn newest_as_of(&self, upto: u32) -> RoaringBitmap {
        let mut newest = self.newest.clone();
        newest.remove_range(upto.saturating_add(1)..);
        for position in upto + 1..=self.len() {
            let previous = self.at(position).previous;
            if previous != 0 && previous <= upto {
                newest.insert(previous);
            }
        }
        newest
    }

    /// Returns the newest revisions of bodies when the log ended at `upto`.
    pub(super) fn bodies_as_of(&self, upto: u32) -> RoaringBitmap {
        let mut newest = self.bodies.clone();
        newest.remove_range(upto.saturating_add(1)..);
        let is_newest = |at: &u32| {
            let next = self.at(*at).next;
            next == 0 || next > upto
        };
        RoaringBitmap::from_sorted_iter(newest.iter().filter(is_newest)).unwrap_or_default()
    }

    /// Returns when a revision became known, in microseconds since 1970.
    pub(super) fn known_micros(&self, position: u32) -> i64 {
        let known = self.known.get(&position).copied();
        known.unwrap_or_else(|| self.at(position).commit_micros)
    }

    /// Whether a revision was the newest one known at `known_at` when the log ended at `upto`. Known
    /// times never fall from one revision to the next.
    pub(super) fn is_newest_known(&self, position: u32, upto: u32, known_at: i64) -> bool {
        let next = self.at(position).next;
        let is_last = next == 0 || next > upto || self.known_micros(next) > known_at;
        position <= upto && is_last && self.known_micros(position) <= known_at
    }

    /// Returns the newest revision of the resource of `position` when the log ended at `upto`.
    pub(super) fn revision_as_of(&self, mut position: u32, upto: u32) -> Option<u32> {
        while position > upto {
            position = self.at(position).previous;
        }
        (position != 0).then_some(position)
    }

    /// Returns the first position committed at `micros` or later, or one after the last. Commit times
    /// never fall, so a binary search finds it.
    pub(super) fn first_at_or_after(&self, micros: i64) -> u32 {
        self.entries
            .partition_point(|entry| entry.commit_micros < micros) as u32
            + 1
    }

    /// Returns the positions up to `upto` whose entry satisfies `wanted`.
    pub(super) fn filter(&self, upto: u32, wanted: impl Fn(u32, &Entry) -> bool) -> RoaringBitmap {
        let upto = upto.min(self.len()) as usize;
        let entries = (1..).zip(&self.entries[..upto]);
        let wanted = entries.filter(|(position, entry)| wanted(*position, entry));
        // Positions grow, as `from_sorted_iter` requires.
        RoaringBitmap::from_sorted_iter(wanted.map(|(position, _)| position)).unwrap_or_default()
    }
}
