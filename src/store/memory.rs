//! A log in memory, for tests of the layers above. It is lost with the process.

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use super::{
    digest::Digest,
    error::StoreError,
    log::{Appended, Batch, Entry, Log, Table},
    record::{Position, Record},
};

/// A log that several stores may be opened on, one after the other or at the same time.
#[derive(Debug)]
pub struct MemoryLog {
    epoch: String,
    kept: Mutex<Kept>,
}

#[derive(Debug, Default)]
struct Kept {
    records: Vec<Arc<Record>>,
    tables: BTreeMap<(Table, Vec<u8>), Vec<u8>>,
    /// Whether the next batch, whose outcome is unknown to the caller, is applied.
    lost_answer: Option<bool>,
}

impl MemoryLog {
    /// Makes an empty log of a history with this identity.
    pub fn new(epoch: &str) -> MemoryLog {
        MemoryLog {
            epoch: epoch.to_owned(),
            kept: Mutex::default(),
        }
    }

    /// Makes the outcome of the next batch unknown to the caller. The batch is applied, or not.
    pub fn lose_next_answer(&self, is_applied: bool) {
        self.kept().lost_answer = Some(is_applied);
    }

    fn kept(&self) -> MutexGuard<'_, Kept> {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Kept {
    fn end(&self) -> Position {
        self.records.len() as Position
    }

    /// Returns up to `count` records after a position, up to and including `upto`.
    fn after(&self, after: Position, upto: Position, count: usize) -> &[Arc<Record>] {
        let first = after.min(self.end()) as usize;
        let end = upto.min(self.end()).max(after.min(self.end())) as usize;
        &self.records[first..end.min(first.saturating_add(count))]
    }

    fn apply(&mut self, batch: &Batch<'_>) {
        for record in batch.replaced {
            self.records[record.position as usize - 1] = record.clone();
        }
        self.records.extend(batch.records.iter().cloned());
        for edit in batch.edits {
            let key = (edit.table, edit.key.clone());
            match &edit.value {
                Some(value) => self.tables.insert(key, value.clone()),
                None => self.tables.remove(&key),
            };
        }
    }
}

impl Log for MemoryLog {
    fn epoch(&self) -> &str {
        &self.epoch
    }

    fn reached(&self) -> (Position, Digest) {
        let kept = self.kept();
        let newest = kept.records.last();
        newest.map_or_else(Default::default, |record| (record.position, record.digest))
    }

    fn read(&self, position: Position) -> Result<Record, StoreError> {
        let records = self.read_after(position.saturating_sub(1), position, 1)?;
        records.into_iter().next().ok_or(StoreError::Damaged {
            position,
            what: "it is missing".to_owned(),
        })
    }

    fn read_after(
        &self,
        after: Position,
        upto: Position,
        count: usize,
    ) -> Result<Vec<Record>, StoreError> {
        let kept = self.kept();
        let records = kept.after(after, upto, count).iter();
        Ok(records.map(|record| Record::clone(record)).collect())
    }

    fn entries(&self, table: Table) -> Result<Vec<Entry>, StoreError> {
        let kept = self.kept();
        let entries = kept.tables.iter().filter(|((of, _), _)| *of == table);
        let entry = |((_, key), value): (&(Table, Vec<u8>), &Vec<u8>)| {
            (key.clone().into(), value.clone().into())
        };
        Ok(entries.map(entry).collect())
    }

    fn append(&self, batch: &Batch<'_>) -> Appended {
        let mut kept = self.kept();
        if batch.after != kept.end() {
            return Appended::Superseded;
        }
        let lost = kept.lost_answer.take();
        if lost != Some(false) {
            kept.apply(batch);
        }
        match lost {
            None => Appended::Applied,
            Some(_) => Appended::Unknown(StoreError::Failed("the answer is lost".to_owned())),
        }
    }

    fn check_room(&self) -> Result<(), StoreError> {
        Ok(())
    }

    fn reserve_room(&self) -> Result<(), StoreError> {
        Ok(())
    }

    fn maintain(&self) -> Result<(), StoreError> {
        Ok(())
    }

    fn erase_replaced(&self) -> Result<(), StoreError> {
        Ok(())
    }

    fn is_erasure_pending(&self) -> bool {
        false
    }

    fn close(&self) {}
}
