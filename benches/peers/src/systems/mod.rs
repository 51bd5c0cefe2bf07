//! The systems that are compared, each as it has to be for durable writes.

mod etcd;
mod grpc;
mod jetstream;
mod load;
mod postgres;
mod redis;

use std::path::Path;

use crate::{Failure, footprint::Footprint, options::Options, system::System};

/// All of them with the same events.
pub struct Loaded {
    /// The bare server first.
    pub systems: Vec<Box<dyn System>>,
    /// How many events each has.
    pub count: usize,
    /// What each takes for them; `None` of the bare server.
    pub footprints: Vec<Option<Footprint>>,
}

/// Starts and loads them.
pub async fn start(options: &Options, home: &Path) -> Result<Loaded, Failure> {
    let count = options.events;
    let entente = grpc::Grpc::entente(&options.entente, home).await?;
    let footprint = load::load(&entente, count).await?;
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
    let mut loaded = Loaded {
        systems: vec![Box::new(bare), Box::new(entente)],
        count,
        footprints: vec![None, Some(footprint)],
    };
    for peer in peers {
        let footprint = load::load(&*peer, count).await?;
        loaded.systems.push(peer);
        loaded.footprints.push(Some(footprint));
    }
    Ok(loaded)
}
