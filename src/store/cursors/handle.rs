use tokio::sync::oneshot;

use super::{
    change::{CursorChange, CursorOutcome},
    group::CursorRequest,
    table::Cursors,
};
use crate::store::{error::StoreError, store::Store, writer::group::Request};

impl Store {
    /// The subscriptions, as they are durable.
    pub fn cursors(&self) -> &Cursors {
        &self.shared.cursors
    }

    /// Changes a subscription. What is answered is durable and visible.
    pub async fn change_cursor(
        &self,
        slug: &str,
        change: CursorChange,
    ) -> Result<CursorOutcome, StoreError> {
        let permit = self.permit().await?;
        let (answer, answered) = oneshot::channel();
        self.send(Request::Cursor(CursorRequest {
            slug: slug.to_owned(),
            change,
            answer,
            _permit: Some(permit),
        }))?;
        answered.await.unwrap_or(Err(StoreError::Closed))
    }

    /// Says that the stream of a lease has ended, without waiting. A store that is closing finds out
    /// by itself when it opens again.
    pub fn release_cursor(&self, slug: &str, epoch: u64) {
        let (answer, _) = oneshot::channel();
        let _ = self.send(Request::Cursor(CursorRequest {
            slug: slug.to_owned(),
            change: CursorChange::Release { epoch },
            answer,
            _permit: None,
        }));
    }
}
