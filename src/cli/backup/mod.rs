//! `entente backup`: makes, checks and restores backups.

mod command;
mod create;
mod restore;
mod salvage;
mod verify;

pub(super) use command::Backup;
