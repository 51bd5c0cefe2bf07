//! `entente export`: reads the whole log and writes the lines that reproduce it.

mod command;
mod reader;

pub(super) use command::Export;
