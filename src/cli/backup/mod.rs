//! `entente backup`: creates, checks, restores and salvages backups.

mod command;
mod create;
mod restore;
mod salvage;
mod verify;

pub(super) use command::Backup;
