//! Clients that ask and wait for the answer, again and again.

use std::time::{Duration, Instant};

use tokio::task::JoinSet;
use tonic::transport::Channel;

use crate::{Failure, client, compare::Round, server::Server};

/// Clients on one connection.
const CONNECTION_CLIENTS: usize = 8;

/// When each client stops: at whichever is reached first.
#[derive(Clone, Copy, Debug)]
pub struct Until {
    pub elapsed: Duration,
    pub calls: usize,
}

/// Lets `clients` call at the same time. `call` gets the number of its client and that of the call.
pub async fn calls<F>(
    server: &Server,
    clients: usize,
    until: Until,
    call: impl Fn(Channel, usize, usize) -> F + Clone + Send + 'static,
) -> Result<Round, Failure>
where
    F: Future<Output = Result<(), Failure>> + Send,
{
    let count = clients.div_ceil(CONNECTION_CLIENTS);
    let channels = client::connections(server.address, count).await?;
    let begun = Instant::now();
    let mut running = JoinSet::new();
    for client in 0..clients {
        let (call, channel) = (call.clone(), channels[client % count].clone());
        running.spawn(async move {
            let mut made = 0;
            while made < until.calls && begun.elapsed() < until.elapsed {
                call(channel.clone(), client, made).await?;
                made += 1;
            }
            Ok::<usize, Failure>(made)
        });
    }
    let mut pieces = 0;
    while let Some(made) = running.join_next().await {
        pieces += made??;
    }
    Ok(Round {
        pieces,
        elapsed: begun.elapsed(),
    })
}
