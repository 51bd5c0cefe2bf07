//! What grows with the number of watchers, and what does not.

use std::{path::Path, time::Duration};

use tokio::time::sleep;

use super::fan_out::{deliver, open};
use crate::{
    Failure, chart,
    compare::alternate,
    measure::{Column, Measure},
    server::Server,
    sides::Sides,
    table,
};

const COUNTS: [usize; 4] = [10, 100, 1_000, 10_000];
/// In a round, within these bounds of the events.
const DELIVERIES: usize = 100_000;
const EVENTS_MIN: usize = 32;
const EVENTS_MAX: usize = 1_024;
/// For allocations that go on a moment after the last frame was sent.
const SETTLING: Duration = Duration::from_millis(500);

/// Measures one number of watchers after the other, each on servers of their own, and prints what
/// they come to, a column each, and draws it.
pub async fn by_count(file: Option<&Path>) -> Result<(), Failure> {
    let mut columns = Vec::new();
    for count in COUNTS {
        let heading = format!("{count} watchers");
        columns.push(Column::told(count, heading, of_count(count).await?));
    }
    if let Some(file) = file {
        chart::draw(file, &columns)?;
    }
    table::print_columns(&columns);
    Ok(())
}

async fn of_count(count: usize) -> Result<Vec<Measure>, Failure> {
    let sides = Sides::start(0).await?;
    let idle = idle_kib(&sides.entente, count).await?;
    let bare_idle = idle_kib(&sides.bare, count).await?;
    let events = (DELIVERIES / count).clamp(EVENTS_MIN, EVENTS_MAX);
    let compared = alternate(&sides, async |server, round| {
        let watches = open(server, count).await?;
        deliver(server, watches, events, &format!("watched-{round}")).await
    });
    let compared = compared.await?;
    let (entente, bare) = (&compared.entente, &compared.bare);
    let micros = |what, value| Measure::new(what, value, 1, "µs");
    let kib = |what, value| Measure::new(what, value, 1, "KiB");
    Ok(vec![
        Measure::new("deliveries a second", entente.rate(), 0, ""),
        Measure::new("of bare tonic", entente.rate() / bare.rate(), 2, ""),
        micros(
            "processor of the server, a delivery",
            entente.processor_micros(),
        ),
        micros(
            "processor of bare tonic, a delivery",
            bare.processor_micros(),
        ),
        kib("memory of an idle watch", idle),
        kib("memory of one of bare tonic", bare_idle),
    ])
}

async fn idle_kib(server: &Server, count: usize) -> Result<f64, Failure> {
    let before = server.resident_kib();
    let _watches = open(server, count).await?;
    sleep(SETTLING).await;
    Ok((server.resident_kib() - before) / count as f64)
}
