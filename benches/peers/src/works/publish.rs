use std::{sync::Arc, time::Duration};

use super::calls::{Until, calls};
use crate::{
    Failure,
    compare::in_turn,
    events::event,
    system::{Client, System},
    table::Row,
};

const ONE_BY_ONE: Until = Until {
    elapsed: Duration::from_millis(800),
    calls: 50_000,
};
/// Few, as a thousand events are already more than half a megabyte.
const IN_BATCHES: Until = Until {
    elapsed: Duration::from_millis(800),
    calls: 100,
};

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
        rows.push(Row {
            work: format!("durable publish, {clients} at a time"),
            rates: in_turn(systems, |_| true, work).await?,
        });
    }
    Ok(rows)
}

/// As many in one write as a system takes, up to 1,000.
pub async fn in_batches(systems: &[Box<dyn System>]) -> Result<Vec<Row>, Failure> {
    let mut rows = Vec::new();
    for clients in [1, 4] {
        let work = async |system: &dyn System, round| {
            let len = system.batch_len();
            let call = move |connection: Arc<dyn Client>, client, call| async move {
                let id = |number| format!("batch-{clients}-{round}-{client}-{call}-{number}");
                let events = (0..len).map(|number| event(&id(number), number));
                connection.publish_batch(events.collect()).await?;
                Ok(len)
            };
            calls(system, clients, IN_BATCHES, call).await
        };
        rows.push(Row {
            work: format!("durable publish in batches, {clients} at a time"),
            rates: in_turn(systems, |_| true, work).await?,
        });
    }
    Ok(rows)
}
