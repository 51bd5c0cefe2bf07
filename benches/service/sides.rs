//! The two servers that are compared.

use std::{net::SocketAddr, path::Path, time::Instant};

use entente::proto::v1::{
    BatchCreateEventsRequest, CreateEventRequest, Event,
    publisher_service_client::PublisherServiceClient,
};
use prost::Message;
use tempfile::TempDir;

use crate::{
    Failure, client,
    events::{event, large},
    server::Server,
};

/// Events in one write while a store is loaded.
const LOAD_BATCH_LEN: usize = 500;
const LARGE_BATCH_LEN: usize = 50;
/// The events are in the answer, too.
const ANSWER_MAX: usize = 16 << 20;

/// Both servers, with the same events.
pub struct Sides {
    // Before the directory, as they end in this order.
    pub entente: Server,
    pub bare: Server,
    home: TempDir,
}

impl Sides {
    /// Starts both with `count` events.
    pub async fn start(count: usize) -> Result<Sides, Failure> {
        // Beside the build rather than among temporary files, which may be in memory.
        let home = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR"))?;
        let entente = Server::entente(home.path()).await?;
        load(entente.address, count).await?;
        let frames = (count > 0).then_some(entente.address);
        let bare = Server::bare(frames).await?;
        Ok(Sides {
            entente,
            bare,
            home,
        })
    }

    /// Kills entente and starts it on what it has stored.
    pub async fn start_entente_again(&mut self) -> Result<(), Failure> {
        self.entente.kill();
        self.entente = Server::entente(self.home.path()).await?;
        Ok(())
    }

    /// Where entente stores.
    pub fn directory(&self) -> &Path {
        self.home.path()
    }
}

/// Publishes events of the usual size, and tells how many bytes they have.
pub async fn load(address: SocketAddr, count: usize) -> Result<usize, Failure> {
    load_with(address, count, LOAD_BATCH_LEN, event).await
}

/// Publishes large events, and tells how many bytes they have.
pub async fn load_large(address: SocketAddr, count: usize) -> Result<usize, Failure> {
    load_with(address, count, LARGE_BATCH_LEN, large).await
}

async fn load_with(
    address: SocketAddr,
    count: usize,
    batch_len: usize,
    event: fn(&str, usize) -> Event,
) -> Result<usize, Failure> {
    let begun = Instant::now();
    let mut bytes = 0;
    let channel = client::connect(address).await?;
    let mut publisher = PublisherServiceClient::new(channel).max_decoding_message_size(ANSWER_MAX);
    for first in (0..count).step_by(batch_len) {
        let request = |number| CreateEventRequest {
            event: Some(event(&format!("loaded-{number}"), number)),
            ..Default::default()
        };
        let request = BatchCreateEventsRequest {
            requests: (first..count.min(first + batch_len)).map(request).collect(),
            ..Default::default()
        };
        let answer = publisher.batch_create_events(request).await?;
        let events = answer.into_inner().events;
        bytes += events.iter().map(Message::encoded_len).sum::<usize>();
    }
    if let Some(mean) = bytes.checked_div(count) {
        let seconds = begun.elapsed().as_secs_f64();
        println!("{count} events of {mean} bytes loaded in {seconds:.1} s, {batch_len} in a write");
    }
    Ok(bytes)
}
