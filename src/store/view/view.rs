use std::{
    sync::{Arc, Mutex, MutexGuard, PoisonError, RwLock, RwLockReadGuard},
    thread,
};

use tokio::sync::watch;

use super::{head::Head, ring::Ring};
use crate::{
    filter::Document,
    index::Index,
    store::record::{Position, Record},
};

/// The number of records after which the index is released to others: a third of a millisecond.
const SLICE_LEN: usize = 32;

/// The state that the log has led to. Only [`apply`](View::apply) changes it, with durable records.
#[derive(Debug)]
pub(crate) struct View {
    index: RwLock<Index>,
    ring: Ring,
    head: watch::Receiver<Head>,
    /// `None` once the view is closed.
    moves_head: Mutex<Option<watch::Sender<Head>>>,
}

impl Default for View {
    /// Makes the view of an empty log.
    fn default() -> View {
        let (moves_head, head) = watch::channel(Head::default());
        View {
            index: RwLock::default(),
            ring: Ring::default(),
            head,
            moves_head: Mutex::new(Some(moves_head)),
        }
    }
}

impl View {
    /// Applies the records that follow, each with its document, and the earlier ones that they have
    /// `replaced`. The head moves last, so that a reader that sees it finds everything up to there.
    pub(crate) fn apply<'a>(
        &self,
        records: &[Arc<Record>],
        documents: impl IntoIterator<Item = &'a Document>,
        replaced: &[Arc<Record>],
    ) {
        let Some(newest) = records.last() else { return };
        self.replace(replaced);
        let mut entries = records.iter().zip(documents);
        for at in (0..records.len()).step_by(SLICE_LEN) {
            if at > 0 {
                // Otherwise this thread would lock the index again before a woken thread can.
                thread::yield_now();
            }
            let mut index = self.index.write().unwrap_or_else(PoisonError::into_inner);
            for (record, document) in entries.by_ref().take(SLICE_LEN) {
                let request = record.request.as_ref().map(|key| key.id.as_str());
                index.push(document, record.commit_micros, request);
                if let Some(tracking) = &record.tracking {
                    index.track(&tracking.source, tracking.position, record.position);
                }
            }
        }
        self.ring.push(records);
        if let Some(head) = &*self.moves_head() {
            head.send_replace(Head::of(newest));
        }
    }

    /// Removes erased content from memory.
    fn replace(&self, records: &[Arc<Record>]) {
        self.ring.replace(records);
        let mut documents = Vec::with_capacity(records.len());
        for record in records {
            match record.document() {
                Ok(document) => documents.push((record.position, document)),
                Err(error) => tracing::error!(%error, "a redacted record cannot be indexed"),
            }
        }
        if !documents.is_empty() {
            let mut index = self.index.write().unwrap_or_else(PoisonError::into_inner);
            index.replace(&documents);
        }
    }

    /// Locks the index for reading. Hold it only for a moment, as `apply` waits. The index may contain
    /// positions beyond the head, so every question names a position up to which it is asked.
    pub(crate) fn index(&self) -> RwLockReadGuard<'_, Index> {
        self.index.read().unwrap_or_else(PoisonError::into_inner)
    }

    /// Returns a record, if it is still in memory.
    pub(crate) fn recent(&self, position: Position) -> Option<Arc<Record>> {
        self.ring.get(position)
    }

    /// Returns the records at these positions, if all are still in memory.
    pub(crate) fn recent_all(&self, positions: &[Position]) -> Option<Vec<Arc<Record>>> {
        self.ring.get_all(positions.iter().copied())
    }

    /// Returns the end of the log, as far as it was applied.
    pub(crate) fn head(&self) -> Head {
        *self.head.borrow()
    }

    /// Follows the head, until the view is closed.
    pub(crate) fn follow_head(&self) -> watch::Receiver<Head> {
        self.head.clone()
    }

    /// Closes the view: nothing is applied from now on, and the followers of the head are notified.
    pub(crate) fn close(&self) {
        *self.moves_head() = None;
    }

    fn moves_head(&self) -> MutexGuard<'_, Option<watch::Sender<Head>>> {
        self.moves_head
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }
}
