use std::time::{Duration, Instant};

use tokio::task::JoinSet;

use super::{
    load::{Until, calls},
    publish::publish,
};
use crate::{
    Failure, client,
    client::Watch,
    compare::{Round, alternate},
    server::Server,
    sides::Sides,
    table::Row,
};

const WATCHERS: usize = 100;
const PUBLISHERS: usize = 16;
/// In a round.
const EVENTS: usize = 1_024;
/// Further watchers share them.
const CONNECTIONS_MAX: usize = 100;

/// What is published while many watch, counted by deliveries.
pub async fn to_watchers(sides: &Sides) -> Result<Row, Failure> {
    let compared = alternate(sides, async |server, round| {
        let watches = open(server, WATCHERS).await?;
        deliver(server, watches, EVENTS, &format!("fanned-out-{round}")).await
    });
    Ok(Row::of_rates(
        format!("fan-out to {WATCHERS} watchers"),
        &compared.await?,
        Some(0.5),
    ))
}

/// Watches of everything that comes from now on.
pub async fn open(server: &Server, count: usize) -> Result<Vec<Watch>, Failure> {
    let channels = client::connections(server.address, count.min(CONNECTIONS_MAX)).await?;
    let mut watches = Vec::with_capacity(count);
    for number in 0..count {
        watches.push(Watch::live(channels[number % channels.len()].clone()).await?);
    }
    Ok(watches)
}

/// Publishes about so many events, with this at the beginning of their ids, and waits until every
/// watch has got every one.
pub async fn deliver(
    server: &Server,
    watches: Vec<Watch>,
    events: usize,
    id: &str,
) -> Result<Round, Failure> {
    let calls_each = events.div_ceil(PUBLISHERS);
    let (events, watchers) = (PUBLISHERS * calls_each, watches.len());
    let begun = Instant::now();
    let mut watching = JoinSet::new();
    for mut watch in watches {
        watching.spawn(async move {
            for _ in 0..events {
                let change = watch.next_change().await?;
                change.ok_or("a watch ended too early")?;
            }
            Ok::<(), Failure>(())
        });
    }
    let until = Until {
        elapsed: Duration::MAX,
        calls: calls_each,
    };
    let id = id.to_owned();
    let publish = move |channel, client, call| {
        let id = format!("{id}-{client}-{call}");
        async move { publish(channel, &id, client + call).await }
    };
    calls(server, PUBLISHERS, until, publish).await?;
    while let Some(watched) = watching.join_next().await {
        watched??;
    }
    Ok(Round {
        pieces: watchers * events,
        elapsed: begun.elapsed(),
    })
}
