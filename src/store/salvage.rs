//! What can be saved of a store that is damaged.

use std::path::Path;

use super::{
    cursors::readable_cursors,
    digest::Digest,
    directory::Directory,
    error::{OpenError, StoreError},
    high_water::HighWater,
    log::Log,
    record::{Position, Record},
};

/// Records read at a time.
const BATCH_LEN: usize = 256;

/// What is still as it was written: a beginning of the log, and the subscriptions within it.
pub struct Salvage {
    _directory: Directory,
    log: Log,
    /// The position up to which the log is taken.
    pub upto: Position,
    /// Why it is not taken further; `None` when it just ends there.
    pub stopped: Option<StoreError>,
    /// A position that the log had reached, which it may have gone beyond.
    pub reached: Position,
    /// The subscriptions, as they are stored.
    pub subscriptions: Vec<Vec<u8>>,
    /// Names of those that are damaged or ahead of `upto`.
    pub lost_subscriptions: Vec<String>,
}

impl Salvage {
    /// Looks through a store that no server has open. The storage engine may cut off what it finds
    /// damaged, so that a copy of the directory is the better thing to look through.
    pub fn of(path: &Path, cache_bytes: u64) -> Result<Salvage, OpenError> {
        if !path.join("MANIFEST").is_file() {
            return Err(OpenError::NotAStore {
                directory: path.to_owned(),
            });
        }
        let directory = Directory::open(path)?;
        let (log, _syncer) = Log::open(&directory, cache_bytes)?;
        let reached =
            HighWater::reached(path).map_err(OpenError::io("open the high-water mark"))?;
        let (upto, stopped) = sound_beginning(&log);
        let (subscriptions, lost_subscriptions) =
            readable_cursors(&log, upto).map_err(|error| OpenError::Damaged {
                directory: path.to_owned(),
                position: None,
                what: error.to_string(),
            })?;
        Ok(Salvage {
            _directory: directory,
            log,
            upto,
            stopped,
            reached,
            subscriptions,
            lost_subscriptions,
        })
    }

    /// The sound records after a position, some at a time; none at the end.
    pub fn records_after(&self, after: Position) -> Result<Vec<Record>, StoreError> {
        self.log.read_after(after, self.upto, BATCH_LEN)
    }
}

/// How far the log is as it was written, and what comes then.
fn sound_beginning(log: &Log) -> (Position, Option<StoreError>) {
    let (mut position, mut digest) = (0, Digest::default());
    loop {
        // One by one after a failure, as a batch that has one damaged record is not read at all.
        let records = log
            .read_after(position, Position::MAX, BATCH_LEN)
            .or_else(|_| log.read_after(position, Position::MAX, 1));
        let records = match records {
            Ok(records) if records.is_empty() => return (position, None),
            Ok(records) => records,
            Err(error) => return (position, Some(error)),
        };
        for record in records {
            if let Err(error) = record.check_after(position, digest) {
                return (position, Some(error));
            }
            (position, digest) = (record.position, record.digest);
        }
    }
}
