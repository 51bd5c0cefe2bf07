//! What is left to do until no file holds what was redacted.
//!
//! The log is [written anew](super::compaction), and the one before is removed. That may have to
//! wait for whoever still reads there, and is then tried again every second. The store is whole
//! all the time, and what was redacted is not served.

use super::{
    blocks::Blocks,
    compaction::{Compacted, make_done, remove_replaced},
    directory::Directory,
    syncer::Syncer,
};
use crate::store::{error::StoreError, record::Position};

/// What is left to do.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Erasure {
    /// Nothing, or all of it with the next redaction or at the next start.
    Settled,
    /// To remove the log that was replaced.
    Replaced,
    /// The same, and then to write the log anew once more.
    Again,
}

impl Erasure {
    /// Writes the log anew, up to its end. Gives the new one's syncer, once it has taken the place of
    /// the one before.
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
                    "what was redacted is no longer served, but still in files; it is tried again \
                     when what is in the way is gone, with the next redaction and at the next start"
                );
                let left = match directory.old_sled().exists() {
                    true => Erasure::Again,
                    false => Erasure::Settled,
                };
                Ok((None, left))
            }
        }
    }

    /// Removes the log that was replaced, if that can be done, and tells what is left.
    pub(crate) fn end(directory: &Directory) -> Erasure {
        if let Err(error) = remove_replaced(directory) {
            tracing::debug!(%error, "a log that was replaced is still in files");
            return Erasure::Replaced;
        }
        if let Err(error) = make_done(directory) {
            // The next start does all of it once more.
            tracing::warn!(%error, "what was redacted is erased, which could not be noted");
        }
        Erasure::Settled
    }

    /// Whether nothing is in the way of beginning again.
    pub(crate) fn can_begin(directory: &Directory) -> bool {
        remove_replaced(directory).is_ok()
    }
}
