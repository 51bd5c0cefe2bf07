//! What must hold for any bytes at all. Each function takes some and panics when it does not.
//!
//! The targets of cargo-fuzz, and `tests/fuzz_corpus.rs` which runs without it, share these.

mod backup;
mod block;
mod edtf;
mod filter;
mod import_line;
mod record;
mod rpc;
mod rpc_service;
mod subscription;
mod tokens;

pub use backup::backup;
pub use block::block;
pub use edtf::edtf;
pub use filter::filter;
pub use import_line::import_line;
pub use record::record;
pub use rpc::rpc;
pub use subscription::subscription;
pub use tokens::tokens;

/// Text, if these bytes are that.
fn text(input: &[u8]) -> Option<&str> {
    std::str::from_utf8(input).ok()
}

/// The rest of the bytes with their checksum before them, so that what looks at the content is
/// reached as well.
fn checksummed(body: &[u8]) -> Vec<u8> {
    let mut bytes = crc32fast::hash(body).to_le_bytes().to_vec();
    bytes.extend(body);
    bytes
}
