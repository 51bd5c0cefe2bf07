//! The manifest of a store: its format, its epoch and the version that wrote it.

use std::{
    fs::{self, File},
    io::{self, Read as _, Write as _},
    path::Path,
};

use super::{
    owner_only,
    sync::{sync_above, sync_directory},
};
use crate::store::error::OpenError;

/// The format of stores that this version writes. It reads older ones too.
///
/// | format | what it added |
/// |---|---|
/// | 1 | |
/// | 2 | compressed blocks |
/// | 3 | bodies, tracking in records, redacted partnerships, names resolved for subscriptions |
pub const FORMAT: u32 = 3;

/// The key of the last line of a manifest, whose value is the CRC-32 of the lines before.
const CHECKSUM: &str = "checksum: ";
/// The first format whose manifests have that line.
const CHECKSUM_SINCE: u32 = 2;

/// Returns whether there is a manifest, and so a store.
pub(crate) fn is_there(path: &Path) -> bool {
    path.join("MANIFEST").exists()
}

/// Returns the epoch of the store in this directory, and writes a manifest with a new one when there
/// is none.
pub(crate) fn epoch(path: &Path) -> Result<String, OpenError> {
    match read(path)? {
        Some((_, epoch)) => Ok(epoch),
        None => {
            let epoch = random_epoch().map_err(OpenError::io("draw a random epoch"))?;
            write(path, &epoch)?;
            Ok(epoch)
        }
    }
}

/// Upgrades an older store to this version's format, in which it is written from now on. Older
/// versions then refuse it rather than misread it.
pub(crate) fn upgrade(path: &Path) -> Result<(), OpenError> {
    match read(path)? {
        Some((format, epoch)) if format < FORMAT => write(path, &epoch),
        _ => Ok(()),
    }
}

/// Replaces a damaged or missing manifest, in a copy that is only read.
pub(crate) fn replace_damaged(path: &Path) -> Result<(), OpenError> {
    match read(path) {
        Ok(Some(_)) => return Ok(()),
        Ok(None) | Err(OpenError::Damaged { .. }) => {}
        Err(error) => return Err(error),
    }
    let epoch = random_epoch().map_err(OpenError::io("draw a random epoch"))?;
    write(path, &epoch)
}

/// Reads the format and the epoch; `None` when there is no manifest.
fn read(path: &Path) -> Result<Option<(u32, String)>, OpenError> {
    let name = path.join("MANIFEST");
    let bytes = match fs::read(&name) {
        Ok(bytes) => bytes,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(OpenError::io(format!("read {}", name.display()))(error)),
    };
    // Bytes that are not text have no known lines either.
    let text = String::from_utf8_lossy(&bytes);
    let value = |key: &str| {
        text.lines()
            .find_map(|line| line.strip_prefix(key)?.strip_prefix(": "))
            .map(str::to_owned)
    };
    let damaged = |what: &str| OpenError::Damaged {
        directory: path.to_owned(),
        position: None,
        what: format!("MANIFEST has no {what}"),
    };
    let format = value("format").and_then(|text| text.parse().ok());
    let format: u32 = format.ok_or_else(|| damaged("format"))?;
    if format > FORMAT {
        let written_by = value("written-by").unwrap_or_else(|| "of an unknown version".to_owned());
        return Err(OpenError::NewerFormat {
            directory: path.to_owned(),
            format,
            known: FORMAT,
            written_by,
        });
    }
    let epoch = value("epoch")
        .filter(|epoch| epoch.len() == 16)
        .ok_or_else(|| damaged("epoch"))?;
    match text.split_once(CHECKSUM) {
        Some((lines, checksum)) if checksum.trim_end() == checksum_of(lines) => {}
        Some(_) => return Err(damaged("checksum that fits it")),
        None if format >= CHECKSUM_SINCE => return Err(damaged("line with its checksum")),
        None => {}
    }
    Ok(Some((format, epoch)))
}

fn checksum_of(lines: &str) -> String {
    format!("{:08x}", crc32fast::hash(lines.as_bytes()))
}

/// Writes a manifest to another file, syncs it and renames it: there is a complete manifest or none.
fn write(path: &Path, epoch: &str) -> Result<(), OpenError> {
    let lines = format!(
        "format: {FORMAT}\nepoch: {epoch}\nwritten-by: {}\n",
        env!("CARGO_PKG_VERSION")
    );
    let text = format!("{lines}{CHECKSUM}{}\n", checksum_of(&lines));
    let aside = path.join("MANIFEST.new");
    let write = || -> io::Result<()> {
        let mut file = owner_only::create_file(&aside)?;
        file.write_all(text.as_bytes())?;
        file.sync_all()?;
        fs::rename(&aside, path.join("MANIFEST"))?;
        sync_directory(path)?;
        sync_above(path)
    };
    write().map_err(OpenError::io(format!(
        "write the manifest in {}",
        path.display()
    )))
}

fn random_epoch() -> io::Result<String> {
    let mut bytes = [0; 8];
    File::open("/dev/urandom")?.read_exact(&mut bytes)?;
    Ok(bytes.iter().map(|byte| format!("{byte:02x}")).collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::disk::directory::Directory;

    #[test]
    fn d07_a_flipped_bit_never_leads_to_another_epoch() {
        let home = tempfile::tempdir().unwrap();
        let epoch = Directory::open(home.path()).unwrap().epoch;
        let name = home.path().join("MANIFEST");
        let bytes = fs::read(&name).unwrap();
        for bit in 0..bytes.len() * 8 {
            let mut flipped = bytes.clone();
            flipped[bit / 8] ^= 1 << (bit % 8);
            fs::write(&name, flipped).unwrap();
            match Directory::open(home.path()) {
                Ok(directory) => assert_eq!(directory.epoch, epoch, "bit {bit}"),
                Err(error) => assert!(
                    matches!(
                        error,
                        OpenError::Damaged { .. } | OpenError::NewerFormat { .. }
                    ),
                    "bit {bit}: {error}"
                ),
            }
        }
    }

    #[test]
    fn e3_a_manifest_that_has_lost_its_checksum_is_refused() {
        let home = tempfile::tempdir().unwrap();
        epoch(home.path()).unwrap();
        let name = home.path().join("MANIFEST");
        let text = fs::read_to_string(&name).unwrap();
        let (lines, _) = text.split_once(CHECKSUM).unwrap();
        fs::write(&name, lines).unwrap();
        let refused = epoch(home.path()).unwrap_err().to_string();
        assert!(
            refused.contains("MANIFEST has no line with its checksum"),
            "{refused}"
        );
    }

    #[test]
    fn d10_a_newer_store_is_refused_with_both_versions_named() {
        let home = tempfile::tempdir().unwrap();
        let manifest = "format: 9\nepoch: 0123456789abcdef\nwritten-by: 7.1.0\n";
        fs::write(home.path().join("MANIFEST"), manifest).unwrap();
        let refused = Directory::open(home.path()).unwrap_err().to_string();
        assert!(refused.contains("7.1.0") && refused.contains(env!("CARGO_PKG_VERSION")));
    }

    #[test]
    fn d10_an_older_store_that_is_written_to_becomes_one_of_this_format_with_the_same_epoch() {
        let home = tempfile::tempdir().unwrap();
        let manifest = "format: 1\nepoch: 0123456789abcdef\nwritten-by: 0.1.0\n";
        fs::write(home.path().join("MANIFEST"), manifest).unwrap();
        assert_eq!(epoch(home.path()).unwrap(), "0123456789abcdef");
        let with_format = |format| Some((format, "0123456789abcdef".to_owned()));
        assert_eq!(read(home.path()).unwrap(), with_format(1));
        upgrade(home.path()).unwrap();
        assert_eq!(read(home.path()).unwrap(), with_format(FORMAT));
    }
}
