//! The log and its tables in files: sled, and what makes up for its defects.

pub(crate) mod block;
pub(crate) mod blocks;
pub(crate) mod catch_panics;
pub(crate) mod change_count;
pub(crate) mod compaction;
pub(crate) mod compression;
pub(crate) mod copy;
pub(crate) mod damage;
pub(crate) mod directory;
pub(crate) mod erasure;
pub(crate) mod high_water;
pub(crate) mod lock;
pub(crate) mod manifest;
pub(crate) mod opening;
pub(crate) mod owner_only;
pub(crate) mod segment;
pub(crate) mod sled_log;
pub(crate) mod sound_log_search;
pub(crate) mod sound_records;
pub(crate) mod sync;
pub(crate) mod syncer;
pub(crate) mod unfinished_restore;
