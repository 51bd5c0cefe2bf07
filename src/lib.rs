//! entente keeps announcements of international digital partnerships in a durable, ordered log,
//! answers queries about them, and pushes every change to whoever subscribes.

#![forbid(unsafe_code)]
// Tests may stop at what they do not expect, and say what they like.
#![cfg_attr(
    not(test),
    warn(clippy::unwrap_used, clippy::print_stdout, clippy::print_stderr)
)]

#[cfg(feature = "server")]
pub mod backup;
#[cfg(feature = "cli")]
pub mod cli;
#[cfg(feature = "client")]
pub mod client;
#[cfg(feature = "server")]
pub mod clock;
#[cfg(feature = "cli")]
pub mod conform;
#[cfg(feature = "server")]
pub mod domain;
#[cfg(feature = "server")]
pub mod feed;
#[cfg(feature = "server")]
pub mod filter;
#[cfg(feature = "server")]
pub mod grpc;
#[cfg(feature = "server")]
pub mod index;
pub mod proto;
#[cfg(feature = "server")]
pub mod publish;
#[cfg(feature = "server")]
pub mod rejection;
#[cfg(feature = "server")]
pub mod server;
#[cfg(feature = "server")]
pub mod store;
#[cfg(feature = "server")]
pub mod transfer;
#[cfg(feature = "server")]
pub mod wire;
