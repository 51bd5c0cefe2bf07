use std::{
    io,
    path::{Path, PathBuf},
};

use thiserror::Error;

use super::record::Position;

/// Why a store cannot be opened. Each message says what to do.
#[derive(Debug, Error)]
pub enum OpenError {
    /// Another process has it open.
    #[error("{} is in use by {process}; stop it or choose another --data-dir", directory.display())]
    InUse { directory: PathBuf, process: String },
    /// The directory has files, but not those of a store.
    #[error("{} is not empty and not an entente store; choose an empty --data-dir", directory.display())]
    NotAStore { directory: PathBuf },
    /// An unfinished store, of a restore that was interrupted or is running.
    #[error(
        "{} is what a restore had made when it was interrupted; restore again, or choose another \
         --data-dir",
        directory.display()
    )]
    Unfinished { directory: PathBuf },
    /// The directory for a new store has something in it that is not an unfinished store.
    #[error(
        "{} is in the way and not what an interrupted restore leaves; move it elsewhere, or choose \
         another --data-dir",
        directory.display()
    )]
    NotUnfinished { directory: PathBuf },
    /// Written by a newer version.
    #[error(
        "{} has store format {format}, written by entente {written_by}, and this is entente {} which \
         reads format {known}; run that version or a newer one",
        directory.display(),
        env!("CARGO_PKG_VERSION")
    )]
    NewerFormat {
        directory: PathBuf,
        format: u32,
        known: u32,
        written_by: String,
    },
    /// Not enough room to open it safely.
    #[error(
        "{} has {free} bytes of free space and opening it needs {needed}; make room first",
        directory.display()
    )]
    NoSpace {
        directory: PathBuf,
        free: u64,
        needed: u64,
    },
    /// Something in the store is not as it was written.
    #[error(
        "the store in {} is damaged{}: {what}; keep a copy as it is, and restore a backup, or what is \
         sound with `entente backup salvage`",
        directory.display(),
        at(*position)
    )]
    Damaged {
        directory: PathBuf,
        position: Option<Position>,
        what: String,
    },
    /// The operating system returned an error.
    #[error("cannot {what}: {source}")]
    Io { what: String, source: io::Error },
}

/// Our own failure after the store was opened.
#[derive(Clone, Debug, Eq, Error, PartialEq)]
pub enum StoreError {
    /// A record is not as it was written.
    #[error("the record at position {position} is damaged: {what}")]
    Damaged { position: Position, what: String },
    /// A subscription is not as it was written.
    #[error("the state of {name} is damaged: {what}")]
    DamagedSubscription { name: String, what: String },
    /// Bytes on disk are not as they were written, whatever is in memory.
    #[error("the file {file} is damaged at byte {offset}: it is not what was written there")]
    DamagedFile { file: &'static str, offset: u64 },
    /// Reading or writing failed; writing stops until a restart.
    #[error("the store failed: {0}")]
    Failed(String),
    /// Less free space than the store keeps in reserve; writing resumes when there is more.
    #[error("{free} bytes of free space are left and {reserve} are kept in reserve")]
    Full { free: u64, reserve: u64 },
    /// Too many costly questions are waiting.
    #[error("{waiting} costly questions wait for their turn")]
    Busy { waiting: usize },
    /// The store is closing.
    #[error("the store is closing")]
    Closed,
}

impl OpenError {
    /// Wraps an error of the operating system, with what was being done.
    pub(super) fn io(what: impl Into<String>) -> impl FnOnce(io::Error) -> OpenError {
        let what = what.into();
        move |source| OpenError::Io { what, source }
    }

    /// Makes the error of a store whose log is damaged.
    pub(super) fn damaged(directory: &Path, error: StoreError) -> OpenError {
        let (position, what) = match error {
            StoreError::Damaged { position, what } => (Some(position), what),
            error => (None, error.to_string()),
        };
        OpenError::Damaged {
            directory: directory.to_owned(),
            position,
            what,
        }
    }

    /// Makes the error of a store in which something beside the log is damaged.
    pub(super) fn damaged_beside_log(directory: &Path, error: &StoreError) -> OpenError {
        OpenError::Damaged {
            directory: directory.to_owned(),
            position: None,
            what: error.to_string(),
        }
    }

    /// Replaces the directory, which is that of a copy, by that of the store.
    pub(super) fn of(self, directory: &Path) -> OpenError {
        match self {
            OpenError::Damaged { position, what, .. } => OpenError::Damaged {
                directory: directory.to_owned(),
                position,
                what,
            },
            error => error,
        }
    }
}

/// Names the position of damage, as part of a message.
fn at(position: Option<Position>) -> String {
    position.map_or_else(String::new, |position| format!(" at position {position}"))
}
