use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use super::{
    calls::{Until, calls},
    watchers::Watchers,
};
use crate::{
    Failure,
    compare::{Round, rates},
    events::event,
    system::{Client, System},
    table::Row,
    unit::Unit,
};

const PUBLISHERS: usize = 16;
const ELAPSED: Duration = Duration::from_millis(800);

/// How many watch, and what is published to them.
pub struct FanOut {
    watchers: usize,
    connections: usize,
    /// Of each publisher, in a round.
    events: usize,
}

/// Each watcher has a connection of its own.
pub const SMALL: FanOut = FanOut {
    watchers: 100,
    connections: 100,
    events: 64,
};

/// Twenty of them share a connection, where a system lets them.
pub const LARGE: FanOut = FanOut {
    watchers: 1_000,
    connections: 50,
    events: 8,
};

/// What is published while many watch, counted by deliveries.
pub async fn to_watchers(systems: &[Box<dyn System>], fan_out: &FanOut) -> Result<Row, Failure> {
    let watchers = fan_out.watchers;
    let can = |system: &dyn System| watchers <= system.watchers_max();
    let rates = rates(systems, can, async |system, round| {
        deliveries(system, round, fan_out).await
    });
    let work = format!("deliveries to {watchers} watchers");
    Ok(Row::new(work, Unit::PerSecond, rates.await?))
}

async fn deliveries(system: &dyn System, round: usize, fan_out: &FanOut) -> Result<Round, Failure> {
    let count = fan_out.watchers;
    let mut watchers = Watchers::open(system, count, fan_out.connections, |_| Ok(())).await?;
    let until = Until {
        elapsed: ELAPSED,
        calls: fan_out.events,
    };
    let begun = Instant::now();
    let call = move |connection: Arc<dyn Client>, client, call| async move {
        let id = format!("fanned-out-{count}-{round}-{client}-{call}");
        connection.announce(event(&id, client + call)).await?;
        Ok(1)
    };
    let pieces = calls(system, PUBLISHERS, until, call).await?.pieces * count;
    watchers.have(pieces).await?;
    let elapsed = begun.elapsed();
    watchers.end().await?;
    Ok(Round { pieces, elapsed })
}
