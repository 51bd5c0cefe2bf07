//! The file `LOCK`, which a process holds while it uses a store.

use std::{
    fs::{File, TryLockError},
    io::{self, Read as _, Write as _},
    path::Path,
};

use super::owner_only;
use crate::store::error::OpenError;

/// Locks a directory until the returned file is dropped.
pub(crate) fn lock(path: &Path) -> Result<File, OpenError> {
    let name = path.join("LOCK");
    let mut file =
        owner_only::open_file(&name).map_err(OpenError::io(format!("open {}", name.display())))?;
    let locked = file.try_lock();
    refuse_used(path, &mut file, locked)?;
    let named = file
        .set_len(0)
        .and_then(|()| file.write_all(std::process::id().to_string().as_bytes()));
    match named {
        // The lock holds without the id, and reads are served on a full disk.
        Err(error) if is_full(&error) => {}
        named => named.map_err(OpenError::io(format!("write {}", name.display())))?,
    }
    Ok(file)
}

/// Locks a directory that is only read, and may not be writable. `None` without a lock file: then no
/// process has the store open.
pub(crate) fn lock_shared(path: &Path) -> Result<Option<File>, OpenError> {
    let mut file = match File::open(path.join("LOCK")) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        opened => opened.map_err(OpenError::io(format!("open LOCK in {}", path.display())))?,
    };
    let locked = file.try_lock_shared();
    refuse_used(path, &mut file, locked)?;
    Ok(Some(file))
}

fn refuse_used(
    path: &Path,
    file: &mut File,
    locked: Result<(), TryLockError>,
) -> Result<(), OpenError> {
    match locked {
        Ok(()) => Ok(()),
        Err(TryLockError::WouldBlock) => {
            let mut process = String::new();
            // The id is a courtesy: the error is returned without it too.
            let _ = file.read_to_string(&mut process);
            let process = match process.trim() {
                "" => "another process".to_owned(),
                id => format!("process {id}"),
            };
            let directory = path.to_owned();
            Err(OpenError::InUse { directory, process })
        }
        Err(TryLockError::Error(error)) => {
            Err(OpenError::io(format!("lock {}", path.display()))(error))
        }
    }
}

/// Returns whether an operation failed because there is no room.
pub(crate) fn is_full(error: &io::Error) -> bool {
    matches!(
        error.kind(),
        io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded
    )
}
