//! entente keeps announcements of international digital partnerships in a durable, ordered log,
//! answers queries about them, and pushes every change to whoever subscribes.

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
