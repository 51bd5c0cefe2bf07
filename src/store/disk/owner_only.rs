//! Files and directories that only the user of the server may read.
//!
//! A symbolic link in the place of a file is refused: whoever put it there would choose the file that
//! is overwritten. Existing files keep their permissions.

use std::{
    ffi::OsStr,
    fs::{DirBuilder, File, OpenOptions},
    io,
    os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _},
    path::Path,
};

use rustix::{fs::OFlags, io::Errno};

/// Opens a file for reading and writing, and creates it when there is none.
pub(crate) fn open_file(path: &Path) -> io::Result<File> {
    open(path, OpenOptions::new().create(true).truncate(false))
}

/// Creates a file, or empties the existing one, and opens it for reading and writing.
pub(crate) fn create_file(path: &Path) -> io::Result<File> {
    open(path, OpenOptions::new().create(true).truncate(true))
}

/// Creates a directory and its parents.
pub(crate) fn create_directory(path: &Path) -> io::Result<()> {
    DirBuilder::new().recursive(true).mode(0o700).create(path)
}

/// Returns whether this is a name that NFS or FUSE gives to a file that was removed while a process had
/// it open. The file disappears when the process closes it.
pub(crate) fn is_removed(name: &OsStr) -> bool {
    let name = name.as_encoded_bytes();
    name.starts_with(b".nfs") || name.starts_with(b".fuse_hidden")
}

fn open(path: &Path, options: &mut OpenOptions) -> io::Result<File> {
    let no_link = OFlags::NOFOLLOW.bits() as i32;
    options
        .read(true)
        .write(true)
        .mode(0o600)
        .custom_flags(no_link)
        .open(path)
        .map_err(|error| match error.raw_os_error() {
            Some(code) if code == Errno::LOOP.raw_os_error() => {
                io::Error::other("it is a symbolic link, which may lead anywhere; remove it")
            }
            _ => error,
        })
}

#[cfg(test)]
mod tests {
    use std::{
        fs,
        os::unix::fs::{PermissionsExt as _, symlink},
    };

    use super::*;

    #[test]
    fn e8_what_is_made_is_for_its_owner_alone() {
        let home = tempfile::tempdir().unwrap();
        let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
        let directory = home.path().join("a/b");
        create_directory(&directory).unwrap();
        assert_eq!(mode(&directory), 0o700);
        open_file(&directory.join("c")).unwrap();
        create_file(&directory.join("d")).unwrap();
        assert_eq!(mode(&directory.join("c")), 0o600);
        assert_eq!(mode(&directory.join("d")), 0o600);
    }

    #[test]
    fn e3_a_symbolic_link_is_not_followed() {
        let home = tempfile::tempdir().unwrap();
        let (letter, link) = (home.path().join("letter"), home.path().join("LOCK"));
        fs::write(&letter, "dear").unwrap();
        symlink(&letter, &link).unwrap();
        for refused in [open_file(&link), create_file(&link)] {
            let refused = refused.unwrap_err().to_string();
            assert!(refused.contains("symbolic link"), "{refused}");
        }
        assert_eq!(fs::read(&letter).unwrap(), b"dear");
    }
}
