//! What is left to do until no file holds what was redacted.
//!
//! The log is [written anew](crate::store::disk::compaction), and the one before is removed. That may have to
//! wait for whoever still reads there, and is then tried again every second. The store is whole
//! all the time, and what was redacted is not served.

use std::{thread, time::Duration};

use super::{
    compaction::{Compacted, is_pending, make_done, remove_replaced},
    directory::Directory,
    log::{Log, Syncer},
};
use crate::store::{error::StoreError, record::Position, writer::Writer};

/// Readers that have begun in a log that was replaced end within this time, mostly.
const READERS_END: Duration = Duration::from_millis(20);
const READERS_END_MAX: usize = 10;

/// What is left to do.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub(crate) enum Erasure {
    /// Nothing, or all of it with the next redaction or at the next start.
    #[default]
    Settled,
    /// To remove the log that was replaced.
    Replaced,
    /// The same, and then to write the log anew once more.
    Again,
}

/// Goes on with what was not done when the store was closed.
pub(crate) fn finish_erasure(
    directory: &Directory,
    log: &Log,
    syncer: Syncer,
    upto: Position,
) -> Result<(Syncer, Erasure), StoreError> {
    if !is_pending(directory) {
        return Ok((syncer, Erasure::Settled));
    }
    match Compacted::copy(directory, log, upto) {
        Ok(compacted) => {
            let next = compacted.replace(directory, log)?;
            // It has the log open that was replaced.
            drop(syncer);
            Ok((next, removed(directory)))
        }
        Err(error) => {
            tell_pending(&error);
            let is_replaced = directory.old_sled().exists();
            let left = if is_replaced {
                Erasure::Again
            } else {
                Erasure::Settled
            };
            Ok((syncer, left))
        }
    }
}

impl Writer {
    /// Writes the log anew, so that its files no longer hold what was erased from it. Writes wait
    /// meanwhile, reads do not.
    pub(crate) fn erase(&mut self) {
        let upto = self.head.borrow().position;
        match Compacted::copy(&self.directory, &self.log, upto) {
            Ok(compacted) => match compacted.replace(&self.directory, &self.log) {
                Ok(syncer) => {
                    self.syncer = syncer;
                    self.erasure = Erasure::Replaced;
                    self.finish_soon();
                }
                Err(error) => self.fail(error),
            },
            Err(error) => {
                tell_pending(&error);
                if self.directory.old_sled().exists() {
                    self.erasure = Erasure::Again;
                }
            }
        }
    }

    /// Waits a little for readers.
    fn finish_soon(&mut self) {
        for _ in 0..READERS_END_MAX {
            self.finish_erasing();
            if self.erasure == Erasure::Settled {
                break;
            }
            thread::sleep(READERS_END);
        }
    }

    /// Does what is left, if it can be done.
    pub(crate) fn finish_erasing(&mut self) {
        let is_first = self.erasure == Erasure::Replaced;
        if self.erasure == Erasure::Settled || self.failure.borrow().is_some() {
            return;
        }
        if is_first {
            self.erasure = removed(&self.directory);
        } else if remove_replaced(&self.directory).is_ok() {
            self.erasure = Erasure::Settled;
            self.erase();
        }
    }
}

/// Removes the log that was replaced, if that can be done, and tells what is left.
fn removed(directory: &Directory) -> Erasure {
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

fn tell_pending(error: &StoreError) {
    tracing::error!(
        %error,
        "what was redacted is no longer served, but still in files; it is tried again when what is \
         in the way is gone, with the next redaction and at the next start"
    );
}
