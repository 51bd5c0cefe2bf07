//! What happens at start: the whole log is read and checked, and the index rebuilt from it.

use std::{ops::ControlFlow, path::Path, sync::Arc};

use prost::Message;

use super::{
    digest::Digest,
    error::{OpenError, StoreError},
    head::Head,
    log::Log,
    record::{Position, Record, Resource},
    ring::Ring,
};
use crate::{
    index::{Document, Index},
    proto::v1,
};

const BATCH_LEN: usize = 1_024;

/// What the log told.
pub struct Recovered {
    pub index: Index,
    pub ring: Ring,
    pub head: Head,
}

/// Reads the log from its beginning, telling how far it is. Refuses one that is not what was written,
/// or that ends before `mark`, which it is known to have reached.
pub fn recover(
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
    while let ControlFlow::Continue(()) =
        recovered.read_on(log, mark).map_err(|error| match error {
            StoreError::Damaged { position, what } => damaged(Some(position), what),
            error => damaged(None, error.to_string()),
        })?
    {
        progress(recovered.head.position);
    }
    let end = recovered.head.position;
    if end < mark.0 {
        let what = format!("the log ends there, and it had reached position {}", mark.0);
        return Err(damaged(Some(end), what));
    }
    Ok(recovered)
}

/// What the index is to know of a record.
pub fn document(record: &Record) -> Result<Document, StoreError> {
    let damaged = |what: String| StoreError::Damaged {
        position: record.position,
        what,
    };
    let resource = record.resource();
    let document = match resource.map_err(|error| damaged(error.to_string()))? {
        Resource::Event(bytes) => v1::Event::decode(bytes).map(|event| Document::of_event(&event)),
        Resource::Partnership(bytes) => {
            v1::Partnership::decode(bytes).map(|resource| Document::of_partnership(&resource))
        }
    };
    document.map_err(|error| damaged(error.to_string()))
}

impl Recovered {
    fn read_on(
        &mut self,
        log: &Log,
        mark: (Position, Digest),
    ) -> Result<ControlFlow<()>, StoreError> {
        let after = self.head.position;
        let records = log.read_after(after, Position::MAX, BATCH_LEN)?;
        if records.is_empty() {
            return Ok(ControlFlow::Break(()));
        }
        let records: Vec<Arc<Record>> = records.into_iter().map(Arc::new).collect();
        for record in &records {
            self.admit(record, mark)?;
        }
        self.ring.push(&records);
        Ok(ControlFlow::Continue(()))
    }

    fn admit(&mut self, record: &Record, mark: (Position, Digest)) -> Result<(), StoreError> {
        let position = record.position;
        let damaged = |what: &str| StoreError::Damaged {
            position,
            what: what.to_owned(),
        };
        record.check_after(self.head.position, self.head.digest)?;
        if position == mark.0 && record.digest != mark.1 {
            return Err(damaged(
                "the log was another one when it reached this position",
            ));
        }
        let document = document(record)?;
        let request = record.request.as_ref().map(|key| key.id.as_str());
        self.index.push(&document, record.commit_micros, request);
        self.head = Head {
            position,
            digest: record.digest,
            commit_micros: record.commit_micros,
        };
        Ok(())
    }
}
