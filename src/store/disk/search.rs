//! What copies of a damaged store tell of its log.
//!
//! sled writes to whatever it opens, and cuts off its log where it finds that damaged, so that only
//! copies are opened here. Where its own snapshot leads it astray, as one does that knows of more than
//! is left, or where it takes the damage for the end, it is given a copy in which it passes over that.
//! What it then reads may miss anything, which our own digests tell.

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
    /// Not at all, which does unless sled refuses it.
    AsItIs,
    /// Without sled's snapshot, and so that sled passes over what is damaged.
    PassingOver,
    /// Without sled's snapshot, up to the first damage.
    Beginning,
}

/// How far the log of one copy is as it was written.
pub(crate) struct SoundLog {
    pub sound: SoundRecords,
    /// Why it is not taken further; `None` when it just ends there.
    pub stopped: Option<StoreError>,
}

/// What all copies tell.
pub(crate) struct Search<T> {
    /// The one that reaches furthest.
    pub best: SoundLog,
    /// A position that the log had reached, which it may have gone beyond.
    pub reached: Position,
    /// What else was asked of each, in the order in which they were made.
    pub told: Vec<T>,
}

impl<T> Search<T> {
    /// Looks through copies of a store that this process holds, until one is whole: it reaches as far
    /// as the log had, and what else is asked of it `is_whole`.
    pub(crate) fn of(
        path: &Path,
        cache_bytes: u64,
        ask: impl Fn(&Blocks) -> T,
        is_whole: impl Fn(&T) -> bool,
    ) -> Result<Search<T>, OpenError> {
        let reached = HighWater::reached(path);
        let reached = reached.map_err(OpenError::io("read the high-water mark"))?;
        let (mut best, mut failure, mut told) = (None::<SoundLog>, None, Vec::new());
        for way in [
            Preparation::AsItIs,
            Preparation::PassingOver,
            Preparation::Beginning,
        ] {
            let (found, answer) = match SoundLog::by(way, path, cache_bytes, &ask) {
                Ok(found) => found,
                Err(error @ OpenError::Damaged { .. }) => {
                    failure = Some(error.of(path));
                    continue;
                }
                Err(error) => return Err(error),
            };
            let is_last =
                found.stopped.is_none() && found.sound.upto >= reached && is_whole(&answer);
            told.push(answer);
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
        Ok(Search {
            best: best.ok_or_else(|| failure.unwrap_or_else(nothing))?,
            reached,
            told,
        })
    }
}

impl SoundLog {
    /// What a copy tells that is prepared in this way. It lasts no longer than it is asked.
    pub(crate) fn by<T>(
        way: Preparation,
        path: &Path,
        cache_bytes: u64,
        ask: impl Fn(&Blocks) -> T,
    ) -> Result<(SoundLog, T), OpenError> {
        let copy = Copy::of_held(path)?;
        let prepared = prepare(way, &copy.path.join("sled"));
        prepared.map_err(OpenError::io("prepare a copy of the log"))?;
        // What is saved gets an epoch of its own.
        manifest::replace_damaged(&copy.path)?;
        let directory = Directory::open(&copy.path)?;
        let blocks = Blocks::open_copy(&directory, cache_bytes)?;
        let (sound, stopped) = SoundRecords::of(&blocks, &copy.path.join("records"))
            .map_err(OpenError::io("keep the sound records"))?;
        Ok((SoundLog { sound, stopped }, ask(&blocks)))
    }
}

/// Changes sled's files in a copy.
fn prepare(way: Preparation, sled: &Path) -> io::Result<()> {
    if matches!(way, Preparation::AsItIs) || !sled.is_dir() {
        return Ok(());
    }
    for entry in fs::read_dir(sled)? {
        let name = entry?.file_name();
        // It makes both anew.
        if name.to_string_lossy().starts_with("snap.") || name == "conf" {
            fs::remove_file(sled.join(name))?;
        }
    }
    let file = OpenOptions::new()
        .read(true)
        .write(true)
        .open(sled.join("db"));
    match (way, file) {
        (Preparation::PassingOver, Ok(file)) => pass_over(&file),
        (_, Err(error)) if error.kind() != io::ErrorKind::NotFound => Err(error),
        _ => Ok(()),
    }
}

/// Lets sled pass over all damage in its file that is not at the very end of its log.
fn pass_over(file: &File) -> io::Result<()> {
    let segments = file.metadata()?.len().div_ceil(SEGMENT_LEN as u64);
    let mut begins = BTreeMap::new();
    for number in 0..segments {
        if let Some(begin) = begin_by_messages(&read_segment(file, number)?) {
            // No two segments may begin alike: the one that says so by its header is there first.
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
