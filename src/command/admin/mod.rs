//! Commands of operators.

mod disconnect_watch;
mod export;
mod server_info;
mod verify;
mod watches;

pub(crate) use disconnect_watch::DisconnectWatch;
pub(crate) use export::{ExportHeader, ExportPart, ExportStore};
pub(crate) use server_info::{GetServerInfo, ServerInfo};
pub(crate) use verify::{Verification, VerifyStore};
pub(crate) use watches::{ListWatches, WatchRow};
