//! Backups: files that a store can be made from, whatever became of the one they are of.
//!
//! | bytes | content |
//! |---|---|
//! | 8 | [`MAGIC`] |
//! | rest | zstd with a checksum, of the parts of an export |
//!
//! Each part is an [`ExportStoreResponse`](crate::proto::v1::ExportStoreResponse) after its length as
//! a varint, as protobuf libraries write delimited messages.

mod check;
mod file;
mod restore;

pub use check::{Check, Place, Summary};
pub use file::{BackupReader, BackupWriter, MAGIC};
pub use restore::{RestoreError, check_files, restore, salvage};
