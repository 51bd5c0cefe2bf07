//! Erases redacted content from the files.
//!
//! The log is [rewritten](super::compaction), and the old one is removed. The removal may have to wait
//! for readers of the old log, and is then retried every second. The store is complete all the time,
//! and never serves redacted content.

use super::{
    blocks::Blocks,
    compaction::{Compacted, make_done, remove_replaced},
    directory::Directory,
    syncer::Syncer,
};
use crate::store::{error::StoreError, record::Position};

/// The part of an erasure that is still to be done.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Erasure {
    /// Nothing; after a failure, everything, with the next redaction or at the next start.
    Settled,
    /// The replaced log must be removed.
    Replaced,
    /// The replaced log must be removed, and then the log must be rewritten once more.
    Again,
}

impl Erasure {
    /// Rewrites the log up to `upto`, its end. Returns the syncer of the new log if it has replaced the
    /// old one.
    pub(crate) fn begin(
        directory: &Directory,
        blocks: &Blocks,
        upto: Position,
    ) -> Result<(Option<Syncer>, Erasure), StoreError> {
        match Compacted::copy(directory, blocks, upto) {
            Ok(compacted) => {
                let syncer = compacted.replace(directory, blocks)?;
                Ok((Some(syncer), Erasure::Replaced))
            }
            Err(error) => {
                tracing::error!(
                    %error,
                    "redacted content is no longer served but still in files; erasing it is tried again once \
                     the obstacle is gone, with the next redaction and at the next start"
                );
                let left = match directory.old_sled().exists() {
                    true => Erasure::Again,
                    false => Erasure::Settled,
                };
                Ok((None, left))
            }
        }
    }

    /// Removes the replaced log, if possible, and returns what is left to do.
    pub(crate) fn end(directory: &Directory) -> Erasure {
        if let Err(error) = remove_replaced(directory) {
            tracing::debug!(%error, "a log that was replaced is still in files");
            return Erasure::Replaced;
        }
        if let Err(error) = make_done(directory) {
            // The next start repeats the erasure.
            tracing::warn!(%error, "redacted content is erased, which could not be noted");
        }
        Erasure::Settled
    }

    /// Returns whether the log can be rewritten now: whether the replaced one could be removed.
    pub(crate) fn can_begin(directory: &Directory) -> bool {
        remove_replaced(directory).is_ok()
    }
}
