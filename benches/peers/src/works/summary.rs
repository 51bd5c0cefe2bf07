use std::time::Duration;

use super::{
    calls::Until,
    latencies::{self, Latencies},
};
use crate::{Failure, system::System, table::Row};

/// Parties of every event that was loaded.
const PARTIES: usize = 2;
const UNTIL: Until = Until {
    elapsed: Duration::from_millis(800),
    calls: 5_000,
};

/// How many events there are by party and year, asked by one client.
pub async fn by_party_and_year(
    systems: &[Box<dyn System>],
    count: usize,
) -> Result<Vec<Row>, Failure> {
    let work = async |system: &dyn System, _| {
        let connection = system.connect().await?;
        let call = async || {
            let summary = connection.summarize().await?;
            let counted: i64 = summary.values().sum();
            match usize::try_from(counted)? {
                counted if counted == PARTIES * count => Ok(()),
                counted => Err(format!("{counted} parties of {count} events are counted").into()),
            }
        };
        Latencies::of_calls(UNTIL, call).await
    };
    let name = format!("summary of {count} by party and year");
    latencies::rows(systems, |system| system.has_indexes(), &name, work).await
}
