//! Reads the whole log in order. One thread reads and checks it, and others prepare it for the
//! index, ahead of the consumer. Indexing, which must be in order, takes most of the time of a
//! start, so the rest is done in parallel.

use std::{
    num::NonZero,
    sync::{
        Arc,
        mpsc::{Receiver, SyncSender, sync_channel},
    },
    thread::{self, Scope},
};

use super::erasures::Erasures;
use crate::{
    filter::Document,
    store::{
        digest::Digest,
        error::StoreError,
        log::Log,
        record::{Position, Record},
    },
};

/// The number of records in a batch: few enough that even the largest, with all their words, are no
/// burden to a small machine.
pub(crate) const BATCH_LEN: usize = 256;
/// The most batches that wait in each queue.
const AHEAD_MAX: usize = 1;
const DECODERS_MAX: usize = 4;

/// Records whose chain was checked, and the document of each for the index.
pub(crate) struct Scanned {
    pub records: Vec<Arc<Record>>,
    pub documents: Vec<Document>,
}

/// Batches of records in order of positions, up to the end of the log.
pub(crate) struct Scan {
    /// The output of each decoder. The decoders take turns.
    batches: Vec<Receiver<Result<Scanned, StoreError>>>,
    next: usize,
}

impl Scan {
    /// Starts to read. Ends when it is dropped, or with an error at the first record that does not
    /// follow from the one before, or whose digest at `mark` is another one.
    pub(crate) fn start<'scope>(
        scope: &'scope Scope<'scope, '_>,
        log: &'scope dyn Log,
        mark: (Position, Digest),
    ) -> Scan {
        let processors = thread::available_parallelism().map_or(1, NonZero::get);
        let mut checked = Vec::new();
        let mut batches = Vec::new();
        for _ in 0..(processors - 1).clamp(1, DECODERS_MAX) {
            let (queue, records) = sync_channel(AHEAD_MAX);
            let (decoded, batch) = sync_channel(AHEAD_MAX);
            scope.spawn(move || decode_all(&records, &decoded));
            checked.push(queue);
            batches.push(batch);
        }
        scope.spawn(move || read_all(log, mark, &checked));
        Scan { batches, next: 0 }
    }
}

impl Iterator for Scan {
    type Item = Result<Scanned, StoreError>;

    fn next(&mut self) -> Option<Self::Item> {
        // The thread ends after the last batch.
        let batch = self.batches[self.next].recv().ok()?;
        self.next = (self.next + 1) % self.batches.len();
        Some(batch)
    }
}

type Checked = Result<Vec<Record>, StoreError>;

fn read_all(log: &dyn Log, mark: (Position, Digest), decoders: &[SyncSender<Checked>]) {
    let mut end = (0, Digest::default());
    let mut erasures = Erasures::default();
    for decoder in decoders.iter().cycle() {
        let batch = read_checked(log, &mut end, mark).and_then(|records| {
            records.iter().for_each(|record| erasures.add(record));
            match records.is_empty() {
                true => erasures.check_complete().map(|()| records),
                false => Ok(records),
            }
        });
        // Nothing after an error would be used.
        let last = batch.is_err();
        if batch.as_ref().is_ok_and(Vec::is_empty) || decoder.send(batch).is_err() || last {
            break;
        }
    }
}

/// Reads and checks the records after `end`, and moves `end` to the last of them.
fn read_checked(log: &dyn Log, end: &mut (Position, Digest), mark: (Position, Digest)) -> Checked {
    let records = log.read_after(end.0, Position::MAX, BATCH_LEN)?;
    for record in &records {
        record.check_after(end.0, end.1)?;
        if record.position == mark.0 && record.digest != mark.1 {
            return Err(StoreError::Damaged {
                position: record.position,
                what: "the log was another one when it reached this position".to_owned(),
            });
        }
        *end = (record.position, record.digest);
    }
    Ok(records)
}

fn decode_all(checked: &Receiver<Checked>, decoded: &SyncSender<Result<Scanned, StoreError>>) {
    for batch in checked {
        let batch = batch.and_then(|records| {
            let documents = records
                .iter()
                .map(Record::document)
                .collect::<Result<_, _>>()?;
            let records = records.into_iter().map(Arc::new).collect();
            Ok(Scanned { records, documents })
        });
        if decoded.send(batch).is_err() {
            break;
        }
    }
}
