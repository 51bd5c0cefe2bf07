//! The systems that are compared, each as it has to be for durable writes.

mod etcd;
mod grpc;
mod jetstream;
mod load;
mod postgres;
mod redis;

use std::path::Path;

use crate::{Failure, options::Options, system::System};

/// Starts all of them with the same events, the bare server first.
pub async fn start(options: &Options, home: &Path) -> Result<Vec<Box<dyn System>>, Failure> {
    let entente = grpc::Grpc::entente(&options.entente, home).await?;
    load::load(&entente, options.events).await?;
    let bare = grpc::Grpc::bare(&options.bare, entente.address()).await?;
    let etcd = etcd::Etcd::start(home).await?;
    let jetstream = jetstream::JetStream::start(home).await?;
    let redis = redis::Redis::start(home).await?;
    let postgres = postgres::Postgres::start(home).await?;
    let peers: [Box<dyn System>; 4] = [
        Box::new(etcd),
        Box::new(jetstream),
        Box::new(redis),
        Box::new(postgres),
    ];
    let mut systems: Vec<Box<dyn System>> = vec![Box::new(bare), Box::new(entente)];
    for peer in peers {
        load::load(&*peer, options.events).await?;
        systems.push(peer);
    }
    Ok(systems)
}
