//! The number of changes of subscriptions. It is counted in sled after each change, and in a file
//! outside sled once the change is durable and before it is answered. When sled's count is below the
//! file's, answered changes are lost, however healthy the rest looks: when the end of its log is
//! damaged, sled goes back to what lies before the damage.

use std::{io, path::Path};

use super::{
    blocks::Blocks, directory::SUBSCRIPTIONS_MARK, high_water::HighWater, sync::sync_directory,
};
use crate::store::{
    digest::Digest,
    error::StoreError,
    log::{Edit, Table},
};

const KEY: &[u8] = b"count";

/// The count and its mark. The mark's file is not synced: it is a lower bound, and may be an old one
/// after a power cut.
#[derive(Debug)]
pub(crate) struct ChangeCount {
    count: u64,
    mark: HighWater,
}

/// How often subscriptions were changed, according to the mark and to the log.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub struct Changes {
    /// The least number of changes that were answered.
    pub answered: u64,
    /// The number of changes that the log contains.
    pub there: u64,
}

impl Changes {
    /// Reads both numbers from the log and the mark in a directory. A number that cannot be read is 0.
    pub(crate) fn of(blocks: &Blocks, directory: &Path) -> Changes {
        Changes {
            answered: HighWater::reached_in(&directory.join(SUBSCRIPTIONS_MARK)).unwrap_or(0),
            there: read(blocks).unwrap_or(0),
        }
    }
}

impl ChangeCount {
    /// Reads the count and its mark. Fails when the count is below the mark.
    pub(crate) fn open(blocks: &Blocks, directory: &Path) -> Result<ChangeCount, StoreError> {
        let count = read(blocks)?;
        let name = directory.join(SUBSCRIPTIONS_MARK);
        if count > 0 && matches!(name.try_exists(), Ok(false)) {
            return Err(damaged(format!(
                "the file {SUBSCRIPTIONS_MARK} is missing, without which nobody can tell whether acknowledgements \
                 are lost; put it back if it was moved, or `entente backup salvage` keeps what is there"
            )));
        }
        let opened = HighWater::open_file(&name);
        let opened = opened.and_then(|mark| sync_directory(directory).map(|()| mark));
        let mark = opened
            .map_err(|error| StoreError::Failed(format!("open {SUBSCRIPTIONS_MARK}: {error}")))?;
        let reached = mark.mark.0;
        if count < reached {
            return Err(damaged(format!(
                "{reached} changes were answered and {count} are there, so \
                 acknowledgements are lost; `entente backup salvage` keeps the others, and \
                 consumers then get again what they had acknowledged since"
            )));
        }
        Ok(ChangeCount { count, mark })
    }

    /// Counts a group of changes that has just been written. Durable after the next sync.
    pub(crate) fn write(&mut self, blocks: &Blocks) -> Result<(), StoreError> {
        self.count += 1;
        write(blocks, self.count)
    }

    /// Raises the mark to the count, whose changes are durable and are answered next.
    pub(crate) fn raise_mark(&mut self) {
        // Only a check is lost.
        if let Err(error) = self.mark.raise(self.count, Digest::default()) {
            tracing::warn!(%error, "cannot raise the mark of subscriptions");
        }
    }
}

/// Starts the count in a log that was just filled, as if each of its subscriptions had been changed
/// once, so that a missing [mark](begin_mark) is noticed.
pub(crate) fn begin_count(blocks: &Blocks, subscriptions: usize) -> Result<(), StoreError> {
    write(blocks, subscriptions as u64)
}

/// Creates the mark of a durable log whose count was [started](begin_count). Does not sync the
/// directory.
pub(crate) fn begin_mark(directory: &Path, subscriptions: usize) -> io::Result<()> {
    let mut mark = HighWater::open_file(&directory.join(SUBSCRIPTIONS_MARK))?;
    mark.raise(subscriptions as u64, Digest::default())?;
    mark.sync()
}

fn write(blocks: &Blocks, count: u64) -> Result<(), StoreError> {
    blocks.edit(&[Edit {
        table: Table::SubscriptionChanges,
        key: KEY.to_vec(),
        value: Some(count.to_be_bytes().to_vec()),
    }])
}

fn read(blocks: &Blocks) -> Result<u64, StoreError> {
    let Some(bytes) = blocks.value(Table::SubscriptionChanges, KEY)? else {
        // Written by a version that did not count.
        return Ok(0);
    };
    let bytes = <[u8; 8]>::try_from(&*bytes);
    let bytes = bytes.map_err(|_| damaged("their count has another length".to_owned()))?;
    Ok(u64::from_be_bytes(bytes))
}

fn damaged(what: String) -> StoreError {
    StoreError::DamagedSubscription {
        name: "the subscriptions".to_owned(),
        what,
    }
}
