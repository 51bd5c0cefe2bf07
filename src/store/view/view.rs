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

/// Records after which others who need the index are let in: a third of a millisecond.
const SLICE_LEN: usize = 32;

/// What the log has led to. Changed by [`apply`](View::apply) alone, with records that are durable.
#[derive(Debug)]
pub(crate) struct View {
    index: RwLock<Index>,
    ring: Ring,
    head: watch::Receiver<Head>,
    /// Gone once nothing is applied any more.
    moves_head: Mutex<Option<watch::Sender<Head>>>,
}

impl Default for View {
    /// That of an empty log.
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
    /// Takes the records that follow, each with its document, and those that they have `replaced`.
    /// The head moves last, so that whoever sees it finds everything up to there.
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
                // Otherwise the index would be taken again before anybody who was woken has come to it.
                thread::yield_now();
            }
            let mut index = self.index.write().unwrap_or_else(PoisonError::into_inner);
            for (record, document) in entries.by_ref().take(SLICE_LEN) {
                let request = record.request.as_ref().map(|key| key.id.as_str());
                index.push(document, record.commit_micros, request);
            }
        }
        self.ring.push(records);
        if let Some(head) = &*self.moves_head() {
            head.send_replace(Head::of(newest));
        }
    }

    /// Takes what was erased out of memory.
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

    /// The index, for a moment: `apply` waits while it is held. It may know of positions beyond the
    /// head, so every question to it names a position up to which it is asked.
    pub(crate) fn index(&self) -> RwLockReadGuard<'_, Index> {
        self.index.read().unwrap_or_else(PoisonError::into_inner)
    }

    /// One of the newest records, if it is still in memory.
    pub(crate) fn recent(&self, position: Position) -> Option<Arc<Record>> {
        self.ring.get(position)
    }

    /// The records at these positions, if all are still in memory.
    pub(crate) fn recent_all(&self, positions: &[Position]) -> Option<Vec<Arc<Record>>> {
        self.ring.get_all(positions.iter().copied())
    }

    /// The end of the log as far as it was applied.
    pub(crate) fn head(&self) -> Head {
        *self.head.borrow()
    }

    /// Follows the head, until the view is closed.
    pub(crate) fn follow_head(&self) -> watch::Receiver<Head> {
        self.head.clone()
    }

    /// Nothing is applied from now on, which those learn who follow the head.
    pub(crate) fn close(&self) {
        *self.moves_head() = None;
    }

    fn moves_head(&self) -> MutexGuard<'_, Option<watch::Sender<Head>>> {
        self.moves_head
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }
}
