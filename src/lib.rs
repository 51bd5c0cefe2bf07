//! entente keeps announcements of international digital partnerships in a durable, ordered log,
//! answers queries about them, and pushes every change to whoever subscribes.

#![forbid(unsafe_code)]
// Tests may stop at what they do not expect, and say what they like.
#![cfg_attr(
    not(test),
    warn(clippy::unwrap_used, clippy::print_stdout, clippy::print_stderr)
)]

pub mod backup;
pub mod cli;
pub mod client;
pub mod clock;
pub mod conform;
pub mod domain;
pub mod feed;
pub mod filter;
pub mod grpc;
pub mod index;
pub mod proto;
pub mod publish;
pub mod rejection;
pub mod server;
pub mod store;
pub mod transfer;
pub mod wire;
