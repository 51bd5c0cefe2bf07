//! Detects damage that sled would not report, or would make worse.

use std::{
    fs::{self, File},
    io,
    os::unix::fs::FileExt as _,
    path::Path,
};

use super::{
    directory::Directory,
    high_water::HighWater,
    opening::SEGMENT_LEN,
    segment::{HEADER_LEN, begin, begin_by_messages, has_gap, read_segment, sound},
    sound_log_search::{Preparation, SoundLog, SoundLogSearch},
};
use crate::store::error::OpenError;

/// sled's page cache for each copy that is opened.
const CACHE_BYTES: u64 = 64 << 20;

/// Fails when sled, on opening a store that this process has locked, would cut off answered writes:
/// when the sound part of sled's log ends before the position that sled's snapshot has recorded, or
/// before sound messages without which our log does not reach its mark. Changes nothing.
pub(crate) fn refuse_lost_end(directory: &Directory) -> Result<(), OpenError> {
    let end = NewestSegment::read(&directory.sled());
    let Some(end) = end.map_err(OpenError::io("read the end of the log"))? else {
        return Ok(());
    };
    let path = directory.path();
    let lost = |position| OpenError::Damaged {
        directory: path.to_owned(),
        position,
        what: format!("its file sled/db is damaged at byte {}", end.sound_upto),
    };
    if end.is_before_snapshot {
        return Err(located(lost(None), path));
    }
    if !end.has_gap {
        return Ok(());
    }
    let reached = HighWater::reached(path);
    let reached = reached.map_err(OpenError::io("read the high-water mark"))?;
    match SoundLog::by(Preparation::AsItIs, path, CACHE_BYTES, |_| ()) {
        Ok((found, ())) if found.sound.upto < reached => Err(lost(Some(found.sound.upto + 1))),
        // The last write before a power cut may be there in part.
        Ok(_) => Ok(()),
        Err(OpenError::Damaged { .. }) => Err(located(lost(None), path)),
        Err(error) => {
            tracing::warn!(%error, "the end of the log may be damaged, and could not be checked");
            Ok(())
        }
    }
}

/// Returns whether sled's file has damage that is not at the end of what was written. The remains of
/// a segment's earlier use may look like such damage.
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

/// Adds to an error about damage the first position that cannot be saved, if copies of the store
/// show it. This process must have locked the store.
pub(crate) fn located(error: OpenError, path: &Path) -> OpenError {
    let OpenError::Damaged {
        directory,
        position: None,
        what,
    } = error
    else {
        return error;
    };
    let found = SoundLogSearch::of(path, CACHE_BYTES, |_| (), |()| true);
    let (position, what) = match found {
        Ok(SoundLogSearch { best, reached, .. }) => {
            let upto = best.sound.upto;
            match best.stopped.is_some() || upto < reached {
                true => (Some(upto + 1), what),
                false => (
                    None,
                    format!("{what}; its changes up to position {upto} are sound"),
                ),
            }
        }
        Err(_) => (None, what),
    };
    OpenError::Damaged {
        directory,
        position,
        what,
    }
}

/// The newest segment of sled's log.
struct NewestSegment {
    /// The offset in the file at which it stops being sound.
    sound_upto: u64,
    /// Whether the sound part ends before the position that sled's snapshot has recorded.
    is_before_snapshot: bool,
    /// Whether sound messages follow the unsound one, so that it may not be the end of the log.
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
                // An unused segment has only zeros in its header.
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

/// Returns the log sequence number up to which sled's snapshot covers its log. It is the name of the
/// snapshot.
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
