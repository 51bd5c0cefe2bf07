//! What the server can be asked for, whoever asks: each method is a [`Command`], which an output such as
//! gRPC reads from a request, and [`Commands::execute`] is the one way to carry it out.
//!
//! An answer is made of domain values and stored bytes. Its output encodes it.

mod access;
mod command;
mod commands;
mod context;
mod method;
mod partnership_events;
mod write;

pub use commands::Commands;

pub(crate) use command::Command;
pub(crate) use context::{Context, Principal};
pub(crate) use method::Method;
pub(crate) use write::{Write, WrittenPartnership};
