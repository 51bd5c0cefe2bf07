//! What grows with the number of watchers, and what does not.

use std::time::Duration;

use tokio::time::sleep;

use super::fan_out::{deliver, open};
use crate::{Failure, compare::alternate, server::Server, sides::Sides, table};

const COUNTS: [usize; 4] = [10, 100, 1_000, 10_000];
/// In a round, within these bounds of the events.
const DELIVERIES: usize = 100_000;
const EVENTS_MIN: usize = 32;
const EVENTS_MAX: usize = 1_024;
/// For allocations that go on a moment after the last frame was sent.
const SETTLING: Duration = Duration::from_millis(500);

/// Measures one number of watchers after the other, each on servers of their own, and prints what
/// they come to, a column each.
pub async fn by_count() -> Result<(), Failure> {
    let mut columns = Vec::new();
    for count in COUNTS {
        let measures = of_count(count).await?;
        println!("{count} watchers: {measures:?}");
        columns.push((format!("{count} watchers"), measures));
    }
    table::print_columns(columns);
    Ok(())
}

async fn of_count(count: usize) -> Result<Vec<(&'static str, String)>, Failure> {
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
    Ok(vec![
        ("deliveries a second", format!("{:.0}", entente.rate())),
        (
            "of bare tonic",
            format!("{:.2}", entente.rate() / bare.rate()),
        ),
        (
            "processor of the server, a delivery",
            format!("{:.1} µs", entente.processor_micros()),
        ),
        (
            "the same of bare tonic",
            format!("{:.1} µs", bare.processor_micros()),
        ),
        ("memory of an idle watch", format!("{idle:.1} KiB")),
        ("such a watch of bare tonic", format!("{bare_idle:.1} KiB")),
    ])
}

async fn idle_kib(server: &Server, count: usize) -> Result<f64, Failure> {
    let before = server.resident_kib();
    let _watches = open(server, count).await?;
    sleep(SETTLING).await;
    Ok((server.resident_kib() - before) / count as f64)
}
