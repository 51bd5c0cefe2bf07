use std::collections::HashMap;

use crate::{
    index::Index,
    store::record::{Position, Record},
};

/// The changes that a group will make to the index, for checking the writes that are added to it next.
/// The index itself changes once the group is durable.
#[derive(Debug, Default)]
pub(crate) struct Overlay {
    /// The position of the newest revision, by the name of its resource.
    newest: HashMap<String, Position>,
    /// The position of the first record, by the id of its request.
    requests: HashMap<String, Position>,
    /// How far each source of a publisher is written.
    tracked: HashMap<String, u64>,
}

impl Overlay {
    /// Adds a revision of the resource with this name.
    pub(crate) fn add(&mut self, name: &str, record: &Record) {
        self.newest.insert(name.to_owned(), record.position);
        if let Some(key) = &record.request {
            self.requests.insert(key.id.clone(), record.position);
        }
        if let Some(tracking) = &record.tracking {
            self.tracked
                .insert(tracking.source.clone(), tracking.position);
        }
    }

    /// Returns how far a source of a publisher is written, in the group or else in the index.
    pub(crate) fn tracked(&self, index: &Index, source: &str) -> Option<u64> {
        let in_group = self.tracked.get(source).copied();
        in_group.or_else(|| index.tracked(source).map(|(tracked, _)| tracked))
    }

    /// Returns the position of the newest revision of a resource, in the group or else in the index.
    pub(crate) fn newest(&self, index: &Index, name: &str) -> Option<Position> {
        self.newest
            .get(name)
            .copied()
            .or_else(|| index.newest(name))
    }

    /// Returns the position of the first record of a request, in the group or else in the index.
    pub(crate) fn request(&self, index: &Index, id: &str) -> Option<Position> {
        self.requests.get(id).copied().or_else(|| index.request(id))
    }
}
