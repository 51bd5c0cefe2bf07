//! What happens at start: the whole log is read and checked, and the index rebuilt from it.

use std::{path::Path, thread};

use super::{
    head::Head,
    ring::Ring,
    scan::{BATCH_LEN, Scan, Scanned},
};
use crate::{
    index::Index,
    store::{
        digest::Digest,
        disk::log::{Log, named},
        error::{OpenError, StoreError},
        record::Position,
    },
};

/// What the log told.
pub(crate) struct Recovered {
    pub index: Index,
    pub ring: Ring,
    pub head: Head,
}

/// Reads the log from its beginning, telling how far it is. Refuses one that is not what was written,
/// or that ends before `mark`, which it is known to have reached.
pub(crate) fn recover(
    log: &Log,
    directory: &Path,
    mark: (Position, Digest),
    mut progress: impl FnMut(Position),
) -> Result<Recovered, OpenError> {
    let damaged = |position: Option<Position>, what: String| OpenError::Damaged {
        directory: directory.to_owned(),
        position,
        what,
    };
    let mut recovered = Recovered {
        index: Index::default(),
        ring: Ring::default(),
        head: Head::default(),
    };
    thread::scope(|scope| {
        for batch in Scan::start(scope, log, mark) {
            let after = recovered.head.position;
            let named = |error| named(log, after, after + BATCH_LEN as Position, error);
            recovered.admit(batch.map_err(named)?);
            progress(recovered.head.position);
        }
        Ok(())
    })
    .map_err(|error| match error {
        StoreError::Damaged { position, what } => damaged(Some(position), what),
        error => damaged(None, error.to_string()),
    })?;
    let end = recovered.head.position;
    if end < mark.0 {
        let what = format!("the log ends there, and it had reached position {}", mark.0);
        return Err(damaged(Some(end), what));
    }
    Ok(recovered)
}

impl Recovered {
    fn admit(&mut self, batch: Scanned) {
        let mut records = Vec::with_capacity(batch.len());
        for (record, document) in batch {
            let request = record.request.as_ref().map(|key| key.id.as_str());
            self.index.push(&document, record.commit_micros, request);
            self.head = Head {
                position: record.position,
                digest: record.digest,
                commit_micros: record.commit_micros,
            };
            records.push(record);
        }
        self.ring.push(&records);
    }
}
