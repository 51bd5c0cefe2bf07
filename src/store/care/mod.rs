//! What looks after a store: checks, copies, repairs.

pub(crate) mod export;
pub(crate) mod read_only;
pub(crate) mod rebuild;
pub(crate) mod redaction;
pub(crate) mod salvage;
pub(crate) mod scrubbed;
pub(crate) mod surface;
pub(crate) mod verify;
