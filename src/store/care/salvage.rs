//! Saves the undamaged part of a damaged store.

use std::{collections::BTreeMap, path::Path};

use crate::store::{
    cursors::StoredCursor,
    disk::{
        blocks::Blocks,
        change_count::Changes,
        lock::lock_shared,
        sound_log_search::{SoundLog, SoundLogSearch},
        sound_records::SoundRecords,
        unfinished_restore,
    },
    error::{OpenError, StoreError},
    log::Table,
    record::{Position, Record},
};

/// The undamaged part of a store: a beginning of the log, and the subscriptions within it.
pub struct Salvage {
    sound: SoundRecords,
    /// The position up to which the log is saved.
    pub upto: Position,
    /// Why no more is saved; `None` when the log ends there.
    pub stopped: Option<StoreError>,
    /// A position that the log had reached; it may have gone further.
    pub reached: Position,
    /// The subscriptions, as they are stored.
    pub subscriptions: Vec<Vec<u8>>,
    /// The names of the subscriptions that are damaged or ahead of `upto`.
    pub lost_subscriptions: Vec<String>,
    /// How many changes of subscriptions were answered, and how many were found.
    pub subscription_changes: Changes,
}

/// What was found of subscriptions in one copy.
struct CopyFindings {
    /// The subscriptions; `None` when they cannot be read.
    stored: Option<Vec<StoredCursor>>,
    changes: Changes,
}

impl Salvage {
    /// Searches a store that no server has open. Changes nothing in it.
    pub fn of(path: &Path, cache_bytes: u64) -> Result<Salvage, OpenError> {
        // A store that lost its manifest still has its other files.
        if !path.join("MANIFEST").is_file() && !path.join("sled").is_dir() {
            return Err(OpenError::NotAStore {
                directory: path.to_owned(),
            });
        }
        let _lock = lock_shared(path)?;
        match unfinished_restore::settle(path) {
            Err(error @ OpenError::Unfinished { .. }) => Err(error),
            // A store that cannot be marked as in use can be saved all the same.
            _ => Salvage::of_held(path, cache_bytes),
        }
    }

    fn of_held(path: &Path, cache_bytes: u64) -> Result<Salvage, OpenError> {
        let SoundLogSearch {
            best: SoundLog { sound, stopped },
            reached,
            answers,
        } = SoundLogSearch::of(
            path,
            cache_bytes,
            |blocks| CopyFindings::by(blocks, path),
            CopyFindings::is_whole,
        )?;
        let changes = answers.iter().map(|answer| answer.changes);
        let changes = changes.max_by_key(|changes| changes.there);
        let (subscriptions, lost_subscriptions) = chosen(&answers, sound.upto);
        Ok(Salvage {
            upto: sound.upto,
            stopped,
            reached,
            subscriptions,
            lost_subscriptions,
            subscription_changes: changes.unwrap_or_default(),
            sound,
        })
    }

    /// Reads the next sound records after a position; none at the end.
    pub fn records_after(&self, after: Position) -> Result<Vec<Record>, StoreError> {
        self.sound.after(after)
    }
}

impl CopyFindings {
    fn by(blocks: &Blocks, path: &Path) -> CopyFindings {
        let stored = blocks.entries(Table::Subscriptions);
        let stored = stored.map(|entries| entries.into_iter().map(StoredCursor::from).collect());
        CopyFindings {
            stored: stored.ok(),
            changes: Changes::of(blocks, path),
        }
    }

    fn is_whole(&self) -> bool {
        self.stored.is_some() && self.changes.there >= self.changes.answered
    }
}

/// Chooses the first usable state of each subscription within a log that ends at `upto`, and
/// returns the names of those without one. The unchanged copy comes first, and is right if it is
/// complete.
fn chosen(answers: &[CopyFindings], upto: Position) -> (Vec<Vec<u8>>, Vec<String>) {
    let mut by_name = BTreeMap::new();
    for answer in answers {
        for cursor in answer.stored.iter().flatten() {
            let usable = by_name.entry(cursor.name()).or_insert(None);
            if usable.is_none() && cursor.is_within(upto) {
                *usable = Some(cursor.value.to_vec());
            }
        }
        if answer.is_whole() {
            break;
        }
    }
    let (mut saved, mut lost) = (Vec::new(), Vec::new());
    for (name, usable) in by_name {
        match usable {
            Some(stored) => saved.push(stored),
            None => lost.push(name),
        }
    }
    (saved, lost)
}
