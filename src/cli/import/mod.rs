//! `entente import`: writes the lines of files, in order.
//!
//! Nothing is written before every line has been read and checked. A line that was already written
//! is recognised by its request id and not written again, so an import can be repeated until it is
//! complete.

mod check;
mod command;
mod read;
mod report;
mod send;

pub(super) use command::Import;
