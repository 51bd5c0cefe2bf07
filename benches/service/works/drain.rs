use std::time::Instant;

use tokio::task::JoinSet;

use crate::{Failure, client, client::Watch, sides::Sides, table::Row};

const WATCHES: usize = 1_000;
const CONNECTIONS: usize = 20;

/// From SIGTERM until every open watch has been told and has ended. The server is gone afterwards.
pub async fn of_watches(sides: &Sides) -> Result<Row, Failure> {
    let server = &sides.entente;
    let channels = client::connections(server.address, CONNECTIONS).await?;
    let mut watching = JoinSet::new();
    for number in 0..WATCHES {
        let watch = Watch::live(channels[number % CONNECTIONS].clone()).await?;
        watching.spawn(watch.ended());
    }
    let begun = Instant::now();
    server.terminate()?;
    while let Some(ended) = watching.join_next().await {
        ended??;
    }
    let millis = begun.elapsed().as_secs_f64() * 1e3;
    Ok(Row {
        work: format!("end of {WATCHES} watches at a drain"),
        entente: format!("{millis:.0} ms"),
        ..Row::default()
    })
}
