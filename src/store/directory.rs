//! The directory of a store, as far as it is ours and not sled's.
//!
//! | file | content |
//! |---|---|
//! | `LOCK` | held while a process has the store; names that process |
//! | `MANIFEST` | format, epoch and the version that made the store |
//! | `HIGH-WATER` | a position that the log has reached for certain ([`HighWater`](super::high_water::HighWater)) |
//! | `SUBSCRIPTIONS-MARK` | how often subscriptions were changed at least ([`ChangeCount`](super::cursors::ChangeCount)) |
//! | `sled/` | the log and the subscriptions |
//! | `sled.next/`, `sled.old/` | while the log is [written anew](super::compaction) |
//! | `UNFINISHED` | there while a restore fills the store |
//! | `ERASURE-PENDING` | there while `sled/` may hold redacted content |

use std::{
    fs::{self, File, OpenOptions, TryLockError},
    io::{self, Read, Write},
    os::unix::fs::MetadataExt as _,
    path::{Path, PathBuf},
};

use super::{block::FORMAT, error::OpenError};

/// Free space without which a store does not open and writes are refused: room for sled's next
/// segments and for the snapshot that it writes at the next start.
pub const FREE_SPACE_RESERVE: u64 = 64 << 20;

/// There while a store is made of a backup, which is not to be taken for a whole one.
const UNFINISHED: &str = "UNFINISHED";

/// Begins the last line of a manifest, which says the CRC-32 of the lines before. A flipped bit in
/// it harms nothing, so that a manifest without it is none the worse.
const CHECKSUM: &str = "checksum: ";

/// A directory that this process holds. Dropping it lets go.
#[derive(Debug)]
pub struct Directory {
    path: PathBuf,
    /// Identity of the store's history: sixteen hex digits chosen when it was made.
    pub epoch: String,
    _lock: File,
}

impl Directory {
    /// Takes hold of the store in `path`, making a new one when there is nothing.
    pub fn open(path: &Path) -> Result<Directory, OpenError> {
        fs::create_dir_all(path).map_err(OpenError::io(format!("create {}", path.display())))?;
        refuse_foreign(path)?;
        let lock = lock(path)?;
        if path.join(UNFINISHED).exists() {
            let directory = path.to_owned();
            return Err(OpenError::Unfinished { directory });
        }
        settle_exchange(path).map_err(OpenError::io("put the new log in its place"))?;
        check_free_space(path)?;
        let epoch = match read_manifest(path)? {
            Some(epoch) => epoch,
            None => create_manifest(path)?,
        };
        Ok(Directory {
            path: path.to_owned(),
            epoch,
            _lock: lock,
        })
    }

    /// From now on it is refused, until it is [finished](Directory::finish).
    pub fn begin(&self) -> io::Result<()> {
        File::create(self.path.join(UNFINISHED))?.sync_all()?;
        sync_directory(&self.path)
    }

    /// Everything in it is durable, and it is a store like any other.
    pub fn finish(&self) -> io::Result<()> {
        sync_directory(&self.path)?;
        fs::remove_file(self.path.join(UNFINISHED))?;
        sync_directory(&self.path)
    }

    /// Where everything is.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Where sled keeps the log.
    pub fn sled(&self) -> PathBuf {
        self.path.join("sled")
    }

    /// Where the next log is made.
    pub fn next_sled(&self) -> PathBuf {
        self.path.join("sled.next")
    }

    /// Where the log before is until it is removed.
    pub fn old_sled(&self) -> PathBuf {
        self.path.join("sled.old")
    }

    /// Lets the next log, which is whole and durable, take the place of the log. Interrupted, it goes
    /// on when the directory is opened again.
    pub fn exchange_sled(&self) -> io::Result<()> {
        fs::rename(self.sled(), self.old_sled())?;
        sync_directory(&self.path)?;
        fs::rename(self.next_sled(), self.sled())?;
        sync_directory(&self.path)
    }

    /// Bytes that the files of the log have.
    pub fn size_of_sled(&self) -> io::Result<u64> {
        let mut size = 0;
        for entry in fs::read_dir(self.sled())? {
            size += entry?.metadata()?.len();
        }
        Ok(size)
    }
}

/// Bytes that may still be written to the file system of `path`.
pub fn free_space(path: &Path) -> io::Result<u64> {
    let stat = rustix::fs::statvfs(path)?;
    Ok(stat.f_bavail.saturating_mul(stat.f_frsize))
}

/// Makes the entries of a directory durable.
pub fn sync_directory(path: &Path) -> io::Result<()> {
    File::open(path)?.sync_all()
}

/// Ends what [`Directory::exchange_sled`] had begun: without the log, the next one is whole.
fn settle_exchange(path: &Path) -> io::Result<()> {
    let [current, next, old] = ["sled", "sled.next", "sled.old"].map(|name| path.join(name));
    if old.exists() && !current.exists() {
        fs::rename(&next, &current)?;
        sync_directory(path)?;
    }
    for leftover in [next, old] {
        if leftover.exists() {
            fs::remove_dir_all(leftover)?;
        }
    }
    Ok(())
}

fn check_free_space(path: &Path) -> Result<(), OpenError> {
    let free = free_space(path).map_err(OpenError::io("ask for free space"))?;
    if free < FREE_SPACE_RESERVE {
        let directory = path.to_owned();
        return Err(OpenError::NoSpace {
            directory,
            free,
            needed: FREE_SPACE_RESERVE,
        });
    }
    Ok(())
}

/// A directory with files and without a manifest is somebody else's, unless a first start was
/// killed before it wrote one, which leaves at most these two.
fn refuse_foreign(path: &Path) -> Result<(), OpenError> {
    let listing = || format!("list {}", path.display());
    let mut names = Vec::new();
    for entry in fs::read_dir(path).map_err(OpenError::io(listing()))? {
        names.push(entry.map_err(OpenError::io(listing()))?.file_name());
    }
    let foreign = |name: &std::ffi::OsString| name != "LOCK" && name != "MANIFEST.new";
    if !names.iter().any(|name| name == "MANIFEST") && names.iter().any(foreign) {
        return Err(OpenError::NotAStore {
            directory: path.to_owned(),
        });
    }
    Ok(())
}

fn lock(path: &Path) -> Result<File, OpenError> {
    let name = path.join("LOCK");
    let mut file = OpenOptions::new()
        .create(true)
        .truncate(false)
        .read(true)
        .write(true)
        .open(&name)
        .map_err(OpenError::io(format!("open {}", name.display())))?;
    match file.try_lock() {
        Ok(()) => {}
        Err(TryLockError::WouldBlock) => {
            let mut process = String::new();
            // The name is a courtesy: without it the refusal stands all the same.
            let _ = file.read_to_string(&mut process);
            let process = match process.trim() {
                "" => "another process".to_owned(),
                id => format!("process {id}"),
            };
            return Err(OpenError::InUse {
                directory: path.to_owned(),
                process,
            });
        }
        Err(TryLockError::Error(error)) => {
            return Err(OpenError::io(format!("lock {}", name.display()))(error));
        }
    }
    file.set_len(0)
        .and_then(|()| file.write_all(std::process::id().to_string().as_bytes()))
        .map_err(OpenError::io(format!("write {}", name.display())))?;
    Ok(file)
}

fn read_manifest(path: &Path) -> Result<Option<String>, OpenError> {
    let name = path.join("MANIFEST");
    let bytes = match fs::read(&name) {
        Ok(bytes) => bytes,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(OpenError::io(format!("read {}", name.display()))(error)),
    };
    // What is no text has no lines that are known either.
    let text = String::from_utf8_lossy(&bytes);
    let value = |key: &str| {
        text.lines()
            .find_map(|line| line.strip_prefix(key)?.strip_prefix(": "))
            .map(str::to_owned)
    };
    let damaged = |what: &str| OpenError::Damaged {
        directory: path.to_owned(),
        position: None,
        what: format!("MANIFEST has no {what}"),
    };
    let format = value("format").and_then(|text| text.parse().ok());
    let format: u32 = format.ok_or_else(|| damaged("format"))?;
    if format != u32::from(FORMAT) {
        let written_by = value("written-by").unwrap_or_else(|| "of an unknown version".to_owned());
        return Err(OpenError::NewerFormat {
            directory: path.to_owned(),
            format,
            written_by,
        });
    }
    let epoch = value("epoch")
        .filter(|epoch| epoch.len() == 16)
        .ok_or_else(|| damaged("epoch"))?;
    if let Some((lines, checksum)) = text.split_once(CHECKSUM)
        && checksum.trim_end() != checksum_of(lines)
    {
        return Err(damaged("checksum that fits it"));
    }
    Ok(Some(epoch))
}

fn checksum_of(lines: &str) -> String {
    format!("{:08x}", crc32fast::hash(lines.as_bytes()))
}

/// Written aside, synced and renamed: there is a whole manifest or none.
fn create_manifest(path: &Path) -> Result<String, OpenError> {
    let epoch = random_epoch().map_err(OpenError::io("draw a random epoch"))?;
    let lines = format!(
        "format: {FORMAT}\nepoch: {epoch}\nwritten-by: {}\n",
        env!("CARGO_PKG_VERSION")
    );
    let text = format!("{lines}{CHECKSUM}{}\n", checksum_of(&lines));
    let aside = path.join("MANIFEST.new");
    let write = || -> io::Result<()> {
        let mut file = File::create(&aside)?;
        file.write_all(text.as_bytes())?;
        file.sync_all()?;
        fs::rename(&aside, path.join("MANIFEST"))?;
        sync_directory(path)?;
        sync_above(path)
    };
    write().map_err(OpenError::io(format!(
        "write the manifest in {}",
        path.display()
    )))?;
    Ok(epoch)
}

/// Makes the directory itself durable. Each one above may have been made just now, too, and would
/// take it along; one on another file system, or that may not be opened, was there before.
fn sync_above(path: &Path) -> io::Result<()> {
    let device = fs::metadata(path)?.dev();
    for above in path.canonicalize()?.ancestors().skip(1) {
        if fs::metadata(above)?.dev() != device {
            break;
        }
        match sync_directory(above) {
            Err(error) if error.kind() == io::ErrorKind::PermissionDenied => {}
            synced => synced?,
        }
    }
    Ok(())
}

fn random_epoch() -> io::Result<String> {
    let mut bytes = [0; 8];
    File::open("/dev/urandom")?.read_exact(&mut bytes)?;
    Ok(bytes.iter().map(|byte| format!("{byte:02x}")).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_store_keeps_its_epoch() {
        let home = tempfile::tempdir().unwrap();
        let first = Directory::open(home.path()).unwrap().epoch;
        assert_eq!(Directory::open(home.path()).unwrap().epoch, first);
    }

    #[test]
    fn d07_a_flipped_bit_never_leads_to_another_epoch() {
        let home = tempfile::tempdir().unwrap();
        let epoch = Directory::open(home.path()).unwrap().epoch;
        let name = home.path().join("MANIFEST");
        let bytes = fs::read(&name).unwrap();
        for bit in 0..bytes.len() * 8 {
            let mut flipped = bytes.clone();
            flipped[bit / 8] ^= 1 << (bit % 8);
            fs::write(&name, flipped).unwrap();
            match Directory::open(home.path()) {
                Ok(directory) => assert_eq!(directory.epoch, epoch, "bit {bit}"),
                Err(error) => assert!(
                    matches!(
                        error,
                        OpenError::Damaged { .. } | OpenError::NewerFormat { .. }
                    ),
                    "bit {bit}: {error}"
                ),
            }
        }
    }

    #[test]
    fn d11_a_second_holder_is_refused_and_told_of_the_first() {
        let home = tempfile::tempdir().unwrap();
        let _held = Directory::open(home.path()).unwrap();
        let refused = Directory::open(home.path()).unwrap_err().to_string();
        assert!(
            refused.contains(&format!("process {}", std::process::id())),
            "{refused}"
        );
    }

    #[test]
    fn a_directory_with_other_files_is_not_touched() {
        let home = tempfile::tempdir().unwrap();
        fs::write(home.path().join("letter.txt"), "dear").unwrap();
        assert!(matches!(
            Directory::open(home.path()),
            Err(OpenError::NotAStore { .. })
        ));
        assert_eq!(fs::read_dir(home.path()).unwrap().count(), 1);
    }

    #[test]
    fn a_first_start_that_was_killed_is_no_obstacle() {
        let home = tempfile::tempdir().unwrap();
        fs::write(home.path().join("LOCK"), "").unwrap();
        fs::write(home.path().join("MANIFEST.new"), "form").unwrap();
        assert!(Directory::open(home.path()).is_ok());
    }

    #[test]
    fn d10_a_newer_store_is_refused_with_both_versions_named() {
        let home = tempfile::tempdir().unwrap();
        let manifest = "format: 9\nepoch: 0123456789abcdef\nwritten-by: 7.1.0\n";
        fs::write(home.path().join("MANIFEST"), manifest).unwrap();
        let refused = Directory::open(home.path()).unwrap_err().to_string();
        assert!(refused.contains("7.1.0") && refused.contains(env!("CARGO_PKG_VERSION")));
    }
}
