use std::{collections::HashMap, ops::Bound};

use super::{
    annotations::Annotations,
    bodies::Bodies,
    columns::{Columns, Entry},
    date_spans::{Span, Spans},
    dictionary::Dictionary,
    elements::Elements,
    further_names::FurtherNames,
    postings::Postings,
};
use crate::{
    domain::{BodyKind, Vocabulary as _},
    filter::{Document, Field, Term},
    index::Position,
};

/// The index of the log in memory: the positions of each resource's revisions, of each term and of
/// each request id. Every question names the position up to which it is asked, so that the answer
/// never depends on what was committed since.
#[derive(Debug, Default)]
pub struct Index {
    pub(super) columns: Columns,
    pub(super) postings: Postings,
    pub(super) further: FurtherNames,
    pub(super) annotations: Annotations,
    pub(super) spans: Spans,
    pub(super) bodies: Bodies,
    pub(super) elements: Elements,
    /// Events that have yet to happen.
    pub(super) awaited: roaring::RoaringBitmap,
    /// Events that were overdue when they were committed.
    pub(super) overdue: roaring::RoaringBitmap,
    /// The names of resources, in order of first appearance.
    names: Dictionary,
    /// The newest revision of each resource.
    newest: Vec<u32>,
    requests: HashMap<Box<str>, u32>,
    /// How far each source of a publisher was written: its position, and that of the record.
    tracked: HashMap<Box<str>, (u64, u32)>,
    /// How often [`Index::replace`] ran.
    replacements: u64,
}

impl Index {
    /// Adds the revision at the next position.
    pub fn push(&mut self, document: &Document, commit_micros: i64, request: Option<&str>) {
        let (resource, first, previous) = match self.names.number(&document.name) {
            None => (self.add_resource(&document.name), self.columns.len() + 1, 0),
            Some(resource) => {
                let previous = self.newest[resource as usize];
                (resource, self.columns.at(previous).first, previous)
            }
        };
        let entry = Entry {
            resource,
            first,
            previous,
            next: 0,
            commit_micros,
            revision: u32::try_from(document.revision).unwrap_or(0),
            ordinal: ordinal(document),
            date: date(document),
        };
        let position = self
            .columns
            .push(entry, document.sort, document.known_since);
        self.newest[resource as usize] = position;
        if let Some(request) = request {
            self.requests.insert(request.into(), position);
        }
        self.add_terms(document, position);
        if document.overdue_at(commit_micros) {
            self.overdue.insert(position);
        }
    }

    /// Adds a resource; the caller sets its newest revision next.
    fn add_resource(&mut self, name: &str) -> u32 {
        self.newest.push(0);
        self.names.push(name)
    }

    /// Replaces the revisions at these positions by others of the same resources. Nothing of the old ones
    /// stays in memory. Looks at every value once, however many positions there are.
    pub fn replace(&mut self, replaced: &[(Position, Document)]) {
        self.replacements += 1;
        let narrowed = replaced.iter().map(|(position, _)| narrow(*position));
        let positions: Vec<u32> = narrowed.collect();
        self.postings.remove(&positions);
        self.further.remove(&positions);
        self.annotations.remove(&positions);
        self.bodies.remove(&positions);
        self.elements.remove(&positions.iter().copied().collect());
        for (position, (_, document)) in positions.into_iter().zip(replaced) {
            self.spans.remove(position);
            self.awaited.remove(position);
            self.overdue.remove(position);
            let entry = self.columns.at_mut(position);
            entry.ordinal = ordinal(document);
            entry.date = date(document);
            self.add_terms(document, position);
        }
    }

    /// Returns how often [`Index::replace`] has changed the index. An answer is invalid if some of its
    /// parts are from before a replacement.
    pub fn replacements(&self) -> u64 {
        self.replacements
    }

    fn add_terms(&mut self, document: &Document, position: u32) {
        if document.awaited {
            self.awaited.insert(position);
        }
        for Term { field, nth, value } in document.terms.iter() {
            if nth == 0 || !self.further.add(field, nth, value, position) {
                self.postings.add(field, value, position);
            }
        }
        for (repeated, element) in document.elements.iter() {
            self.elements.add(repeated, element, position);
        }
        for (key, value) in &document.annotations {
            self.annotations.add(key, value, position);
        }
        self.bodies.add(document, position);
        for (field, (earliest, latest)) in &document.dates {
            self.spans.add(*field, (*earliest, *latest), position);
        }
    }

    /// Whether the index holds for a position what [`Index::push`] would add for this document.
    pub fn agrees(&self, document: &Document, position: Position, request: Option<&str>) -> bool {
        let at = narrow(position);
        let has = |Term { field, nth, value }: Term<'_>| {
            let first = || {
                let positions = self.postings.with_value(field, value);
                positions.is_some_and(|positions| positions.contains(at))
            };
            let further = self.further.contains(field, nth, value, at);
            further.unwrap_or_else(first)
        };
        let has_element = |(repeated, element)| self.elements.contains(repeated, element, at);
        at <= self.columns.len()
            && self.name_at(at) == document.name
            && document.terms.iter().all(has)
            && document.elements.iter().all(has_element)
            && request.is_none_or(|request| self.request(request) == Some(position))
    }

    /// Returns the position at which the request with this id was committed.
    pub fn request(&self, id: &str) -> Option<Position> {
        self.requests
            .get(id)
            .map(|position| Position::from(*position))
    }

    /// Notes that the record at a position comes from this position of a publisher's source.
    pub fn track(&mut self, source: &str, tracked: u64, position: Position) {
        self.tracked
            .insert(source.into(), (tracked, narrow(position)));
    }

    /// Returns the number of publishers' sources that writes have named.
    pub fn tracked_len(&self) -> usize {
        self.tracked.len()
    }

    /// Returns the highest position of a publisher's source that was written, and that of its record.
    pub fn tracked(&self, source: &str) -> Option<(u64, Position)> {
        let (tracked, position) = *self.tracked.get(source)?;
        Some((tracked, position.into()))
    }

    /// Returns the last position.
    pub fn len(&self) -> Position {
        self.columns.len().into()
    }

    /// Returns whether nothing was added.
    pub fn is_empty(&self) -> bool {
        self.columns.len() == 0
    }

    /// Returns the newest revision of a resource, committed or about to be.
    pub fn newest(&self, name: &str) -> Option<Position> {
        self.newest_of(name).map(Position::from)
    }

    /// Returns the newest revision of a resource when the log ended at `upto`.
    pub fn newest_as_of(&self, name: &str, upto: Position) -> Option<Position> {
        let newest = self.newest_of(name)?;
        self.columns
            .revision_as_of(newest, narrow(upto))
            .map(Position::from)
    }

    /// Returns the newest revision of a resource that was known at `known_at`, in microseconds since
    /// 1970, when the log ended at `upto`.
    pub fn newest_known(&self, name: &str, upto: Position, known_at: i64) -> Option<Position> {
        let mut at = self.newest_as_of(name, upto)?;
        while self.columns.known_micros(narrow(at)) > known_at {
            at = self.previous(at)?;
        }
        Some(at)
    }

    /// Whether the revision at a position is one without content, as a redaction leaves it.
    pub fn is_redacted(&self, position: Position) -> bool {
        self.has_value(Field::State, "REDACTED", narrow(position))
    }

    /// Whether the revision at a position is one of a body of this kind.
    pub fn is_of_kind(&self, kind: BodyKind, position: Position) -> bool {
        self.has_value(Field::BodyKind, kind.as_str(), narrow(position))
    }

    /// Whether the revision at a position has an exact value.
    pub(super) fn has_value(&self, field: Field, value: &str, position: u32) -> bool {
        let with_value = self.postings.with_value(field, value);
        with_value.is_some_and(|positions| positions.contains(position))
    }

    /// Returns when the revision at a position became known, in microseconds since 1970: as its
    /// publisher said, or else when it was committed.
    pub fn known_micros(&self, position: Position) -> i64 {
        self.columns.known_micros(narrow(position))
    }

    /// Returns the first revision of a resource, unless it is beyond `upto`.
    pub fn first(&self, name: &str, upto: Position) -> Option<Position> {
        let first = Position::from(self.columns.at(self.newest_of(name)?).first);
        (first <= upto).then_some(first)
    }

    /// Returns the revisions of a resource up to `upto`, newest first.
    pub fn revisions(&self, name: &str, upto: Position) -> Vec<Position> {
        let mut revisions = Vec::new();
        let mut at = self.newest_as_of(name, upto);
        while let Some(position) = at {
            revisions.push(position);
            at = self.previous(position);
        }
        revisions
    }

    /// Returns the revision before the one at `position`, if any.
    pub fn previous(&self, position: Position) -> Option<Position> {
        let previous = self.columns.at(narrow(position)).previous;
        (previous != 0).then(|| Position::from(previous))
    }

    /// Returns the last position committed at or before `micros`; 0 if there is none.
    pub fn position_at(&self, micros: i64) -> Position {
        Position::from(self.columns.first_at_or_after(micros.saturating_add(1)) - 1)
    }

    /// Returns the first position committed at `micros` or later, or one after the last.
    pub fn first_at_or_after(&self, micros: i64) -> Position {
        Position::from(self.columns.first_at_or_after(micros))
    }

    /// Returns the full name of the resource whose revision is at `position`.
    pub fn name(&self, position: Position) -> &str {
        self.name_at(narrow(position))
    }

    pub(super) fn name_at(&self, position: u32) -> &str {
        self.names.text(self.columns.at(position).resource)
    }

    fn newest_of(&self, name: &str) -> Option<u32> {
        let resource = self.names.number(name)?;
        Some(self.newest[resource as usize])
    }

    /// Returns the newest revisions of the resources between two names, in the order of names.
    pub(super) fn newest_between(
        &self,
        from: Bound<&str>,
        to: Bound<&str>,
    ) -> impl DoubleEndedIterator<Item = u32> {
        let resources = self.names.range(from, to);
        resources.map(|resource| self.newest[resource as usize])
    }

    /// Returns the commit time of a position, in microseconds since 1970.
    pub fn commit_micros(&self, position: Position) -> i64 {
        self.columns.at(narrow(position)).commit_micros
    }
}

fn ordinal(document: &Document) -> u32 {
    let ordinal = document.ordinal.map(u32::try_from);
    ordinal.and_then(Result::ok).unwrap_or(0)
}

fn date(document: &Document) -> Span {
    let mut dates = document.dates.iter();
    let date = dates.find(|(field, _)| *field == Field::Date);
    date.map_or((None, None), |(_, date)| *date)
}

/// The index counts in 32 bits; the store refuses to write beyond that.
pub(super) fn narrow(position: Position) -> u32 {
    u32::try_from(position).unwrap_or(u32::MAX)
}
