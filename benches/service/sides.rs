//! The two servers that are compared.

use std::{net::SocketAddr, path::Path, time::Instant};

use entente::proto::v1::{
    BatchCreateEventsRequest, CreateEventRequest, publisher_service_client::PublisherServiceClient,
};
use prost::Message;
use tempfile::TempDir;

use crate::{Failure, client, events::event, server::Server};

/// Events in one write while a store is loaded.
const LOAD_BATCH_LEN: usize = 500;

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

async fn load(address: SocketAddr, count: usize) -> Result<(), Failure> {
    if count == 0 {
        return Ok(());
    }
    let begun = Instant::now();
    let mut bytes = 0;
    let mut publisher = PublisherServiceClient::new(client::connect(address).await?);
    for first in (0..count).step_by(LOAD_BATCH_LEN) {
        let numbers = first..count.min(first + LOAD_BATCH_LEN);
        let event = |number| Some(event(&format!("loaded-{number}"), number));
        let request = |number| CreateEventRequest {
            event: event(number),
            ..Default::default()
        };
        let requests = numbers.map(request).collect();
        let request = BatchCreateEventsRequest {
            requests,
            ..Default::default()
        };
        let events = publisher
            .batch_create_events(request)
            .await?
            .into_inner()
            .events;
        bytes += events.iter().map(Message::encoded_len).sum::<usize>();
    }
    let (seconds, mean) = (begun.elapsed().as_secs_f64(), bytes / count);
    println!(
        "{count} events of {mean} bytes loaded in {seconds:.1} s, {LOAD_BATCH_LEN} in a write"
    );
    Ok(())
}
