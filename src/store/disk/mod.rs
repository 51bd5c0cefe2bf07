//! The log and the subscriptions in files: sled, and what answers its holes.

pub(crate) mod block;
pub(crate) mod compaction;
pub(crate) mod compression;
pub(crate) mod directory;
pub(crate) mod erasure;
pub(crate) mod high_water;
pub(crate) mod log;
pub(crate) mod manifest;
pub(crate) mod opening;
pub(crate) mod private;
pub(crate) mod segment;
pub(crate) mod unfinished;
