//! The durable log and what is derived from it.
//!
//! A [`Store`] promises: an answered write survives a crash; positions have no gaps; what is written
//! never changes, except by a redaction; nothing is visible before it is durable. Readers never see
//! beyond the [`Head`].

mod care;
#[cfg(test)]
mod churn_tests;
mod cursors;
#[cfg(test)]
mod damage_tests;
mod digest;
mod disk;
mod error;
mod log;
mod memory;
#[cfg(test)]
mod memory_tests;
mod names;
mod phrases;
mod record;
#[cfg(test)]
mod rot_tests;
#[expect(clippy::module_inception, reason = "it holds `Store`")]
mod store;
#[cfg(test)]
mod tests;
mod view;
mod writer;

pub use care::export::{digest_at, stored_records, stored_subscriptions};
pub use care::media_scan::MediaScan;
pub use care::rebuild::Rebuild;
pub use care::salvage::Salvage;
pub use care::scrub_note::{note_scrubbed, scrubbed_micros};
pub use care::verify::{Verified, check_records, check_subscriptions, verify};
pub use cursors::{
    CURSORS_MAX, Cursor, CursorChange, CursorEdit, CursorOutcome, CursorRefusal, Cursors,
    FilterSegment, NewCursor, check_cursor,
};
pub use digest::Digest;
pub use disk::block::{Block, pack};
pub use disk::change_count::Changes;
pub use disk::manifest::FORMAT as STORE_FORMAT;
pub use error::{OpenError, StoreError};
pub use log::{Appended, Batch, Edit, Entry, Log, Table};
pub use memory::MemoryLog;
pub use phrases::PHRASE_RECORDS_MAX;
pub use record::{
    Position, RECORD_FORMAT, RECORD_FORMATS_READ, RECORD_LEN_MAX, Record, RequestKey, Resource,
    Tracking,
};
pub use store::{Store, StoreOptions};
pub use view::erasures::Erasures;
pub use view::head::Head;
pub use writer::proposal::{Outcome, Proposal, Unmatched, Write};
