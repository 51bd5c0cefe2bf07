use std::collections::HashMap;

use crate::{
    index::Index,
    store::record::{Position, Record},
};

/// What a group will have changed in the index, for the writes that are added to it next. The index
/// itself changes when the group is durable.
#[derive(Debug, Default)]
pub(crate) struct Overlay {
    /// Position of the newest revision, by the resource's name.
    newest: HashMap<String, Position>,
    /// Position of the first record, by the request's id.
    requests: HashMap<String, Position>,
}

impl Overlay {
    /// Adds a revision of the resource with this name.
    pub(crate) fn add(&mut self, name: &str, record: &Record) {
        self.newest.insert(name.to_owned(), record.position);
        if let Some(key) = &record.request {
            self.requests.insert(key.id.clone(), record.position);
        }
    }

    /// Position of the newest revision of a resource, above the index.
    pub(crate) fn newest(&self, index: &Index, name: &str) -> Option<Position> {
        self.newest
            .get(name)
            .copied()
            .or_else(|| index.newest(name))
    }

    /// Position of the first record of a request, above the index.
    pub(crate) fn request(&self, index: &Index, id: &str) -> Option<Position> {
        self.requests.get(id).copied().or_else(|| index.request(id))
    }
}
