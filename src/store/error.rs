use std::{
    fmt, io,
    path::{Path, PathBuf},
};

use super::{
    disk::block::FORMAT,
    record::{Position, RecordError},
    view::questions::WAITING_MAX,
};

/// Why a store does not open. Each says what to do.
#[derive(Debug)]
pub enum OpenError {
    /// Another process has it.
    InUse { directory: PathBuf, process: String },
    /// There are files, but not those of a store.
    NotAStore { directory: PathBuf },
    /// A store in the making, of a restore that was interrupted or goes on.
    Unfinished { directory: PathBuf },
    /// Not a store in the making, where one is to be made.
    NotUnfinished { directory: PathBuf },
    /// Written by a newer version.
    NewerFormat {
        directory: PathBuf,
        format: u32,
        written_by: String,
    },
    /// Not enough room to open it safely.
    NoSpace {
        directory: PathBuf,
        free: u64,
        needed: u64,
    },
    /// Something in it is not what was written.
    Damaged {
        directory: PathBuf,
        position: Option<Position>,
        what: String,
    },
    /// The operating system refused.
    Io { what: String, source: io::Error },
}

/// Our own failure after the store was opened.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum StoreError {
    /// A record is not what was written.
    Damaged { position: Position, what: String },
    /// A subscription is not what was written.
    DamagedSubscription { name: String, what: String },
    /// Bytes on disk are not what was written, whatever memory holds.
    DamagedFile { file: &'static str, offset: u64 },
    /// Reading or writing failed; writing stops until a restart.
    Failed(String),
    /// Less free space than the store keeps in reserve; writing resumes when there is more.
    Full { free: u64, reserve: u64 },
    /// So many costly questions wait that there is no place for another.
    Busy,
    /// The store is closing.
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

impl fmt::Display for OpenError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            OpenError::InUse { directory, process } => write!(
                f,
                "{} is in use by {process}; stop it or choose another --data-dir",
                directory.display()
            ),
            OpenError::NotAStore { directory } => write!(
                f,
                "{} is not empty and not an entente store; choose an empty --data-dir",
                directory.display()
            ),
            OpenError::Unfinished { directory } => write!(
                f,
                "{} is what a restore had made when it was interrupted; restore again, or choose \
                 another --data-dir",
                directory.display()
            ),
            OpenError::NotUnfinished { directory } => write!(
                f,
                "{} is in the way and not what an interrupted restore leaves; move it elsewhere, or \
                 choose another --data-dir",
                directory.display()
            ),
            OpenError::NewerFormat {
                directory,
                format,
                written_by,
            } => write!(
                f,
                "{} has store format {format}, written by entente {written_by}, and this is entente \
                 {} which reads format {FORMAT}; run that version or a newer one",
                directory.display(),
                env!("CARGO_PKG_VERSION"),
            ),
            OpenError::NoSpace {
                directory,
                free,
                needed,
            } => write!(
                f,
                "{} has {free} bytes of free space and opening it needs {needed}; make room first",
                directory.display()
            ),
            OpenError::Damaged {
                directory,
                position,
                what,
            } => {
                write!(f, "the store in {} is damaged", directory.display())?;
                if let Some(position) = position {
                    write!(f, " at position {position}")?;
                }
                write!(
                    f,
                    ": {what}; keep a copy as it is, and restore a backup, or what is sound with \
                     `entente backup salvage`"
                )
            }
            OpenError::Io { what, source } => write!(f, "cannot {what}: {source}"),
        }
    }
}

impl std::error::Error for OpenError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            OpenError::Io { source, .. } => Some(source),
            _ => None,
        }
    }
}

impl fmt::Display for StoreError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            StoreError::Damaged { position, what } => {
                write!(f, "the record at position {position} is damaged: {what}")
            }
            StoreError::DamagedSubscription { name, what } => {
                write!(f, "the state of {name} is damaged: {what}")
            }
            StoreError::DamagedFile { file, offset } => write!(
                f,
                "the file {file} is damaged at byte {offset}: it is not what was written there"
            ),
            StoreError::Failed(what) => write!(f, "the store failed: {what}"),
            StoreError::Full { free, reserve } => {
                write!(
                    f,
                    "{free} bytes of free space are left and {reserve} are kept in reserve"
                )
            }
            StoreError::Busy => write!(f, "{WAITING_MAX} costly questions wait for their turn"),
            StoreError::Closed => write!(f, "the store is closing"),
        }
    }
}

impl std::error::Error for StoreError {}

impl fmt::Display for RecordError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            RecordError::UnknownFormat(format) => {
                write!(
                    f,
                    "its block has format {format} and this version reads {FORMAT}"
                )
            }
            RecordError::Damaged(what) => f.write_str(what),
        }
    }
}
