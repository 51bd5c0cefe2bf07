//! A copy of a store that must not or cannot be written to: a damaged one, or one on a read-only file
//! system, such as a snapshot.

use std::{
    env,
    fs::{self, DirBuilder, File},
    io,
    os::unix::fs::DirBuilderExt as _,
    path::{Path, PathBuf},
    process,
    sync::atomic::{AtomicU64, Ordering},
};

use rustix::fs::{StatVfsMountFlags, statvfs};

use crate::store::{
    disk::{
        directory::remove_directory,
        lock::lock_shared,
        owner_only::{self, is_removed},
    },
    error::OpenError,
};

/// The number of copies that this process has made, for their names.
static COPIES: AtomicU64 = AtomicU64::new(0);

/// A copy in the directory for temporary files. Dropping it removes it.
pub(crate) struct Copy {
    pub path: PathBuf,
    _lock: Option<File>,
}

/// Returns whether `path` is on a read-only file system.
pub(crate) fn is_read_only(path: &Path) -> io::Result<bool> {
    Ok(statvfs(path)?.f_flag.contains(StatVfsMountFlags::RDONLY))
}

impl Copy {
    /// Copies a store that no process has open. It is locked meanwhile: it may be on a file system
    /// that is read-only here and mounted for writing elsewhere.
    pub(crate) fn of(directory: &Path) -> Result<Copy, OpenError> {
        let lock = lock_shared(directory)?;
        Copy::make(directory, lock)
    }

    /// Copies a store that this process has locked.
    pub(crate) fn of_held(directory: &Path) -> Result<Copy, OpenError> {
        Copy::make(directory, None)
    }

    fn make(directory: &Path, lock: Option<File>) -> Result<Copy, OpenError> {
        let number = COPIES.fetch_add(1, Ordering::Relaxed);
        let name = format!("entente-copy-{}-{number}", process::id());
        let path = env::temp_dir().join(name);
        let failed = || {
            OpenError::io(format!(
                "copy {} to {}, as the storage engine writes to what it opens (TMPDIR says where to \
                 copy to)",
                directory.display(),
                path.display()
            ))
        };
        // Made here, as a directory that exists already is not ours to remove.
        let made = DirBuilder::new().mode(0o700).create(&path);
        made.map_err(failed())?;
        let copy = Copy {
            path: path.clone(),
            _lock: lock,
        };
        copy_files(directory, &path).map_err(failed())?;
        Ok(copy)
    }
}

impl Drop for Copy {
    fn drop(&mut self) {
        // What cannot be removed is among the temporary files.
        let _ = remove_directory(&self.path);
    }
}

fn copy_files(from: &Path, to: &Path) -> io::Result<()> {
    for entry in fs::read_dir(from)? {
        let entry = entry?;
        let (name, kind) = (entry.file_name(), fs::metadata(entry.path())?);
        let to = to.join(&name);
        if kind.is_dir() {
            owner_only::create_directory(&to)?;
            copy_files(&entry.path(), &to)?;
        } else if kind.is_file() && name != "LOCK" && !is_removed(&name) {
            let mut copied = owner_only::create_file(&to)?;
            io::copy(&mut File::open(entry.path())?, &mut copied)?;
        }
    }
    Ok(())
}
