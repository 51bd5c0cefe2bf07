//! Generated clients and messages.

#![allow(missing_docs, clippy::all, clippy::pedantic)]

/// Of entente.
pub mod v1 {
    tonic::include_proto!("entente.v1");
}

/// Of etcd.
pub mod etcdserverpb {
    tonic::include_proto!("etcdserverpb");
}

/// Of what etcd keeps.
pub mod mvccpb {
    tonic::include_proto!("mvccpb");
}
