//! Finds what is left of the log of a damaged store, in copies of it.
//!
//! sled writes to every database that it opens, and cuts off its log at the first damage it finds, so
//! only copies are opened here. sled may be misled by its own snapshot, which may cover more than is
//! left, or may take the damage for the end of its log. It is then given a copy that makes it pass over
//! the damage. What it reads from such a copy may lack anything, which our own digests show.

use std::{
    collections::BTreeMap,
    fs::{self, File, OpenOptions},
    io,
    os::unix::fs::FileExt as _,
    path::Path,
};

use super::{
    blocks::Blocks,
    copy::Copy,
    directory::Directory,
    high_water::HighWater,
    manifest,
    opening::SEGMENT_LEN,
    segment::{begin_by_messages, pass_over_damage, read_segment},
    sound_records::SoundRecords,
};
use crate::store::{
    error::{OpenError, StoreError},
    record::Position,
};

/// How a copy is changed before sled opens it.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Preparation {
    /// Unchanged, which is enough unless sled refuses to open it.
    AsItIs,
    /// Without sled's snapshot, and with the damage made into messages that sled passes over.
    PassingOver,
    /// Without sled's snapshot, so that sled reads up to the first damage.
    Beginning,
}

/// The beginning of the log in one copy, up to where it is no longer as it was written.
pub(crate) struct SoundLog {
    pub sound: SoundRecords,
    /// Why the sound part ends; `None` when the log ends there.
    pub stopped: Option<StoreError>,
}

/// The result of searching all copies.
pub(crate) struct SoundLogSearch<T> {
    /// The log that reaches furthest.
    pub best: SoundLog,
    /// A position that the log had reached; it may have gone further.
    pub reached: Position,
    /// The answer of each copy to `ask`, in the order in which the copies were made.
    pub answers: Vec<T>,
}

impl<T> SoundLogSearch<T> {
    /// Searches copies of a store that this process has locked, until one is complete: it reaches as
    /// far as the log had, and its answer to `ask` is complete according to `is_whole`.
    pub(crate) fn of(
        path: &Path,
        cache_bytes: u64,
        ask: impl Fn(&Blocks) -> T,
        is_whole: impl Fn(&T) -> bool,
    ) -> Result<SoundLogSearch<T>, OpenError> {
        let reached = HighWater::reached(path);
        let reached = reached.map_err(OpenError::io("read the high-water mark"))?;
        let (mut best, mut failure, mut answers) = (None::<SoundLog>, None, Vec::new());
        for preparation in [
            Preparation::AsItIs,
            Preparation::PassingOver,
            Preparation::Beginning,
        ] {
            let (found, answer) = match SoundLog::by(preparation, path, cache_bytes, &ask) {
                Ok(found) => found,
                Err(error @ OpenError::Damaged { .. }) => {
                    failure = Some(error.of(path));
                    continue;
                }
                Err(error) => return Err(error),
            };
            let is_last =
                found.stopped.is_none() && found.sound.upto >= reached && is_whole(&answer);
            answers.push(answer);
            if best
                .as_ref()
                .is_none_or(|best| best.sound.upto < found.sound.upto)
            {
                best = Some(found);
            }
            if is_last {
                break;
            }
        }
        let nothing = || OpenError::NotAStore {
            directory: path.to_owned(),
        };
        Ok(SoundLogSearch {
            best: best.ok_or_else(|| failure.unwrap_or_else(nothing))?,
            reached,
            answers,
        })
    }
}

impl SoundLog {
    /// Reads the log from a copy that is prepared in this way, and puts `ask` to it. The copy is
    /// removed afterwards.
    pub(crate) fn by<T>(
        preparation: Preparation,
        path: &Path,
        cache_bytes: u64,
        ask: impl Fn(&Blocks) -> T,
    ) -> Result<(SoundLog, T), OpenError> {
        let copy = Copy::of_held(path)?;
        let prepared = prepare(preparation, &copy.path.join("sled"));
        prepared.map_err(OpenError::io("prepare a copy of the log"))?;
        // The epoch of the copy does not matter: what is saved gets a new one.
        manifest::replace_damaged(&copy.path)?;
        let directory = Directory::open(&copy.path)?;
        let blocks = Blocks::open_copy(&directory, cache_bytes)?;
        let (sound, stopped) = SoundRecords::of(&blocks, &copy.path.join("records"))
            .map_err(OpenError::io("keep the sound records"))?;
        Ok((SoundLog { sound, stopped }, ask(&blocks)))
    }
}

/// Changes sled's files in a copy.
fn prepare(preparation: Preparation, sled: &Path) -> io::Result<()> {
    if matches!(preparation, Preparation::AsItIs) || !sled.is_dir() {
        return Ok(());
    }
    for entry in fs::read_dir(sled)? {
        let name = entry?.file_name();
        // sled creates both again.
        if name.to_string_lossy().starts_with("snap.") || name == "conf" {
            fs::remove_file(sled.join(name))?;
        }
    }
    let file = OpenOptions::new()
        .read(true)
        .write(true)
        .open(sled.join("db"));
    match (preparation, file) {
        (Preparation::PassingOver, Ok(file)) => pass_over(&file),
        (_, Err(error)) if error.kind() != io::ErrorKind::NotFound => Err(error),
        _ => Ok(()),
    }
}

/// Makes sled pass over all damage in its file except at the very end of its log.
fn pass_over(file: &File) -> io::Result<()> {
    let segments = file.metadata()?.len().div_ceil(SEGMENT_LEN as u64);
    let mut begins = BTreeMap::new();
    for number in 0..segments {
        if let Some(begin) = begin_by_messages(&read_segment(file, number)?) {
            // No two segments may begin at the same number. The first one found is kept.
            begins.entry(begin).or_insert(number);
        }
    }
    let newest = begins.keys().next_back().copied();
    for (begin, number) in begins {
        let mut segment = read_segment(file, number)?;
        pass_over_damage(&mut segment, begin, Some(begin) == newest);
        file.write_all_at(&segment, number * SEGMENT_LEN as u64)?;
    }
    Ok(())
}
