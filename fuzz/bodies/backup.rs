use std::io;

use entente::{
    backup::{BackupReader, BackupWriter, ExportCheck, ExportSummary, MAGIC},
    proto::v1::ExportStoreResponse,
};
use prost::Message as _;

/// Parts of one input at most: a few bytes may be unpacked into very many.
const PARTS_MAX: usize = 10_000;

/// A backup is refused with a reason, or is what its summary says and can be written again.
pub fn backup(input: &[u8]) {
    if let Ok(parts) = read(input) {
        check(&parts);
    }
    // Behind the compression, whose checksum hardly any change passes.
    if let Some(parts) = unpacked(input.strip_prefix(&MAGIC).unwrap_or(input)) {
        check(&parts);
        assert_eq!(read(&written(&parts)).expect("it was written"), parts);
    }
}

fn check(parts: &[ExportStoreResponse]) -> Option<ExportSummary> {
    let mut check = ExportCheck::default();
    let mut records = 0;
    for part in parts {
        match check.part(part) {
            Ok(more) => records += more.len() as u64,
            Err(damage) => {
                assert!(!damage.0.is_empty());
                return None;
            }
        }
    }
    let summary = check.finish().ok()?;
    assert_eq!(summary.records, records);
    Some(summary)
}

fn read(input: &[u8]) -> io::Result<Vec<ExportStoreResponse>> {
    let mut reader = BackupReader::begin(input)?;
    let mut parts = Vec::new();
    while let Some(part) = reader.part()? {
        parts.push(part);
        if parts.len() == PARTS_MAX {
            return Err(io::ErrorKind::FileTooLarge.into());
        }
    }
    Ok(parts)
}

fn unpacked(mut input: &[u8]) -> Option<Vec<ExportStoreResponse>> {
    let mut parts = Vec::new();
    while !input.is_empty() {
        parts.push(ExportStoreResponse::decode_length_delimited(&mut input).ok()?);
    }
    Some(parts)
}

fn written(parts: &[ExportStoreResponse]) -> Vec<u8> {
    let mut writer = BackupWriter::begin(Vec::new()).expect("into memory");
    for part in parts {
        writer.part(part).expect("into memory");
    }
    writer.finish().expect("into memory")
}
