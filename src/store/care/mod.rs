//! The care of a store: checks, exports and repairs.

pub(crate) mod export;
pub(crate) mod media_scan;
pub(crate) mod rebuild;
pub(crate) mod salvage;
pub(crate) mod scrub_note;
pub(crate) mod verify;
