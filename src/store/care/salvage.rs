//! What can be saved of a store that is damaged.
//!
//! sled writes to whatever it opens, and cuts off its log where it finds that damaged, so that only
//! copies are opened here. Where its own snapshot leads it astray, as one does that knows of more than
//! is left, or where it takes the damage for the end, it is given a copy in which it passes over that.
//! What it then reads may miss anything, which our own digests tell.

use std::{
    collections::BTreeMap,
    fs::{self, File, OpenOptions},
    io::{self, BufWriter, Write as _},
    os::unix::fs::FileExt as _,
    path::Path,
    sync::Arc,
};

use super::read_only::Copy;
use crate::store::{
    cursors::{Changes, StoredCursor, stored_cursors},
    digest::Digest,
    disk::{
        block::{self, Block},
        directory::{Directory, lock_shared},
        high_water::HighWater,
        log::Log,
        manifest,
        opening::SEGMENT_LEN,
        private,
        segment::{HEADER_LEN, begin, begin_by_messages, has_gap, pass_over_damage, sound},
        unfinished,
    },
    error::{OpenError, StoreError},
    record::{Position, Record},
};

/// Records read at a time.
const BATCH_LEN: usize = 256;

/// For the storage engine, where nobody says another number.
const CACHE_BYTES: u64 = 64 << 20;

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

/// How a copy is changed before sled opens it.
#[derive(Clone, Copy, Debug)]
enum Way {
    /// Not at all, which does unless sled refuses it.
    AsItIs,
    /// Without sled's snapshot, and so that sled passes over what is damaged.
    PassingOver,
    /// Without sled's snapshot, up to the first damage.
    Beginning,
}

/// Records as they were read from a copy, in blocks, in a file of their own. sled may not give the same
/// twice of what is damaged.
struct SoundRecords {
    file: File,
    /// The first position of each block, and where it begins in the file and ends.
    blocks: Vec<(Position, u64, u64)>,
    upto: Position,
}

/// What one copy tells.
struct Found {
    sound: SoundRecords,
    upto: Position,
    stopped: Option<StoreError>,
}

/// What one copy tells of subscriptions, each by its key; `None` when it does not.
struct Told {
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

    /// The same of one that this process holds.
    pub(crate) fn of_held(path: &Path, cache_bytes: u64) -> Result<Salvage, OpenError> {
        let reached = HighWater::reached(path);
        let reached = reached.map_err(OpenError::io("read the high-water mark"))?;
        let (mut best, mut failure, mut told) = (None::<Found>, None, Vec::new());
        for way in [Way::AsItIs, Way::PassingOver, Way::Beginning] {
            let (found, this) = match Found::by(way, path, cache_bytes) {
                Ok(found) => found,
                Err(error @ OpenError::Damaged { .. }) => {
                    failure = Some(error.of(path));
                    continue;
                }
                Err(error) => return Err(error),
            };
            let is_whole = found.stopped.is_none() && found.upto >= reached && this.is_whole();
            told.push(this);
            if best.as_ref().is_none_or(|best| best.upto < found.upto) {
                best = Some(found);
            }
            if is_whole {
                break;
            }
        }
        let Some(best) = best else {
            return Err(failure.unwrap_or_else(|| OpenError::NotAStore {
                directory: path.to_owned(),
            }));
        };
        let changes = told.iter().map(|told| told.changes);
        let changes = changes.max_by_key(|changes| changes.there);
        let (subscriptions, lost_subscriptions) = chosen(&told, best.upto);
        Ok(Salvage {
            upto: best.upto,
            stopped: best.stopped,
            reached,
            subscriptions,
            lost_subscriptions,
            subscription_changes: changes.unwrap_or_default(),
            sound: best.sound,
        })
    }

    /// The sound records after a position, some at a time; none at the end.
    pub fn records_after(&self, after: Position) -> Result<Vec<Record>, StoreError> {
        self.sound.after(after)
    }
}

/// Refuses a store that this process holds when sled would cut off more of its log than was never
/// answered: the end of what is sound lies before what sled's snapshot knows of, or before sound
/// messages without which the log does not reach its mark. Nothing is changed then.
pub(crate) fn refuse_lost_end(directory: &Directory) -> Result<(), OpenError> {
    let end = NewestSegment::read(&directory.sled());
    let Some(end) = end.map_err(OpenError::io("read the end of the log"))? else {
        return Ok(());
    };
    let path = directory.path();
    let lost = |position| OpenError::Damaged {
        directory: path.to_owned(),
        position,
        what: format!(
            "its file sled/db is not as it was written at byte {}",
            end.sound_upto
        ),
    };
    if end.is_before_snapshot {
        return Err(located(lost(None), path));
    }
    if !end.has_gap {
        return Ok(());
    }
    let reached = HighWater::reached(path);
    let reached = reached.map_err(OpenError::io("read the high-water mark"))?;
    match Found::by(Way::AsItIs, path, CACHE_BYTES) {
        Ok((found, _)) if found.upto < reached => Err(lost(Some(found.upto + 1))),
        // What was written last before a power cut may be there in part.
        Ok(_) => Ok(()),
        Err(OpenError::Damaged { .. }) => Err(located(lost(None), path)),
        Err(error) => {
            tracing::warn!(%error, "the end of the log is doubtful, which could not be looked into");
            Ok(())
        }
    }
}

/// Whether sled's file has damage that is not at the end of what was written. What was left of a segment
/// that sled used before may look like that.
pub(crate) fn has_damage(sled: &Path) -> io::Result<bool> {
    let file = match File::open(sled.join("db")) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(false),
        opened => opened?,
    };
    for number in 0..file.metadata()?.len().div_ceil(SEGMENT_LEN as u64) {
        let segment = read_segment(&file, number)?;
        let is_damaged = match sound(&segment) {
            Some(sound) => has_gap(&segment, sound),
            None => begin_by_messages(&segment).is_some(),
        };
        if is_damaged {
            return Ok(true);
        }
    }
    Ok(false)
}

/// Why a store that this process holds does not open, with the first position that cannot be saved
/// when copies of it tell.
pub(crate) fn located(error: OpenError, path: &Path) -> OpenError {
    let OpenError::Damaged {
        directory,
        position: None,
        what,
    } = error
    else {
        return error;
    };
    let (position, what) = match Salvage::of_held(path, CACHE_BYTES) {
        Ok(found) if found.stopped.is_some() || found.upto < found.reached => {
            (Some(found.upto + 1), what)
        }
        Ok(Salvage { upto, .. }) => (
            None,
            format!("{what}; its changes up to position {upto} are sound"),
        ),
        Err(_) => (None, what),
    };
    OpenError::Damaged {
        directory,
        position,
        what,
    }
}

/// What lies at the end of sled's log.
struct NewestSegment {
    /// The byte of the file at which it is no longer sound.
    sound_upto: u64,
    is_before_snapshot: bool,
    /// Whether it may not be the end.
    has_gap: bool,
}

impl NewestSegment {
    fn read(sled: &Path) -> io::Result<Option<NewestSegment>> {
        let file = match File::open(sled.join("db")) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            opened => opened?,
        };
        let (mut newest, mut headless) = (None, None);
        for number in 0..file.metadata()?.len().div_ceil(SEGMENT_LEN as u64) {
            let (mut header, at) = ([0; HEADER_LEN], number * SEGMENT_LEN as u64);
            if file.read_exact_at(&mut header, at).is_err() {
                continue;
            }
            match begin(&header) {
                Some(begin) => newest = newest.max(Some((begin, number))),
                // sled leaves nothing but zeros in one that is not in use.
                None if header != [0; HEADER_LEN] => headless = Some(at),
                None => {}
            }
        }
        if let Some(sound_upto) = headless {
            return Ok(Some(NewestSegment {
                sound_upto,
                is_before_snapshot: false,
                has_gap: true,
            }));
        }
        let Some((_, number)) = newest else {
            return Ok(None);
        };
        let segment = read_segment(&file, number)?;
        let known = snapshot_upto(sled)?;
        Ok(sound(&segment).map(|sound| NewestSegment {
            sound_upto: number * SEGMENT_LEN as u64 + sound.len as u64,
            is_before_snapshot: known / SEGMENT_LEN as u64 == sound.begin / SEGMENT_LEN as u64
                && known > sound.begin + sound.len as u64,
            has_gap: has_gap(&segment, sound),
        }))
    }
}

/// The log sequence number up to which sled's snapshot knows its log, which is its name.
fn snapshot_upto(sled: &Path) -> io::Result<u64> {
    let mut upto = 0;
    for entry in fs::read_dir(sled)? {
        let name = entry?.file_name();
        let number = name.to_str().and_then(|name| name.strip_prefix("snap."));
        let number = number.and_then(|number| u64::from_str_radix(number, 16).ok());
        upto = upto.max(number.unwrap_or(0));
    }
    Ok(upto)
}

impl Found {
    /// The copy lasts no longer than it is read.
    fn by(way: Way, path: &Path, cache_bytes: u64) -> Result<(Found, Told), OpenError> {
        let copy = Copy::of_held(path)?;
        let prepared = prepare(way, &copy.path.join("sled"));
        prepared.map_err(OpenError::io("prepare a copy of the log"))?;
        // What is saved gets an epoch of its own.
        manifest::replace_damaged(&copy.path)?;
        let directory = Directory::open(&copy.path)?;
        let log = Log::open_copy(&directory, cache_bytes)?;
        let (sound, stopped) = SoundRecords::of(&log, &copy.path.join("records"))
            .map_err(OpenError::io("keep the sound records"))?;
        let found = Found {
            upto: sound.upto,
            sound,
            stopped,
        };
        Ok((found, Told::by(&log, path)))
    }
}

impl SoundRecords {
    /// How far a log is as it was written, and what comes then.
    fn of(log: &Log, path: &Path) -> io::Result<(SoundRecords, Option<StoreError>)> {
        let mut file = BufWriter::new(private::create_file(path)?);
        let (mut blocks, mut end) = (Vec::new(), 0);
        let (mut upto, mut digest) = (0, Digest::default());
        let mut stopped = None;
        while stopped.is_none() {
            // One by one after a failure, as a batch that has one damaged record is not read at all.
            let records = log
                .read_after(upto, Position::MAX, BATCH_LEN)
                .or_else(|_| log.read_after(upto, Position::MAX, 1));
            let records = match records {
                Ok(records) if records.is_empty() => break,
                Ok(records) => records,
                Err(error) => {
                    stopped = Some(error);
                    break;
                }
            };
            let mut sound = Vec::with_capacity(records.len());
            for record in records {
                if let Err(error) = record.check_after(upto, digest) {
                    stopped = Some(error);
                    break;
                }
                (upto, digest) = (record.position, record.digest);
                sound.push(Arc::new(record));
            }
            for (first, block) in block::pack(&sound) {
                file.write_all(&block)?;
                let begin = end;
                end += block.len() as u64;
                blocks.push((first, begin, end));
            }
        }
        drop(file.into_inner()?);
        let file = File::open(path)?;
        Ok((SoundRecords { file, blocks, upto }, stopped))
    }

    /// Those after a position that are in one block with the next.
    fn after(&self, after: Position) -> Result<Vec<Record>, StoreError> {
        let at = self
            .blocks
            .partition_point(|(first, ..)| *first <= after + 1);
        let Some((first, begin, end)) = at.checked_sub(1).map(|at| self.blocks[at]) else {
            return Ok(Vec::new());
        };
        let mut bytes = vec![0; (end - begin) as usize];
        let read = self.file.read_exact_at(&mut bytes, begin);
        read.map_err(|error| StoreError::Failed(format!("read what was sound: {error}")))?;
        let mut block = Block::open(first, bytes.into())?;
        block.skip_to(after + 1)?;
        std::iter::from_fn(|| block.read().transpose()).collect()
    }
}

impl Told {
    fn by(log: &Log, path: &Path) -> Told {
        Told {
            stored: stored_cursors(log).ok(),
            changes: Changes::of(log, path),
        }
    }

    fn is_whole(&self) -> bool {
        self.stored.is_some() && self.changes.there >= self.changes.answered
    }
}

/// The newest usable state of each subscription within a log that ends at `upto`, and the names of
/// those without one. The copy that is as it is comes first, and is right when it tells all.
fn chosen(told: &[Told], upto: Position) -> (Vec<Vec<u8>>, Vec<String>) {
    let mut by_name = BTreeMap::new();
    for told in told {
        for cursor in told.stored.iter().flatten() {
            let usable = by_name.entry(cursor.name()).or_insert(None);
            if usable.is_none() && cursor.is_within(upto) {
                *usable = Some(cursor.value.to_vec());
            }
        }
        if told.is_whole() {
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

/// Changes sled's files in a copy.
fn prepare(way: Way, sled: &Path) -> io::Result<()> {
    if matches!(way, Way::AsItIs) || !sled.is_dir() {
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
        (Way::PassingOver, Ok(file)) => pass_over(&file),
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

fn read_segment(file: &File, number: u64) -> io::Result<Vec<u8>> {
    let begin = number * SEGMENT_LEN as u64;
    let len = file.metadata()?.len().saturating_sub(begin);
    let mut segment = vec![0; len.min(SEGMENT_LEN as u64) as usize];
    file.read_exact_at(&mut segment, begin)?;
    Ok(segment)
}
