use std::{
    collections::BTreeSet,
    fs::{self, File},
    io::{self, BufReader},
    path::{Path, PathBuf},
};

use bytes::Bytes;
use thiserror::Error;

use super::{
    export_check::{Checkpoint, Damage, ExportCheck, ExportSummary},
    file::BackupReader,
};
use crate::{
    proto::v1::{ExportHeader, export_store_response::Part},
    store::{OpenError, Position, Rebuild, Record, Salvage, StoreError},
};

/// Why no store was restored or salvaged.
#[derive(Debug, Error)]
pub enum RestoreError {
    /// A file is damaged.
    #[error("{} is damaged: {what}; use another backup", file.display())]
    Damaged { file: PathBuf, what: String },
    /// A file does not begin with [`MAGIC`](super::MAGIC).
    #[error(
        "{} is not a backup of entente, or is damaged at its beginning; name a file that \
         `entente backup create` made",
        .0.display()
    )]
    NotBackup(PathBuf),
    /// A file does not continue the one before it.
    #[error(
        "{} continues a backup that ends at position {from}, and the files before it end at \
         position {before} or are of another history; name a whole backup first, then those that \
         continue it, in order",
        file.display()
    )]
    Gap {
        file: PathBuf,
        from: u64,
        before: u64,
    },
    /// The directory is not empty.
    #[error("{} is not empty; name a directory that does not exist yet", .0.display())]
    NotEmpty(PathBuf),
    /// A file or directory cannot be read or written.
    #[error("{}: {source}", path.display())]
    Io { path: PathBuf, source: io::Error },
    #[error(transparent)]
    Open(OpenError),
    #[error(transparent)]
    Store(StoreError),
}

/// Reads backups completely and checks everything in them. Each must continue the one before it.
pub fn check_files(files: &[PathBuf]) -> Result<Vec<ExportSummary>, RestoreError> {
    check_each(files, |_| ())
}

/// Checks files as [`check_files`] does and calls `each` with every record.
fn check_each(
    files: &[PathBuf],
    mut each: impl FnMut(&Record),
) -> Result<Vec<ExportSummary>, RestoreError> {
    let mut summaries: Vec<ExportSummary> = Vec::new();
    for file in files {
        let before = summaries
            .last()
            .map_or(Checkpoint::default(), |summary| summary.head);
        let show = |records: &[Record]| {
            records.iter().for_each(&mut each);
            Ok(())
        };
        summaries.push(read(file, before, show)?.0);
    }
    Ok(summaries)
}

/// Makes a store in `directory` from a whole backup and those that continue it, in order.
/// Everything is checked before anything is written, and the directory appears only when it is
/// complete. Content that is redacted in a later backup is not restored from an earlier one.
pub fn restore(files: &[PathBuf], directory: &Path) -> Result<Vec<ExportSummary>, RestoreError> {
    refuse_used(directory)?;
    let mut redacted = BTreeSet::new();
    let summaries = check_each(files, |record| redacted.extend(record.redacted_name()))?;
    let (mut rebuild, aside) = begin(directory)?;
    let (mut before, mut subscriptions) = (Checkpoint::default(), Vec::new());
    for file in files {
        let mut add = |records: &[Record]| {
            let records = records.iter().map(|record| without(&redacted, record));
            let records = records.collect::<Result<_, _>>();
            records
                .and_then(|records| rebuild.append(records))
                .map_err(RestoreError::Store)
        };
        let (summary, stored) = read(file, before, &mut add)?;
        (before, subscriptions) = (summary.head, stored);
    }
    // Keeps the store open, and so locked, until it has its final name.
    let _rebuilt = rebuild
        .finish(&subscriptions)
        .map_err(RestoreError::Store)?;
    put_in_place(&aside, directory)?;
    Ok(summaries)
}

/// Returns the record to restore: without its content if it belongs to one of the `redacted`
/// events.
fn without(redacted: &BTreeSet<String>, record: &Record) -> Result<Record, StoreError> {
    let erased = !redacted.is_empty()
        && !record.redacted
        && record.redacted_name().is_none()
        && record.name().is_some_and(|name| redacted.contains(&name));
    if erased {
        record.redacted()
    } else {
        Ok(record.clone())
    }
}

/// Makes a store in `directory` from the undamaged part of a damaged one. Returns the names of
/// events that were redacted again, because the change that redacted them is lost.
pub fn salvage(salvage: &Salvage, directory: &Path) -> Result<Vec<String>, RestoreError> {
    refuse_used(directory)?;
    let (mut rebuild, aside) = begin(directory)?;
    let mut after = 0;
    while after < salvage.upto {
        let records = salvage.records_after(after).map_err(RestoreError::Store)?;
        if records.is_empty() {
            let (position, what) = (after + 1, "it is missing".to_owned());
            return Err(RestoreError::Store(StoreError::Damaged { position, what }));
        }
        after += records.len() as Position;
        rebuild.append(records).map_err(RestoreError::Store)?;
    }
    let redacted = rebuild.redact_again().map_err(RestoreError::Store)?;
    let _rebuilt = rebuild
        .finish(&salvage.subscriptions)
        .map_err(RestoreError::Store)?;
    put_in_place(&aside, directory)?;
    Ok(redacted)
}

/// Begins a store in a temporary directory. Returns both.
fn begin(directory: &Path) -> Result<(Rebuild, PathBuf), RestoreError> {
    let aside = beside(directory);
    let rebuild = Rebuild::begin(&aside).map_err(RestoreError::Open)?;
    Ok((rebuild, aside))
}

fn put_in_place(aside: &Path, directory: &Path) -> Result<(), RestoreError> {
    fs::rename(aside, directory).map_err(io_failed(directory))?;
    let parent = directory.canonicalize().map_err(io_failed(directory))?;
    match parent.parent() {
        Some(parent) => File::open(parent)
            .and_then(|parent| parent.sync_all())
            .map_err(io_failed(parent)),
        None => Ok(()),
    }
}

fn io_failed(path: &Path) -> impl FnOnce(io::Error) -> RestoreError + use<> {
    let path = path.to_owned();
    move |source| RestoreError::Io { path, source }
}

/// Reads a backup that continues `before`. Calls `add` with its records and returns its
/// subscriptions.
fn read(
    file: &Path,
    before: Checkpoint,
    mut each: impl FnMut(&[Record]) -> Result<(), RestoreError>,
) -> Result<(ExportSummary, Vec<Bytes>), RestoreError> {
    let damaged = |what: String| RestoreError::Damaged {
        file: file.to_owned(),
        what,
    };
    let opened = File::open(file).map_err(|source| RestoreError::Io {
        path: file.to_owned(),
        source,
    })?;
    let begun = BackupReader::begin(BufReader::new(opened));
    let mut reader = begun.map_err(|_| RestoreError::NotBackup(file.to_owned()))?;
    let (mut check, mut subscriptions) = (ExportCheck::default(), Vec::new());
    while let Some(part) = reader.part().map_err(|error| damaged(error.to_string()))? {
        let records = check.part(&part).map_err(|Damage(what)| damaged(what))?;
        match part.part {
            Some(Part::Header(header)) if !follows(&header, before) => {
                return Err(RestoreError::Gap {
                    file: file.to_owned(),
                    from: header.after_position.unsigned_abs(),
                    before: before.position,
                });
            }
            Some(Part::Subscriptions(stored)) => {
                subscriptions.extend(stored.subscriptions);
            }
            _ => each(&records)?,
        }
    }
    let summary = check.finish().map_err(|Damage(what)| damaged(what))?;
    Ok((summary, subscriptions))
}

fn follows(header: &ExportHeader, before: Checkpoint) -> bool {
    u64::try_from(header.after_position) == Ok(before.position)
        && header.after_digest == before.digest.to_string()
}

fn refuse_used(directory: &Path) -> Result<(), RestoreError> {
    let used = match fs::read_dir(directory) {
        Ok(mut entries) => entries.next().is_some(),
        Err(error) if error.kind() == io::ErrorKind::NotFound => false,
        Err(source) => {
            let path = directory.to_owned();
            return Err(RestoreError::Io { path, source });
        }
    };
    if used {
        return Err(RestoreError::NotEmpty(directory.to_owned()));
    }
    Ok(())
}

fn beside(directory: &Path) -> PathBuf {
    let mut name = directory.components().collect::<PathBuf>().into_os_string();
    name.push(".restoring");
    name.into()
}
