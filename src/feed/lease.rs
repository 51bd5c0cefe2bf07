//! The lease of a subscription, as the stream that holds it sees it.

use std::sync::Arc;

use tokio::sync::watch;

use crate::{
    rejection::Rejection,
    store::{Cursor, CursorChange, CursorOutcome, Store, StoreError},
};

/// A lease that was taken. Dropped, it says that its stream has ended; the cursor and the right to
/// acknowledge stay until somebody else takes it.
pub(super) struct Lease {
    held: LeaseGuard,
    cursor: watch::Receiver<Arc<Cursor>>,
}

/// What is given back.
struct LeaseGuard {
    store: Store,
    slug: String,
    epoch: u64,
}

/// How a lease stands.
pub(super) enum LeaseState {
    /// It holds, and this is the subscription now.
    Holds(Arc<Cursor>),
    /// It is at this epoch now.
    Lost { epoch: u64 },
    /// The subscription was deleted.
    Gone,
}

impl Lease {
    /// Takes the lease, durably, whoever holds it.
    pub(super) async fn take(
        store: &Store,
        slug: &str,
        consumer: String,
    ) -> Result<Lease, Rejection> {
        let (store, slug) = (store.clone(), slug.to_owned());
        // A task of its own: when the client goes away meanwhile, the lease is still given back.
        let taking = tokio::spawn(async move {
            let change = CursorChange::Acquire { consumer };
            let cursor = match store.change_cursor(&slug, change).await? {
                CursorOutcome::Done(cursor) | CursorOutcome::Replayed(cursor) => cursor,
                CursorOutcome::Refused(refusal) => {
                    return Err(Rejection::of_subscription(&slug, refusal));
                }
            };
            let epoch = cursor.lease.epoch;
            let held = LeaseGuard {
                store: store.clone(),
                slug,
                epoch,
            };
            let follow = store.cursors().follow(&held.slug);
            let cursor = follow.ok_or_else(|| Rejection::not_found(&cursor.name()))?;
            Ok(Lease { held, cursor })
        });
        let taken = taking.await;
        taken.unwrap_or_else(|error| Err(StoreError::Failed(error.to_string()).into()))
    }

    /// Which one it is.
    pub(super) fn epoch(&self) -> u64 {
        self.held.epoch
    }

    /// "subscriptions/{subscription}".
    pub(super) fn name(&self) -> String {
        self.cursor.borrow().name()
    }

    /// How it stands now.
    pub(super) fn standing(&mut self) -> LeaseState {
        if self.cursor.has_changed().is_err() {
            return LeaseState::Gone;
        }
        let cursor = self.cursor.borrow_and_update().clone();
        match cursor.lease.epoch {
            epoch if epoch == self.held.epoch => LeaseState::Holds(cursor),
            epoch => LeaseState::Lost { epoch },
        }
    }

    /// Until the subscription changes or is gone. Dropped before that, it loses nothing.
    pub(super) async fn changed(&mut self) {
        // The error is that it is gone, which `standing` tells.
        let _ = self.cursor.changed().await;
    }
}

impl Drop for LeaseGuard {
    fn drop(&mut self) {
        self.store.release_cursor(&self.slug, self.epoch);
    }
}
