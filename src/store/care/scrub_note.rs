//! The time of the last complete scrub, in a file that outlives the server.

use std::{
    fs,
    io::{self, Write as _},
    path::Path,
};

use crate::store::{disk::owner_only, store::Store};

const FILE: &str = "SCRUBBED";

/// Returns when the whole store was last read again and found sound, in microseconds since
/// 1970. Before the first scrub, this is the first time it was asked: opening a store reads all
/// of it too.
pub fn scrubbed_micros(store: &Store) -> i64 {
    let now = store.clock().now_micros();
    let noted = store.shared.disk.as_ref();
    match noted.and_then(|disk| read(disk.directory.path())) {
        // The clock may have been ahead.
        Some(micros) => micros.min(now),
        None => {
            note_scrubbed(store, now);
            now
        }
    }
}

/// Notes that the whole store was read again and found sound. On failure only the note is lost.
pub fn note_scrubbed(store: &Store, micros: i64) {
    let Some(disk) = &store.shared.disk else {
        return;
    };
    if let Err(error) = write(disk.directory.path(), micros) {
        tracing::warn!(%error, "cannot note when the store was last read again");
    }
}

fn read(directory: &Path) -> Option<i64> {
    let text = fs::read_to_string(directory.join(FILE)).ok()?;
    text.trim().parse().ok()
}

/// Writes the note. One that is cut short cannot be read, and is then written again.
fn write(directory: &Path, micros: i64) -> io::Result<()> {
    let mut file = owner_only::create_file(&directory.join(FILE))?;
    file.write_all(format!("{micros}\n").as_bytes())?;
    file.sync_all()
}
