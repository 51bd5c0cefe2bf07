use std::{sync::Arc, time::Duration};

use super::calls::{Until, calls};
use crate::{
    Failure,
    compare::rates,
    events::event,
    system::{Client, System},
    table::Row,
    unit::Unit,
};

const ONE_BY_ONE: Until = Until {
    elapsed: Duration::from_millis(800),
    calls: 50_000,
};
const IN_BATCHES: Duration = Duration::from_millis(800);
/// Of each client, in a round: not more, as a thousand events are already half a megabyte.
const BATCHED_MAX: usize = 100_000;

/// Events that are answered one by one, by one client and by many.
pub async fn one_by_one(systems: &[Box<dyn System>]) -> Result<Vec<Row>, Failure> {
    let mut rows = Vec::new();
    for clients in [1, 64, 256] {
        let work = async |system: &dyn System, round| {
            let call = move |connection: Arc<dyn Client>, client, call| async move {
                let id = format!("published-{clients}-{round}-{client}-{call}");
                connection.publish(event(&id, client + call)).await?;
                Ok(1)
            };
            calls(system, clients, ONE_BY_ONE, call).await
        };
        let rates = rates(systems, |_| true, work).await?;
        let work = format!("durable publish, {clients} at a time");
        rows.push(Row::new(work, Unit::PerSecond, rates));
    }
    Ok(rows)
}

/// As many in one write as a system takes, up to `len_max`.
pub async fn in_batches(systems: &[Box<dyn System>], len_max: usize) -> Result<Vec<Row>, Failure> {
    let mut rows = Vec::new();
    for clients in [1, 4] {
        let work = async |system: &dyn System, round| {
            let len = system.batch_len().min(len_max);
            let until = Until {
                elapsed: IN_BATCHES,
                calls: BATCHED_MAX / len,
            };
            let call = move |connection: Arc<dyn Client>, client, call| async move {
                let id = |n| format!("batch-of-{len_max}-{clients}-{round}-{client}-{call}-{n}");
                let events = (0..len).map(|number| event(&id(number), number));
                connection.publish_batch(events.collect()).await?;
                Ok(len)
            };
            calls(system, clients, until, call).await
        };
        let rates = rates(systems, |_| true, work).await?;
        let work = format!("durable publish in batches of {len_max}, {clients} at a time");
        rows.push(Row::new(work, Unit::PerSecond, rates));
    }
    Ok(rows)
}
