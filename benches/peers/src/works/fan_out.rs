use std::{
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::{Duration, Instant},
};

use tokio::{
    task::JoinSet,
    time::{sleep, timeout},
};

use super::calls::{Until, calls};
use crate::{
    Failure,
    compare::{Round, in_turn},
    events::event,
    system::{Client, System},
    table::Row,
};

/// Each on a connection of its own.
const WATCHERS: usize = 100;
const PUBLISHERS: usize = 16;
const UNTIL: Until = Until {
    elapsed: Duration::from_millis(800),
    calls: 64,
};
/// How often it is looked whether all has been delivered.
const POLL_INTERVAL: Duration = Duration::from_millis(1);
const DELIVERY_TIMEOUT: Duration = Duration::from_secs(30);

/// What is published while many watch, counted by deliveries.
pub async fn to_watchers(systems: &[Box<dyn System>]) -> Result<Row, Failure> {
    Ok(Row {
        work: format!("deliveries to {WATCHERS} watchers"),
        rates: in_turn(systems, |_| true, fan_out).await?,
    })
}

async fn fan_out(system: &dyn System, round: usize) -> Result<Round, Failure> {
    let delivered = Arc::new(AtomicUsize::new(0));
    // Dropped, it ends them.
    let mut watching = JoinSet::new();
    for _ in 0..WATCHERS {
        watching.spawn(watch(system.connect().await?, delivered.clone()).await?);
    }
    let begun = Instant::now();
    let call = move |connection: Arc<dyn Client>, client, call| async move {
        let id = format!("fanned-out-{round}-{client}-{call}");
        connection.announce(event(&id, client + call)).await?;
        Ok(1)
    };
    let pieces = calls(system, PUBLISHERS, UNTIL, call).await?.pieces * WATCHERS;
    let all = async {
        while delivered.load(Ordering::Relaxed) < pieces {
            if let Some(ended) = watching.try_join_next() {
                ended??;
            }
            sleep(POLL_INTERVAL).await;
        }
        Ok::<(), Failure>(())
    };
    let all = timeout(DELIVERY_TIMEOUT, all).await;
    all.map_err(|_| format!("not all {pieces} were delivered"))??;
    let elapsed = begun.elapsed();
    Ok(Round { pieces, elapsed })
}

/// A watch that has begun, and the counting of what it gets.
async fn watch(
    connection: Arc<dyn Client>,
    delivered: Arc<AtomicUsize>,
) -> Result<impl Future<Output = Result<(), Failure>>, Failure> {
    let mut reader = connection.watch().await?;
    Ok(async move {
        // The connection ends with it.
        let _connection = connection;
        loop {
            let events = reader.next().await?;
            if events.is_empty() {
                return Err("a watch ended too early".into());
            }
            delivered.fetch_add(events.len(), Ordering::Relaxed);
        }
    })
}
