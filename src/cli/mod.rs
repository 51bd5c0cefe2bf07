//! The command line: one file per command, each a client of the public API.
//!
//! Answers go to standard output, as a table on a terminal and as NDJSON in a pipe; everything
//! else goes to standard error. The exit codes are in [`EXIT_CODES`] and in `entente --help`.

mod advice;
mod args;
mod as_of;
mod backup;
mod bodies;
mod completions;
mod conform;
mod connect;
mod details;
mod explain;
mod export;
mod failure;
mod files;
mod get;
mod health;
mod help;
mod import;
mod info;
mod layout;
mod list;
mod list_item;
mod listing;
mod note;
mod output;
mod parse;
mod partnerships;
mod progress;
mod remote;
mod run;
mod serve;
mod subscriptions;
mod summarize;
mod table;
mod tracking;
mod verify;
mod watch;
mod watches;
mod write;
mod wrong_port;

pub use args::{Cli, EXIT_CODES};
pub use run::main;
