//! What looks after a store: checks, copies, repairs.

pub(crate) mod export;
pub(crate) mod rebuild;
pub(crate) mod salvage;
pub(crate) mod scrubbed;
pub(crate) mod surface;
pub(crate) mod verify;
