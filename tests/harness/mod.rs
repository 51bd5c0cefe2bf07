//! Real server processes over real sockets, and what tests need to talk to them. Everything goes
//! through the public API.

mod admin_http;
mod asking;
mod clients;
mod command;
mod deadline;
mod events;
mod files;
mod http2;
mod proxy;
mod random;
mod raw;
// What the conformance check calls with, which is private to it.
#[path = "../../src/conform/raw_codec.rs"]
mod raw_codec;
mod refusal;
mod rules;
mod server;
mod watcher;
mod wire;

pub use admin_http::{Page, get};
pub use asking::{after, earliest, latest, resumed, snapshot};
pub use clients::Clients;
pub use command::{Ended, Running, entente};
pub use deadline::{eventually, soon};
pub use events::{Build, body, event, partnership, source};
pub use files::{files_with, places_of};
pub use http2::{Http2, framed, framed_bytes};
pub use proxy::Proxy;
pub use random::Random;
pub use raw::{call_raw, field, stream_raw};
pub use refusal::{assert_invalid_fields, assert_refused, info, retry_delay};
pub use rules::Rules;
pub use server::Server;
pub use watcher::{Frame, Watcher, change_of, name_of, position_of, time_of};
pub use wire::Wire;
