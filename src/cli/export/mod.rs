//! `entente export`: reads the whole log and writes the lines that make it again.

mod command;
mod reader;

pub(super) use command::Export;
