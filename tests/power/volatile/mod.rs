//! A file system that knows what is on the disk for certain, and forgets any part of the rest when
//! its power is cut.
//!
//! What was written and not synced may be lost, kept, or kept in part: pages of 4 KiB or sectors of
//! 512 bytes by themselves, in any order and in any of the states that they were in; the length of a
//! file without its bytes and the bytes without the length; and entries of directories, from the
//! newest on. This is harder than most real file systems, and not harder than all: a sector is
//! written or not, names are journalled, room that was only taken is read as zeros, and what was
//! synced stays. That a file was synced says nothing of its name.

mod attributes;
mod change;
mod content;
mod disk;
mod files;
mod model;
mod names;
mod replay;
mod state;
mod tests;

pub use disk::VolatileDisk;
pub use model::{Model, Operation};
pub use replay::{replay, replay_on};
