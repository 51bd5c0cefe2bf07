use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use super::calls::{Until, calls};
use crate::{
    Failure,
    compare::{Round, rates},
    system::{Client, System},
    table::Row,
    unit::Unit,
};

const GETTERS: usize = 32;
const UNTIL: Until = Until {
    elapsed: Duration::from_millis(800),
    calls: 50_000,
};
const LIST_LEN: usize = 50;
/// Has no factor in common with the number of events, so that none is asked for twice early on.
const STRIDE: usize = 7_919;

/// All that was loaded, by one reader.
pub async fn replay(systems: &[Box<dyn System>], count: usize) -> Result<Row, Failure> {
    let work = async |system: &dyn System, _| replay_all(&*system.connect().await?, count).await;
    let rates = rates(systems, |_| true, work).await?;
    let work = format!("replay of {count} to one reader");
    Ok(Row::new(work, Unit::PerSecond, rates))
}

pub(super) async fn replay_all(connection: &dyn Client, count: usize) -> Result<Round, Failure> {
    let begun = Instant::now();
    let mut reader = connection.replay().await?;
    let mut pieces = 0;
    while pieces < count {
        match reader.next().await?.len() {
            0 => return Err(format!("{pieces} of {count} events were replayed").into()),
            read => pieces += read,
        }
    }
    let elapsed = begun.elapsed();
    Ok(Round { pieces, elapsed })
}

/// Single events from all over what was loaded.
pub async fn get(systems: &[Box<dyn System>], count: usize) -> Result<Row, Failure> {
    let work = async |system: &dyn System, _| {
        let call = move |connection: Arc<dyn Client>, client, call| async move {
            let number = (client * UNTIL.calls + call) * STRIDE % count;
            connection.get(number).await?;
            Ok(1)
        };
        calls(system, GETTERS, UNTIL, call).await
    };
    let rates = rates(systems, |_| true, work).await?;
    let work = format!("get by name, {GETTERS} at a time");
    Ok(Row::new(work, Unit::PerSecond, rates))
}

/// A page by three terms, the newest date first.
pub async fn list(systems: &[Box<dyn System>], count: usize) -> Result<Row, Failure> {
    let work = async |system: &dyn System, _| {
        let call = |connection: Arc<dyn Client>, _, _| async move {
            match connection.list(LIST_LEN).await?.len() {
                LIST_LEN => Ok(1),
                other => Err(format!("a page has {other} events").into()),
            }
        };
        calls(system, 1, UNTIL, call).await
    };
    let rates = rates(systems, |system| system.has_lists(), work).await?;
    let work = format!("pages of {LIST_LEN} by three terms of {count}");
    Ok(Row::new(work, Unit::PerSecond, rates))
}
