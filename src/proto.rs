//! Generated code and nothing else.

/// Package `entente.v1`: messages and clients.
#[allow(clippy::all, missing_docs)]
pub mod v1 {
    tonic::include_proto!("entente.v1");
}

/// Package `grpc.health.v1`.
#[allow(clippy::all, missing_docs)]
pub mod health {
    tonic::include_proto!("grpc.health.v1");
}

/// Package `entente.store.v1`: what lies on disk.
#[allow(clippy::all, missing_docs)]
pub mod store {
    tonic::include_proto!("entente.store.v1");
}

mod error_reasons {
    include!(concat!(env!("OUT_DIR"), "/error_reasons.rs"));
}

/// Descriptors of the public packages, with their comments.
pub const DESCRIPTORS: &[u8] = include_bytes!(concat!(env!("OUT_DIR"), "/entente.bin"));

/// Numbers of fields, by package and message, for code that writes and reads encoded messages field by
/// field.
#[allow(missing_docs)]
pub mod numbers {
    include!(concat!(env!("OUT_DIR"), "/numbers.rs"));
}
