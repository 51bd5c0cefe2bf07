//! Checks whether the file of the log still contains what was written to it.
//!
//! A record may come from sled's cache or the kernel's, so reading the log through sled does not show
//! whether the disk still has it. The media scan bypasses both caches: it reads the bytes on disk and
//! compares them with what it knows from earlier reads.

use std::{
    collections::HashMap,
    fs::{self, File},
    io,
    num::NonZero,
    os::unix::fs::{FileExt as _, MetadataExt as _},
    path::{Path, PathBuf},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    thread,
    time::Duration,
};

use rustix::fs::{Advice, fadvise};

use crate::store::{
    disk::{
        blocks::Generation,
        opening::SEGMENT_LEN,
        segment::{HEADER_LEN, Sound, sound},
    },
    error::StoreError,
    store::Store,
    view::readers::Readers,
};

/// The most segments that sled writes to at a time, at the end of its log.
const OPEN_MAX: u64 = 3;
/// The pause between attempts to open the file, which is missing for a moment while the log is
/// replaced.
const ABSENCE: Duration = Duration::from_millis(10);
const ABSENCES_MAX: usize = 100;

/// A scan of the file of a store's log. It does not keep the store open.
#[derive(Debug)]
pub struct MediaScan {
    readers: Arc<Readers>,
    file: LogFile,
}

/// The file of the log, and what is known of it. Clones share this knowledge.
///
/// The file is open only while it is read, so that a replaced log can be removed.
#[derive(Clone, Debug)]
struct LogFile {
    path: PathBuf,
    /// The log's generation, and not the log itself, which would be kept open.
    log: Generation,
    known: Arc<Mutex<Known>>,
}

#[derive(Debug)]
struct Known {
    file: Identity,
    /// The sound part of each segment when it was last read, by its number in the file.
    segments: HashMap<u64, Sound>,
    /// The log sequence number of the newest segment when the file was opened, and now.
    opened_at: u64,
    newest: u64,
}

/// The identity of a file. Inode numbers are reused, but generations of logs are not.
#[derive(Debug, Eq, PartialEq)]
struct Identity {
    log: u64,
    device: u64,
    inode: u64,
}

impl MediaScan {
    /// Opens the file of a store's log.
    pub async fn open(store: &Store) -> Result<MediaScan, StoreError> {
        let disk = store.shared.disk.as_ref().ok_or_else(no_files)?;
        let (path, log) = (disk.directory.sled().join("db"), disk.blocks.generation());
        let open = move || LogFile::open(path, log).map_err(failed);
        let readers = store.shared.readers.clone();
        let file = readers.run(open).await?;
        Ok(MediaScan { readers, file })
    }

    /// Reads a segment of the file, and returns how many bytes of it are sound. Repeat a check that
    /// reports damage before you believe it, as sled may be writing to the segment.
    pub async fn check(&self, number: u64) -> Result<u64, StoreError> {
        let file = self.file.clone();
        let check = move || file.check(number);
        self.readers.run(check).await
    }

    /// Returns the number of segments of the file.
    pub fn segments(&self) -> u64 {
        let len = fs::metadata(&self.file.path).map_or(0, |metadata| metadata.len());
        len.div_ceil(SEGMENT_LEN as u64)
    }
}

impl LogFile {
    fn open(path: PathBuf, log: Generation) -> io::Result<LogFile> {
        let known = Known::of(&open(&path)?, log.get())?;
        let known = Arc::new(Mutex::new(known));
        Ok(LogFile { path, log, known })
    }

    fn check(&self, number: u64) -> Result<u64, StoreError> {
        let mut known = self.known();
        let log = self.log.get();
        let file = open(&self.path).map_err(failed)?;
        if Identity::of(&file, log).map_err(failed)? != known.file {
            // The log was rewritten, as after a redaction.
            *known = Known::of(&file, log).map_err(failed)?;
        }
        let bytes = read(&file, number, SEGMENT_LEN).map_err(failed)?;
        if bytes.is_empty() {
            // sled has cut the file.
            known.segments.remove(&number);
            return Ok(0);
        }
        let sound = sound(&bytes);
        match known.update(number, sound) {
            None => Ok(sound.map_or(0, |sound| sound.len as u64)),
            Some(at) => Err(StoreError::DamagedFile {
                file: "sled/db",
                offset: number * SEGMENT_LEN as u64 + at,
            }),
        }
    }

    fn known(&self) -> MutexGuard<'_, Known> {
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Opens the file, which is missing for a moment while the log is replaced.
fn open(path: &Path) -> io::Result<File> {
    for _ in 0..ABSENCES_MAX {
        match File::open(path) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => thread::sleep(ABSENCE),
            opened => return opened,
        }
    }
    File::open(path)
}

impl Identity {
    fn of(file: &File, log: u64) -> io::Result<Identity> {
        let metadata = file.metadata()?;
        let (device, inode) = (metadata.dev(), metadata.ino());
        Ok(Identity { log, device, inode })
    }
}

fn segments(file: &File) -> u64 {
    let len = file.metadata().map_or(0, |metadata| metadata.len());
    len.div_ceil(SEGMENT_LEN as u64)
}

/// Reads up to `len` bytes of a segment from disk, and not from the kernel's cache.
fn read(file: &File, number: u64, len: usize) -> io::Result<Vec<u8>> {
    let begin = number * SEGMENT_LEN as u64;
    fadvise(file, begin, NonZero::new(len as u64), Advice::DontNeed)?;
    let mut bytes = vec![0; len];
    let mut read = 0;
    while read < len {
        match file.read_at(&mut bytes[read..], begin + read as u64) {
            Ok(0) => break,
            Ok(more) => read += more,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    bytes.truncate(read);
    Ok(bytes)
}

impl Known {
    fn of(file: &File, log: u64) -> io::Result<Known> {
        let mut newest = 0;
        for number in 0..segments(file) {
            let header = read(file, number, HEADER_LEN)?;
            newest = newest.max(sound(&header).map_or(0, |sound| sound.begin));
        }
        Ok(Known {
            file: Identity::of(file, log)?,
            segments: HashMap::new(),
            opened_at: newest,
            newest,
        })
    }

    /// Notes the sound part that a segment has now. Returns the offset in the segment at which
    /// something is lost, if anything is.
    fn update(&mut self, number: u64, sound: Option<Sound>) -> Option<u64> {
        let known = self.segments.get(&number);
        let Some(sound) = sound else {
            return known.map(|_| 0);
        };
        self.newest = self.newest.max(sound.begin);
        let was_sound =
            known.is_none_or(|known| known.begin != sound.begin || known.len <= sound.len);
        if was_sound && !self.is_cut_short(sound) {
            self.segments.insert(number, sound);
            return None;
        }
        Some(sound.len as u64)
    }

    /// Returns whether a segment is not full and should be. A segment that was begun since the file was
    /// opened is full once enough others were begun. An older one may have been cut short by a kill; it
    /// was checked when the store was opened.
    fn is_cut_short(&self, sound: Sound) -> bool {
        let begun_since = sound.begin > self.opened_at;
        begun_since && !sound.is_full && sound.begin + OPEN_MAX * SEGMENT_LEN as u64 <= self.newest
    }
}

fn no_files() -> StoreError {
    StoreError::Failed("the log of this store is not in files".to_owned())
}

fn failed(error: io::Error) -> StoreError {
    StoreError::Failed(format!("read the file of the log: {error}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    const LEN: u64 = SEGMENT_LEN as u64;

    fn sound(begin: u64, len: usize, is_full: bool) -> Option<Sound> {
        Some(Sound {
            begin,
            len,
            is_full,
        })
    }

    #[test]
    fn what_was_sound_has_to_stay_so_until_the_segment_is_used_anew() {
        let mut known = Known::of(&tempfile::tempfile().unwrap(), 0).unwrap();
        assert_eq!(known.update(0, sound(0, 100, false)), None);
        assert_eq!(known.update(0, sound(0, 300, false)), None, "it grows");
        assert_eq!(known.update(0, sound(0, 299, false)), Some(299));
        assert_eq!(known.update(0, None), Some(0));
        assert_eq!(
            known.update(0, sound(0, 300, false)),
            None,
            "sled was at work"
        );
        assert_eq!(
            known.update(0, sound(8 * LEN, 50, false)),
            None,
            "used anew"
        );
        assert_eq!(known.update(1, None), None, "never used");
    }

    #[test]
    fn a_segment_that_others_follow_has_to_be_full() {
        let mut known = Known::of(&tempfile::tempfile().unwrap(), 0).unwrap();
        known.opened_at = LEN;
        assert_eq!(known.update(9, sound(9 * LEN, 20, false)), None);
        assert_eq!(
            known.update(1, sound(LEN, 70, false)),
            None,
            "a kill may have cut it"
        );
        assert_eq!(known.update(2, sound(2 * LEN, 70, false)), Some(70));
        assert_eq!(known.update(3, sound(3 * LEN, 70, true)), None);
        assert_eq!(
            known.update(8, sound(8 * LEN, 70, false)),
            None,
            "it may be written to"
        );
    }
}
