use std::time::Instant;

use crate::{
    Failure, client,
    client::Watch,
    compare::{Round, alternate},
    server::Server,
    sides::Sides,
    table::Row,
};

/// The whole log, by one watcher.
pub async fn everything(sides: &Sides, count: usize) -> Result<Row, Failure> {
    let compared = alternate(sides, async |server: &Server, _| {
        let channel = client::connect(server.address).await?;
        let begun = Instant::now();
        let mut watch = Watch::replay(channel).await?;
        let mut pieces = 0;
        while watch.next_change().await?.is_some() {
            pieces += 1;
        }
        if pieces != count {
            return Err(format!("{pieces} of {count} events were replayed").into());
        }
        Ok(Round {
            pieces,
            elapsed: begun.elapsed(),
        })
    });
    Ok(Row::of_rates(
        format!("replay of {count}"),
        &compared.await?,
        Some(0.4),
    ))
}
