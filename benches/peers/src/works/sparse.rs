use std::time::Duration;

use super::{calls::Until, latencies::Latencies, reads::replay_all};
use crate::{Failure, compare::in_turn, system::System, table::Row, unit::Unit};

/// One event in so many is [`RARE`](crate::events::RARE).
const RARITY: usize = 1_000;
const UNTIL: Until = Until {
    elapsed: Duration::from_millis(800),
    calls: 5_000,
};

/// The few events that match a filter, from the first position until all are read, beside what the
/// same system takes to replay all.
pub async fn replay(systems: &[Box<dyn System>], count: usize) -> Result<Vec<Row>, Failure> {
    let work = async |system: &dyn System, _| {
        let connection = system.connect().await?;
        let call = async || match connection.replay_rare().await?.len() {
            read if read == count.div_ceil(RARITY) => Ok(()),
            read => Err(format!("{read} rare events of {count} were replayed").into()),
        };
        let sparse = Latencies::of_calls(UNTIL, call).await?.millis(50);
        let full = replay_all(&*connection, count).await?.elapsed;
        Ok([sparse, full.as_secs_f64() * 1e3 / sparse])
    };
    let [millis, times] = in_turn(systems, |system| system.has_indexes(), work).await?;
    let name = format!("replay of 1 in {RARITY} of {count}");
    let beside = format!("{name} beside all");
    Ok(vec![
        Row::new(name, Unit::Millis, millis),
        Row::new(beside, Unit::Times, times),
    ])
}
