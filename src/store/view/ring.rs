//! The newest records in memory, shared by all readers, so that a thousand watchers at the head
//! cause no reads from disk.

use std::{
    collections::VecDeque,
    mem,
    sync::{Arc, PoisonError, RwLock},
};

use crate::store::record::{Position, Record};

/// The bounds of what is kept. The first one reached applies.
const RECORDS_MAX: usize = 32_768;
const BYTES_MAX: usize = 32 << 20;

/// The newest records, at adjacent positions, up to the newest.
#[derive(Debug, Default)]
pub(crate) struct Ring {
    records: RwLock<Kept>,
}

#[derive(Debug, Default)]
struct Kept {
    records: VecDeque<Arc<Record>>,
    bytes: usize,
}

impl Ring {
    /// Adds the records of a group, which must follow the kept ones.
    pub(crate) fn push(&self, group: &[Arc<Record>]) {
        let mut kept = self.records.write().unwrap_or_else(PoisonError::into_inner);
        for record in group {
            kept.bytes += record.change.len();
            kept.records.push_back(record.clone());
        }
        while kept.records.len() > RECORDS_MAX || kept.bytes > BYTES_MAX {
            let Some(oldest) = kept.records.pop_front() else {
                break;
            };
            kept.bytes -= oldest.change.len();
        }
    }

    /// Replaces the records at the same positions, as far as they are kept.
    pub(crate) fn replace(&self, records: &[Arc<Record>]) {
        let mut kept = self.records.write().unwrap_or_else(PoisonError::into_inner);
        for record in records {
            let Some(place) = kept.at_mut(record.position) else {
                continue;
            };
            let before = mem::replace(place, record.clone()).change.len();
            kept.bytes = kept.bytes + record.change.len() - before;
        }
    }

    /// Returns a record, if it is still kept.
    pub(crate) fn get(&self, position: Position) -> Option<Arc<Record>> {
        let kept = self.records.read().unwrap_or_else(PoisonError::into_inner);
        kept.at(position).cloned()
    }

    /// Returns the records at `positions`, if all are still kept.
    pub(crate) fn get_all(
        &self,
        positions: impl Iterator<Item = Position>,
    ) -> Option<Vec<Arc<Record>>> {
        let kept = self.records.read().unwrap_or_else(PoisonError::into_inner);
        positions
            .map(|position| kept.at(position).cloned())
            .collect()
    }
}

impl Kept {
    fn at(&self, position: Position) -> Option<&Arc<Record>> {
        self.records.get(self.place(position)?)
    }

    fn at_mut(&mut self, position: Position) -> Option<&mut Arc<Record>> {
        let place = self.place(position)?;
        self.records.get_mut(place)
    }

    fn place(&self, position: Position) -> Option<usize> {
        let first = self.records.front()?.position;
        usize::try_from(position.checked_sub(first)?).ok()
    }
}

#[cfg(test)]
mod tests {
    use bytes::Bytes;

    use super::*;
    use crate::store::digest::Digest;

    fn record(position: Position, len: usize) -> Arc<Record> {
        let change = Bytes::from(vec![0; len]);
        Arc::new(Record::chained(
            Digest::default(),
            position,
            change,
            None,
            0,
            0,
        ))
    }

    #[test]
    fn only_what_fits_is_kept() {
        let ring = Ring::default();
        for position in 1..=5 {
            ring.push(&[record(position, BYTES_MAX / 4)]);
        }
        assert!(ring.get(1).is_none());
        assert_eq!(ring.get_all(2..=5).unwrap().len(), 4);
        assert!(ring.get(6).is_none());
    }
}
