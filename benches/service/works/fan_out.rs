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

/// Each on a connection of its own.
const WATCHERS: usize = 100;
const PUBLISHERS: usize = 16;
/// Of each publisher, in a round.
const EVENTS: usize = 64;

/// What is published while many watch, counted by deliveries.
pub async fn to_watchers(sides: &Sides) -> Result<Row, Failure> {
    let compared = alternate(sides, fan_out).await?;
    Ok(Row::of_rates(
        format!("fan-out to {WATCHERS} watchers"),
        &compared,
        Some(0.5),
    ))
}

async fn fan_out(server: &Server, round: usize) -> Result<Round, Failure> {
    let mut watching = JoinSet::new();
    for channel in client::connections(server.address, WATCHERS).await? {
        let mut watch = Watch::live(channel).await?;
        watching.spawn(async move {
            for _ in 0..PUBLISHERS * EVENTS {
                watch
                    .next_change()
                    .await?
                    .ok_or("a watch ended too early")?;
            }
            Ok::<(), Failure>(())
        });
    }
    let begun = Instant::now();
    let until = Until {
        elapsed: Duration::MAX,
        calls: EVENTS,
    };
    calls(
        server,
        PUBLISHERS,
        until,
        move |channel, client, call| async move {
            publish(
                channel,
                &format!("fanned-out-{round}-{client}-{call}"),
                client + call,
            )
            .await
        },
    )
    .await?;
    while let Some(watched) = watching.join_next().await {
        watched??;
    }
    Ok(Round {
        pieces: WATCHERS * PUBLISHERS * EVENTS,
        elapsed: begun.elapsed(),
    })
}
