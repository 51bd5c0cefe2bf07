use std::{
    io,
    path::{Path, PathBuf},
};

use thiserror::Error;

use super::{disk::block::FORMAT, record::Position, view::questions::WAITING_MAX};

/// Why a store does not open. Each says what to do.
#[derive(Debug, Error)]
pub enum OpenError {
    /// Another process has it.
    #[error("{} is in use by {process}; stop it or choose another --data-dir", directory.display())]
    InUse { directory: PathBuf, process: String },
    /// There are files, but not those of a store.
    #[error("{} is not empty and not an entente store; choose an empty --data-dir", directory.display())]
    NotAStore { directory: PathBuf },
    /// A store in the making, of a restore that was interrupted or goes on.
    #[error(
        "{} is what a restore had made when it was interrupted; restore again, or choose another \
         --data-dir",
        directory.display()
    )]
    Unfinished { directory: PathBuf },
    /// Not a store in the making, where one is to be made.
    #[error(
        "{} is in the way and not what an interrupted restore leaves; move it elsewhere, or choose \
         another --data-dir",
        directory.display()
    )]
    NotUnfinished { directory: PathBuf },
    /// Written by a newer version.
    #[error(
        "{} has store format {format}, written by entente {written_by}, and this is entente {} which \
         reads format {FORMAT}; run that version or a newer one",
        directory.display(),
        env!("CARGO_PKG_VERSION")
    )]
    NewerFormat {
        directory: PathBuf,
        format: u32,
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
    /// Something in it is not what was written.
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
    /// The operating system refused.
    #[error("cannot {what}: {source}")]
    Io { what: String, source: io::Error },
}

/// Our own failure after the store was opened.
#[derive(Clone, Debug, Eq, Error, PartialEq)]
pub enum StoreError {
    /// A record is not what was written.
    #[error("the record at position {position} is damaged: {what}")]
    Damaged { position: Position, what: String },
    /// A subscription is not what was written.
    #[error("the state of {name} is damaged: {what}")]
    DamagedSubscription { name: String, what: String },
    /// Bytes on disk are not what was written, whatever memory holds.
    #[error("the file {file} is damaged at byte {offset}: it is not what was written there")]
    DamagedFile { file: &'static str, offset: u64 },
    /// Reading or writing failed; writing stops until a restart.
    #[error("the store failed: {0}")]
    Failed(String),
    /// Less free space than the store keeps in reserve; writing resumes when there is more.
    #[error("{free} bytes of free space are left and {reserve} are kept in reserve")]
    Full { free: u64, reserve: u64 },
    /// So many costly questions wait that there is no place for another.
    #[error("{WAITING_MAX} costly questions wait for their turn")]
    Busy,
    /// The store is closing.
    #[error("the store is closing")]
    Closed,
}

impl OpenError {
    /// Wraps an operating-system error with what was being done.
    pub(super) fn io(what: impl Into<String>) -> impl FnOnce(io::Error) -> OpenError {
        let what = what.into();
        move |source| OpenError::Io { what, source }
    }

    /// The log of the store in a directory is not what was written.
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

    /// The same of what is kept beside the log.
    pub(super) fn damaged_beside_log(directory: &Path, error: &StoreError) -> OpenError {
        OpenError::Damaged {
            directory: directory.to_owned(),
            position: None,
            what: error.to_string(),
        }
    }

    /// The same of a store of which a copy was looked at.
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

/// The place of damage, as a part of a message.
fn at(position: Option<Position>) -> String {
    position.map_or_else(String::new, |position| format!(" at position {position}"))
}
