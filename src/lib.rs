//! entente keeps announcements of international digital partnerships in a durable, ordered log,
//! answers queries about them, and pushes every change to whoever subscribes.

#![forbid(unsafe_code)]
// Tests may stop at what they do not expect, and say what they like.
#![cfg_attr(
    not(test),
    warn(
        unreachable_pub,
        clippy::unwrap_used,
        clippy::print_stdout,
        clippy::print_stderr
    )
)]
// The names of many variants and fields of the program say all that there is to say.
#![cfg_attr(not(internals), warn(missing_docs))]

// What a client is written with.
#[cfg(feature = "client")]
pub mod client;
pub mod proto;

// The program. These are public for the sake of `main`, the tests, the benches and the fuzz targets, and
// promise nothing to others. `--cfg internals` shows them in the documentation.
#[cfg(feature = "server")]
#[cfg_attr(not(internals), doc(hidden))]
pub mod backup;
#[cfg(feature = "cli")]
#[cfg_attr(not(internals), doc(hidden))]
pub mod cli;
#[cfg(feature = "server")]
#[cfg_attr(not(internals), doc(hidden))]
pub mod clock;
#[cfg(feature = "server")]
#[cfg_attr(not(internals), doc(hidden))]
pub mod command;
#[cfg(feature = "cli")]
#[cfg_attr(not(internals), doc(hidden))]
pub mod conform;
#[cfg(feature = "server")]
#[cfg_attr(not(internals), doc(hidden))]
pub mod domain;
#[cfg(feature = "server")]
#[cfg_attr(not(internals), doc(hidden))]
pub mod feed;
#[cfg(feature = "server")]
#[cfg_attr(not(internals), doc(hidden))]
pub mod filter;
#[cfg(feature = "server")]
#[cfg_attr(not(internals), doc(hidden))]
pub mod grpc;
#[cfg(feature = "server")]
#[cfg_attr(not(internals), doc(hidden))]
pub mod index;
#[cfg(feature = "server")]
#[cfg_attr(not(internals), doc(hidden))]
pub mod publish;
#[cfg(feature = "server")]
#[cfg_attr(not(internals), doc(hidden))]
pub mod rejection;
#[cfg(feature = "server")]
#[cfg_attr(not(internals), doc(hidden))]
pub mod server;
#[cfg(feature = "server")]
#[cfg_attr(not(internals), doc(hidden))]
pub mod store;
#[cfg(feature = "server")]
#[cfg_attr(not(internals), doc(hidden))]
pub mod transfer;
#[cfg(feature = "server")]
#[cfg_attr(not(internals), doc(hidden))]
pub mod wire;

// The random numbers of all tests.
#[cfg(all(test, feature = "server"))]
#[path = "../tests/harness/random.rs"]
mod random;
