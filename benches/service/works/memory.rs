use std::time::Duration;

use tokio::time::sleep;

use crate::{Failure, client, client::Watch, server::Server, sides::Sides, table::Row};

/// Opened before memory is looked at, so that what is made once is there.
const FIRST: usize = 100;
const WATCHES: usize = 10_000;
const CONNECTIONS: usize = 100;
/// For allocations that go on a moment after the last frame was sent.
const SETTLING: Duration = Duration::from_millis(500);

/// What a watch that waits for the next event takes.
pub async fn idle_watch(sides: &Sides) -> Result<Row, Failure> {
    let (entente, bare) = (
        watch_kib(&sides.entente).await?,
        watch_kib(&sides.bare).await?,
    );
    Ok(Row {
        work: format!("memory of an idle watch, {WATCHES} open"),
        entente: format!("{entente:.1} KiB"),
        bare: format!("{bare:.1} KiB"),
        ratio: Some(bare / entente),
        ..Row::default()
    })
}

async fn watch_kib(server: &Server) -> Result<f64, Failure> {
    let channels = client::connections(server.address, CONNECTIONS).await?;
    let mut watches = Vec::with_capacity(FIRST + WATCHES);
    for number in 0..FIRST {
        watches.push(Watch::live(channels[number % CONNECTIONS].clone()).await?);
    }
    sleep(SETTLING).await;
    let before = server.resident_kib();
    for number in 0..WATCHES {
        watches.push(Watch::live(channels[number % CONNECTIONS].clone()).await?);
    }
    sleep(SETTLING).await;
    Ok((server.resident_kib() - before) / WATCHES as f64)
}
