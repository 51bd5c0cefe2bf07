//! What subscriptions were given so far and none is given again, so that whatever outlives a deleted
//! one (an acknowledgement, an etag) is not taken for one of its namesake's.

use super::cursor::Cursor;
use crate::store::{
    digest::Digest,
    error::StoreError,
    log::{Edit, Entry, Table},
};

const KEY: &[u8] = b"past";
const LEN: usize = 16;

/// Epochs that one subscription may go through between two restores without meeting those of another
/// history.
const HISTORY_LEN: u64 = 1 << 20;

/// The highest numbers of subscriptions that are or were.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub(super) struct CursorHistory {
    /// Last incarnation that was given to a new subscription.
    pub incarnation: u64,
    /// Highest lease epoch of those that were deleted.
    pub epoch: u64,
}

impl CursorHistory {
    /// As it is among these entries; nothing is, of versions that did not keep it.
    pub(super) fn read(entries: &[Entry]) -> Result<CursorHistory, StoreError> {
        let Some((_, bytes)) = entries.iter().find(|(key, _)| key == KEY) else {
            return Ok(CursorHistory::default());
        };
        let bytes: [u8; LEN] = (**bytes).try_into().map_err(|_| damaged())?;
        let number = |half: &[u8]| Some(u64::from_be_bytes(half.try_into().ok()?));
        let (incarnation, epoch) = bytes.split_at(LEN / 2);
        match (number(incarnation), number(epoch)) {
            (Some(incarnation), Some(epoch)) => Ok(CursorHistory { incarnation, epoch }),
            _ => Err(damaged()),
        }
    }

    /// Keeps it.
    pub(super) fn edit(self) -> Edit {
        let mut bytes = Vec::with_capacity(LEN);
        bytes.extend_from_slice(&self.incarnation.to_be_bytes());
        bytes.extend_from_slice(&self.epoch.to_be_bytes());
        Edit {
            table: Table::SubscriptionChanges,
            key: KEY.to_vec(),
            value: Some(bytes),
        }
    }

    /// Of a store that begins with a history of its own: no number is likely to be one that another
    /// store with the same subscriptions gives out.
    pub(super) fn of_history(store_epoch: &str) -> CursorHistory {
        let [a, b, c, d, ..] = Digest::of(&[store_epoch.as_bytes()]).0;
        let begin = u64::from(u32::from_be_bytes([a, b, c, d]) >> 1) * HISTORY_LEN;
        CursorHistory {
            incarnation: begin,
            epoch: begin,
        }
    }

    /// Moves a subscription of another history into the one that begins here.
    pub(super) fn adopt(self, cursor: &mut Cursor) {
        cursor.incarnation = self.incarnation + cursor.incarnation % HISTORY_LEN;
        cursor.lease.epoch = self.epoch + cursor.lease.epoch % HISTORY_LEN;
    }

    /// The incarnation of a subscription that is made.
    pub(super) fn next_incarnation(&mut self) -> u64 {
        self.incarnation += 1;
        self.incarnation
    }

    /// The epoch of a lease that nobody has taken yet.
    pub(super) fn first_epoch(self) -> u64 {
        match self.epoch {
            0 => 0,
            epoch => epoch + 1,
        }
    }

    /// A subscription is deleted.
    pub(super) fn add(&mut self, deleted: &Cursor) {
        self.epoch = self.epoch.max(deleted.lease.epoch);
    }
}

fn damaged() -> StoreError {
    StoreError::DamagedSubscription {
        name: "the subscriptions".to_owned(),
        what: "what was given to earlier ones has another length".to_owned(),
    }
}
