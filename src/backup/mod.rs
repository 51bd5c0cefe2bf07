//! Backups: files from which a store can be restored, even when the original is lost.
//!
//! | bytes | content |
//! |---|---|
//! | 8 | [`MAGIC`] |
//! | rest | the parts of an export, compressed with zstd, with a checksum |
//!
//! Each part is an [`ExportStoreResponse`](crate::proto::v1::ExportStoreResponse) after its length as
//! a varint, as protobuf libraries write delimited messages.

mod export_check;
mod file;
mod restore;

pub use export_check::{Checkpoint, ExportCheck, ExportSummary};
pub use file::{BackupReader, BackupWriter, MAGIC};
pub use restore::{RestoreError, check_files, restore, salvage};
