//! A position that the log is known to have reached, kept outside sled. A log that ends before it has
//! lost records, however healthy it looks.
//!
//! The file has two slots of 64 bytes, written in turn, so that a torn write leaves the other one
//! intact.

use std::{fs::File, io, os::unix::fs::FileExt, path::Path};

use super::{
    blocks::Blocks,
    directory::{HIGH_WATER, SUBSCRIPTIONS_MARK},
    owner_only,
};
use crate::store::{digest::Digest, error::OpenError, record::Position};

const SLOT_LEN: usize = 64;

/// The mark and its file.
#[derive(Debug)]
pub(crate) struct HighWater {
    file: File,
    slot: u64,
    synced: Position,
    /// The position, and the digest of the log there.
    pub mark: (Position, Digest),
}

impl HighWater {
    /// Reads the mark in `directory`, or creates one at 0.
    pub(crate) fn open(directory: &Path) -> io::Result<HighWater> {
        HighWater::open_file(&directory.join(HIGH_WATER))
    }

    /// Opens the mark of the store that has this log. A mark is created before the first record, so
    /// it is an error if the log has records and no mark.
    pub(crate) fn of_log(directory: &Path, blocks: &Blocks) -> Result<HighWater, OpenError> {
        let is_there = directory.join(HIGH_WATER).try_exists();
        let is_there = is_there.map_err(OpenError::io(format!("look for {HIGH_WATER}")))?;
        // A log that cannot be read is not empty.
        let is_empty =
            || matches!(blocks.read_after(0, Position::MAX, 1), Ok(records) if records.is_empty());
        // That mark is created after this one, which therefore existed, even without any record.
        let is_later_mark_there = || directory.join(SUBSCRIPTIONS_MARK).exists();
        if !is_there && (!is_empty() || is_later_mark_there()) {
            return Err(OpenError::Damaged {
                directory: directory.to_owned(),
                position: None,
                what: format!(
                    "its file {HIGH_WATER} is missing, without which nobody can tell whether the log has \
                     lost its end; put it back if it was moved"
                ),
            });
        }
        HighWater::open(directory).map_err(OpenError::io(format!("open {HIGH_WATER}")))
    }

    /// Reads the position that the log of a store had reached; 0 when it is unknown. Changes nothing.
    pub(crate) fn reached(directory: &Path) -> io::Result<Position> {
        HighWater::reached_in(&directory.join(HIGH_WATER))
    }

    /// Reads the position in the mark file `name`; 0 when it is unknown.
    pub(crate) fn reached_in(name: &Path) -> io::Result<Position> {
        match File::open(name) {
            Ok(file) => Ok(newest(&file).1.0),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(0),
            Err(error) => Err(error),
        }
    }

    /// Reads the mark in the file `name`, or creates one at 0.
    pub(crate) fn open_file(name: &Path) -> io::Result<HighWater> {
        let file = owner_only::open_file(name)?;
        file.sync_all()?;
        let (slot, mark) = newest(&file);
        Ok(HighWater {
            file,
            slot,
            synced: mark.0,
            mark,
        })
    }

    /// Moves the mark. It survives the process at once, and a power cut once it is
    /// [synced](HighWater::sync).
    pub(crate) fn raise(&mut self, position: Position, digest: Digest) -> io::Result<()> {
        let slot = 1 - self.slot;
        self.file
            .write_all_at(&encode(position, digest), slot * SLOT_LEN as u64)?;
        self.slot = slot;
        self.mark = (position, digest);
        Ok(())
    }

    /// Makes the mark durable, unless nothing has changed.
    pub(crate) fn sync(&mut self) -> io::Result<()> {
        if self.synced == self.mark.0 {
            return Ok(());
        }
        self.file.sync_data()?;
        self.synced = self.mark.0;
        Ok(())
    }
}

/// Returns the slot that was written last, and the mark in it.
fn newest(file: &File) -> (u64, (Position, Digest)) {
    match [read_slot(file, 0), read_slot(file, 1)] {
        [Some(a), Some(b)] if a.0 >= b.0 => (0, a),
        [_, Some(b)] => (1, b),
        [Some(a), None] => (0, a),
        [None, None] => (1, (0, Digest::default())),
    }
}

fn encode(position: Position, digest: Digest) -> [u8; SLOT_LEN] {
    let mut slot = [0; SLOT_LEN];
    slot[..8].copy_from_slice(&position.to_be_bytes());
    slot[8..40].copy_from_slice(&digest.0);
    let checksum = crc32fast::hash(&slot[..40]);
    slot[40..44].copy_from_slice(&checksum.to_be_bytes());
    slot
}

fn read_slot(file: &File, index: u64) -> Option<(Position, Digest)> {
    let mut slot = [0; SLOT_LEN];
    file.read_exact_at(&mut slot, index * SLOT_LEN as u64)
        .ok()?;
    let position = Position::from_be_bytes(*slot.first_chunk()?);
    let digest = Digest::from_slice(&slot[8..40])?;
    (encode(position, digest) == slot).then_some((position, digest))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_mark_is_found_again() {
        let home = tempfile::tempdir().unwrap();
        let mut high_water = HighWater::open(home.path()).unwrap();
        for position in 1..=3 {
            high_water
                .raise(position, Digest::of(&[&[position as u8]]))
                .unwrap();
        }
        assert_eq!(
            HighWater::open(home.path()).unwrap().mark,
            (3, Digest::of(&[&[3]]))
        );
    }

    #[test]
    fn a_torn_write_leaves_the_mark_before() {
        let home = tempfile::tempdir().unwrap();
        let mut high_water = HighWater::open(home.path()).unwrap();
        high_water.raise(1, Digest::default()).unwrap();
        high_water.raise(2, Digest::default()).unwrap();
        let torn = high_water.slot * SLOT_LEN as u64;
        high_water.file.write_all_at(&[0xff; 20], torn).unwrap();
        assert_eq!(HighWater::open(home.path()).unwrap().mark.0, 1);
    }
}
