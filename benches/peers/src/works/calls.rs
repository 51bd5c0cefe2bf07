//! Clients that ask and wait for the answer, again and again.

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use tokio::task::JoinSet;

use crate::{
    Failure,
    compare::Round,
    system::{Client, System},
};

/// When each client stops: at whichever is reached first.
#[derive(Clone, Copy, Debug)]
pub struct Until {
    pub elapsed: Duration,
    pub calls: usize,
}

/// Lets `clients` call at the same time. `call` gets the number of its client and that of the call,
/// and answers with how many pieces of work it did.
pub async fn calls<F>(
    system: &dyn System,
    clients: usize,
    until: Until,
    call: impl Fn(Arc<dyn Client>, usize, usize) -> F + Clone + Send + 'static,
) -> Result<Round, Failure>
where
    F: Future<Output = Result<usize, Failure>> + Send,
{
    let connections = connect(system, clients).await?;
    let begun = Instant::now();
    let mut running = JoinSet::new();
    for client in 0..clients {
        let connection = connections[client % connections.len()].clone();
        let call = call.clone();
        running.spawn(async move {
            let (mut made, mut pieces) = (0, 0);
            while made < until.calls && begun.elapsed() < until.elapsed {
                pieces += call(connection.clone(), client, made).await?;
                made += 1;
            }
            Ok::<usize, Failure>(pieces)
        });
    }
    let mut pieces = 0;
    while let Some(done) = running.join_next().await {
        pieces += done??;
    }
    let elapsed = begun.elapsed();
    Ok(Round { pieces, elapsed })
}

/// As many connections as so many clients share.
pub async fn connect(system: &dyn System, clients: usize) -> Result<Vec<Arc<dyn Client>>, Failure> {
    let mut connections = Vec::new();
    for _ in 0..clients.div_ceil(system.connection_clients()) {
        connections.push(system.connect().await?);
    }
    Ok(connections)
}
