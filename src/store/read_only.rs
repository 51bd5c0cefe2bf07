//! A store on a file system that cannot be written to, as of a snapshot.

use std::{
    env,
    fs::{self, File},
    io,
    path::{Path, PathBuf},
    process,
};

use rustix::fs::{StatVfsMountFlags, statvfs};

use super::{
    directory::{lock_shared, remove_directory},
    error::OpenError,
    private::{self, is_removed},
};

/// A copy among the temporary files, removed when it is dropped.
pub struct Copy {
    pub path: PathBuf,
    _lock: Option<File>,
}

/// Whether nothing can be written there.
pub fn is_read_only(path: &Path) -> io::Result<bool> {
    Ok(statvfs(path)?.f_flag.contains(StatVfsMountFlags::RDONLY))
}

impl Copy {
    /// Of a store that no process has open. Nothing can be written to that, but it may be mounted
    /// for writing elsewhere.
    pub fn of(directory: &Path) -> Result<Copy, OpenError> {
        let lock = lock_shared(directory)?;
        let path = env::temp_dir().join(format!("entente-verify-{}", process::id()));
        let failed = || {
            OpenError::io(format!(
                "copy {} to {}, as it cannot be written to and the storage engine has to (TMPDIR \
                 says where to copy to)",
                directory.display(),
                path.display()
            ))
        };
        // Its removal comes first, and removes nothing that was there before.
        fs::create_dir(&path).map_err(failed())?;
        let copy = Copy {
            path: path.clone(),
            _lock: lock,
        };
        fs::remove_dir(&path)
            .and_then(|()| copy_directory(directory, &path))
            .map_err(failed())?;
        Ok(copy)
    }
}

impl Drop for Copy {
    fn drop(&mut self) {
        // What is left is among the temporary files.
        let _ = remove_directory(&self.path);
    }
}

fn copy_directory(from: &Path, to: &Path) -> io::Result<()> {
    private::create_directory(to)?;
    for entry in fs::read_dir(from)? {
        let entry = entry?;
        let (name, kind) = (entry.file_name(), entry.file_type()?);
        let to = to.join(&name);
        if kind.is_dir() {
            copy_directory(&entry.path(), &to)?;
        } else if kind.is_file() && name != "LOCK" && !is_removed(&name) {
            let mut copied = private::create_file(&to)?;
            io::copy(&mut File::open(entry.path())?, &mut copied)?;
        }
    }
    Ok(())
}
