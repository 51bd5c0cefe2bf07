use std::{
    io::{self, Write as _},
    path::PathBuf,
};

/// A file system whose power can be cut.
pub trait Power {
    /// Where it is mounted.
    fn path(&self) -> PathBuf;

    /// Cuts the power. What runs on it gets I/O errors from now on.
    fn cut(&mut self);

    /// Mounts it again with what has outlived the cut. Nothing may run on it any more.
    fn power_on(&mut self);
}

/// A disk, or none where there can be none, which is said.
pub fn skipped<T>(made: io::Result<T>) -> Option<T> {
    match made {
        Ok(disk) => Some(disk),
        Err(error) => {
            // Not `eprintln`, which is shown for failed tests only.
            let _ = writeln!(
                io::stderr(),
                "skipped, as there is no file system to cut the power of: {error}"
            );
            None
        }
    }
}
