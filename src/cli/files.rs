//! Reading files, and replacing them atomically.

use std::{
    fs::{self, File, OpenOptions},
    io::{self, Read, Write},
    os::unix::fs::OpenOptionsExt as _,
    path::{Path, PathBuf},
};

use super::failure::Failure;

/// The number of bytes that are read to recognise the kind of a file.
const BEGIN_LEN: u64 = 64;
const BYTE_ORDER_MARK: char = '\u{feff}';

/// Reads a file, or standard input for `-`, without the byte order mark that some editors add.
pub(super) fn read(path: &Path) -> Result<String, Failure> {
    let mut text = String::new();
    let read = if path == Path::new("-") {
        io::stdin().lock().read_to_string(&mut text)
    } else {
        File::open(path).and_then(|mut file| file.read_to_string(&mut text))
    };
    match read {
        Ok(_) => Ok(match text.strip_prefix(BYTE_ORDER_MARK) {
            Some(text) => text.to_owned(),
            None => text,
        }),
        Err(error) if error.kind() == io::ErrorKind::InvalidData => Err(Failure::Failed(format!(
            "{} is not in UTF-8; save it as UTF-8",
            path.display()
        ))),
        Err(error) => Err(failed("read", path, &error)),
    }
}

/// Checks that `path` is a directory. The store reports what is wrong inside it.
pub(super) fn store_directory(path: &Path) -> Result<(), Failure> {
    let metadata = fs::metadata(path).map_err(|error| failed("read", path, &error))?;
    let path = path.display();
    if metadata.is_file() {
        return Err(Failure::Failed(format!(
            "{path} is a file, but a store is a directory; to check a backup, use `entente backup \
             verify`"
        )));
    }
    Ok(())
}

/// Refuses to replace an existing file of another kind: `what` begins with `begin`.
pub(super) fn check_replaceable(path: &Path, begin: &[u8], what: &str) -> Result<(), Failure> {
    if !path.is_file() {
        return Ok(());
    }
    let mut there = Vec::new();
    let file = File::open(path);
    let read = file.and_then(|file| file.take(BEGIN_LEN).read_to_end(&mut there));
    read.map_err(|error| failed("read", path, &error))?;
    let there = there.trim_ascii_start();
    if there.is_empty() || there.starts_with(begin) {
        return Ok(());
    }
    Err(Failure::Failed(format!(
        "{} exists and is not {what}; name another file, or remove it first",
        path.display()
    )))
}

/// Replaces the content of `path` with `bytes`, durably; a crash leaves either the old file or the
/// new one. A new file is readable by the user only.
pub(super) fn replace(path: &Path, bytes: &[u8]) -> Result<(), Failure> {
    let mut file = Replacement::private(path)?;
    file.write_all(bytes)
        .map_err(|error| failed("write", path, &error))?;
    file.finish()
}

/// A file that replaces another one when it is finished. If dropped earlier, the other file is
/// unchanged.
#[derive(Debug)]
pub(super) struct Replacement {
    target: PathBuf,
    partial: PathBuf,
    file: File,
    finished: bool,
}

impl Replacement {
    pub(super) fn new(target: &Path) -> Result<Self, Failure> {
        Self::open(target, File::options().create(true).truncate(true))
    }

    /// Makes a replacement that only the user may read, unless the file that it replaces has other
    /// permissions.
    pub(super) fn private(target: &Path) -> Result<Self, Failure> {
        let partial = partial(target);
        // A partial file of an interrupted run may be readable by others.
        let _ = fs::remove_file(&partial);
        let file = Self::open(target, File::options().create_new(true).mode(0o600))?;
        if let Ok(old) = fs::metadata(target) {
            file.file
                .set_permissions(old.permissions())
                .map_err(|error| failed("write", &partial, &error))?;
        }
        Ok(file)
    }

    fn open(target: &Path, options: &mut OpenOptions) -> Result<Self, Failure> {
        let partial = partial(target);
        let file = options.write(true).open(&partial);
        let file = file.map_err(|error| failed("write", &partial, &error))?;
        Ok(Self {
            target: target.to_owned(),
            partial,
            file,
            finished: false,
        })
    }

    /// Makes the content durable and gives the file its final name.
    pub(super) fn finish(mut self) -> Result<(), Failure> {
        self.replace()
            .map_err(|error| failed("write", &self.target, &error))?;
        self.finished = true;
        Ok(())
    }

    fn replace(&self) -> io::Result<()> {
        self.file.sync_all()?;
        fs::rename(&self.partial, &self.target)?;
        sync_directory(&self.target)
    }
}

impl Write for Replacement {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.file.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.file.flush()
    }
}

impl Drop for Replacement {
    fn drop(&mut self) {
        if !self.finished {
            // A leftover file is overwritten next time.
            let _ = fs::remove_file(&self.partial);
        }
    }
}

fn partial(target: &Path) -> PathBuf {
    let mut partial = target.as_os_str().to_owned();
    partial.push(".partial");
    PathBuf::from(partial)
}

/// Returns a failure that names the file.
pub(super) fn failed(verb: &str, path: &Path, error: &io::Error) -> Failure {
    Failure::Failed(format!("cannot {verb} {}: {error}", path.display()))
}

/// Syncs the directory of `path`, without which the new name is not durable.
fn sync_directory(path: &Path) -> io::Result<()> {
    match path.parent() {
        Some(directory) if directory != Path::new("") => File::open(directory)?.sync_all(),
        _ => File::open(".")?.sync_all(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_replaced_file_has_the_new_content_and_leaves_nothing_else() {
        let directory = tempfile::tempdir().expect("a directory for the test");
        let path = directory.path().join("token");

        replace(&path, b"one\n").expect("writable");
        replace(&path, b"two\n").expect("writable");

        assert_eq!(fs::read(&path).expect("written"), b"two\n");
        assert_eq!(fs::read_dir(directory.path()).expect("there").count(), 1);
    }

    #[test]
    fn e8_a_new_file_is_readable_by_its_owner_only_and_an_old_one_keeps_its_permissions() {
        use std::os::unix::fs::PermissionsExt as _;

        let directory = tempfile::tempdir().expect("a directory for the test");
        let path = directory.path().join("token");
        let mode = || fs::metadata(&path).expect("written").permissions().mode() & 0o777;

        replace(&path, b"one\n").expect("writable");
        assert_eq!(mode(), 0o600);

        fs::set_permissions(&path, fs::Permissions::from_mode(0o640)).expect("our own file");
        replace(&path, b"two\n").expect("writable");
        assert_eq!(mode(), 0o640);
    }

    #[test]
    fn an_unfinished_file_leaves_the_old_one() {
        let directory = tempfile::tempdir().expect("a directory for the test");
        let path = directory.path().join("export");
        replace(&path, b"old").expect("writable");

        let mut file = Replacement::new(&path).expect("writable");
        file.write_all(b"half").expect("writable");
        drop(file);

        assert_eq!(fs::read(&path).expect("still there"), b"old");
        assert_eq!(fs::read_dir(directory.path()).expect("there").count(), 1);
    }

    /// Trial D4: a missing path was reported as "not empty".
    #[test]
    fn d4_the_error_for_a_file_or_a_missing_path_says_what_it_is() {
        let directory = tempfile::tempdir().expect("a directory for the test");
        let file = directory.path().join("backup");
        fs::write(&file, b"x").expect("writable");

        let text = |path: &Path| store_directory(path).map_err(|failure| failure.text());

        assert_eq!(text(directory.path()), Ok(()));
        assert!(text(&file).unwrap_err().contains("backup verify"));
        let missing = text(Path::new("/nonexistent")).unwrap_err();
        assert!(missing.contains("/nonexistent: No such file"), "{missing}");
    }

    /// Trial D7: a byte order mark was reported as invalid JSON.
    #[test]
    fn d7_a_byte_order_mark_is_skipped_and_another_encoding_is_named() {
        let directory = tempfile::tempdir().expect("a directory for the test");
        let path = directory.path().join("events");
        fs::write(&path, "\u{feff}{}").expect("writable");
        assert_eq!(read(&path).expect("readable"), "{}");

        fs::write(&path, b"\xff\xfe{\0}\0").expect("writable");
        let failure = read(&path).expect_err("it is UTF-16");
        assert!(failure.text().contains("not in UTF-8"), "{failure:?}");
    }

    #[test]
    fn a_missing_file_is_named() {
        let error = read(Path::new("/does/not/exist")).expect_err("it is not there");

        assert!(error.text().contains("/does/not/exist"), "{}", error.text());
    }
}
