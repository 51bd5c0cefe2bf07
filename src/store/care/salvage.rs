//! What can be saved of a store that is damaged.

use std::{collections::BTreeMap, path::Path};

use crate::store::{
    cursors::StoredCursor,
    disk::{
        blocks::Blocks,
        change_count::Changes,
        directory::lock_shared,
        search::{Search, SoundLog},
        sound_records::SoundRecords,
        unfinished,
    },
    error::{OpenError, StoreError},
    log::Table,
    record::{Position, Record},
};

/// What is still as it was written: a beginning of the log, and the subscriptions within it.
pub struct Salvage {
    sound: SoundRecords,
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
    /// How often subscriptions were changed, and how often as far as what was found tells.
    pub subscription_changes: Changes,
}

/// What one copy tells of subscriptions, each by its key; `None` when it does not.
struct CopyFindings {
    stored: Option<Vec<StoredCursor>>,
    changes: Changes,
}

impl Salvage {
    /// Looks through a store that no server has open, and changes nothing in it.
    pub fn of(path: &Path, cache_bytes: u64) -> Result<Salvage, OpenError> {
        // A store whose manifest is lost has the rest of it.
        if !path.join("MANIFEST").is_file() && !path.join("sled").is_dir() {
            return Err(OpenError::NotAStore {
                directory: path.to_owned(),
            });
        }
        let _lock = lock_shared(path)?;
        match unfinished::settle(path) {
            Err(error @ OpenError::Unfinished { .. }) => Err(error),
            // One that cannot be marked as used can be saved all the same.
            _ => Salvage::of_held(path, cache_bytes),
        }
    }

    fn of_held(path: &Path, cache_bytes: u64) -> Result<Salvage, OpenError> {
        let Search {
            best: SoundLog { sound, stopped },
            reached,
            answers,
        } = Search::of(
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

    /// The sound records after a position, some at a time; none at the end.
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

/// The newest usable state of each subscription within a log that ends at `upto`, and the names of
/// those without one. The copy that is as it is comes first, and is right when it tells all.
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
