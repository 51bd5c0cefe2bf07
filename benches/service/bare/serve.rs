use std::{
    net::SocketAddr,
    sync::{Arc, atomic::AtomicI64},
};

use entente::{
    proto::v1::WatchEventsResponse,
    wire::{
        Encoded,
        services::{
            event_service_server::EventServiceServer,
            publisher_service_server::PublisherServiceServer,
        },
    },
};
use prost::Message;
use tokio::{net::TcpListener, sync::broadcast};
use tokio_stream::{StreamExt as _, wrappers::TcpListenerStream};
use tonic::{Response, Status, transport::Server};

use crate::{
    Failure,
    client::{self, Watch},
};

/// Makes the bench's own program this server. An address may follow, of the server whose frames it
/// keeps in memory.
pub const ARGUMENT: &str = "--bare-server";

/// Frames that a watcher may be behind: more than are published in a round.
const LIVE_LEN: usize = 16_384;

#[derive(Clone)]
pub(super) struct Bare {
    pub(super) frames: Arc<Vec<WatchEventsResponse>>,
    pub(super) live: broadcast::Sender<Arc<WatchEventsResponse>>,
    pub(super) position: Arc<AtomicI64>,
}

/// Serves until it is killed.
pub async fn serve(frames_of: Option<&str>) -> Result<(), Failure> {
    let mut frames = Vec::new();
    if let Some(address) = frames_of {
        let mut watch = Watch::replay(client::connect(address.parse()?).await?).await?;
        while let Some(frame) = watch.next_change().await? {
            frames.push(frame);
        }
    }
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    println!(
        "bare serving gRPC on {}, nothing else",
        listener.local_addr()?
    );
    let live = broadcast::Sender::new(LIVE_LEN);
    let bare = Bare {
        frames: Arc::new(frames),
        live,
        position: Arc::default(),
    };
    let connections = TcpListenerStream::new(listener).map(|connection| {
        connection.and_then(|connection| connection.set_nodelay(true).map(|()| connection))
    });
    let server = Server::builder()
        .add_service(EventServiceServer::new(bare.clone()))
        .add_service(PublisherServiceServer::new(bare));
    Ok(server.serve_with_incoming(connections).await?)
}

/// The address in the line that either server prints.
pub fn address_in(line: &str) -> Result<SocketAddr, Failure> {
    let after = line.split_once("serving gRPC on ").map(|(_, after)| after);
    let address = after.and_then(|after| after.split(',').next()?.parse().ok());
    address.ok_or_else(|| format!("there is no address in {line:?}").into())
}

pub(super) fn encoded(message: &impl Message) -> Encoded {
    Encoded(message.encode_to_vec().into())
}

pub(super) fn not_measured<T>() -> Result<Response<T>, Status> {
    Err(Status::unimplemented(
        "the bare server has only what is measured",
    ))
}
