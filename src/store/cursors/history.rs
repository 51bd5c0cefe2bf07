//! The numbers that subscriptions were given so far. None is given again, so that an acknowledgement or
//! etag of a deleted subscription is not valid for a later one with the same name.

use super::cursor::Cursor;
use crate::store::{
    digest::Digest,
    error::StoreError,
    log::{Edit, Entry, Table},
};

const KEY: &[u8] = b"past";
const LEN: usize = 16;

/// The number of lease epochs that a subscription may use between two restores without reaching those
/// of another history.
const HISTORY_LEN: u64 = 1 << 20;

/// The highest numbers of all subscriptions, past and present.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub(super) struct CursorHistory {
    /// The last incarnation that was given to a new subscription.
    pub incarnation: u64,
    /// The highest lease epoch of the deleted subscriptions.
    pub epoch: u64,
}

impl CursorHistory {
    /// Reads it from these entries. Versions that did not keep it have no entry, which counts as zero.
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

    /// Returns the edit that stores it.
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

    /// Returns where the numbers of a new history begin. They are unlikely to meet those that another
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

    /// Returns the incarnation of a new subscription.
    pub(super) fn next_incarnation(&mut self) -> u64 {
        self.incarnation += 1;
        self.incarnation
    }

    /// Returns the epoch of a lease that nobody has taken yet.
    pub(super) fn first_epoch(self) -> u64 {
        match self.epoch {
            0 => 0,
            epoch => epoch + 1,
        }
    }

    /// Takes in the numbers of a deleted subscription.
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
