use std::time::{Duration, Instant};

use super::calls::Until;
use crate::{Failure, compare::in_turn, system::System, table::Row, unit::Unit};

const PERCENTS: [usize; 2] = [50, 99];

/// How long each of many took.
#[derive(Debug)]
pub struct Latencies(Vec<Duration>);

impl Latencies {
    /// Of at least one.
    pub fn new(mut took: Vec<Duration>) -> Result<Latencies, Failure> {
        if took.is_empty() {
            return Err("nothing was done".into());
        }
        took.sort_unstable();
        Ok(Latencies(took))
    }

    /// Of calls that are made one after the other.
    pub async fn of_calls(
        until: Until,
        call: impl AsyncFn() -> Result<(), Failure>,
    ) -> Result<Latencies, Failure> {
        let (begun, mut took) = (Instant::now(), Vec::new());
        while took.len() < until.calls && begun.elapsed() < until.elapsed {
            let called = Instant::now();
            call().await?;
            took.push(called.elapsed());
        }
        Latencies::new(took)
    }

    /// What so many in a hundred do not exceed.
    pub fn millis(&self, percent: usize) -> f64 {
        let rank = (self.0.len() * percent).div_ceil(100).max(1);
        self.0[rank - 1].as_secs_f64() * 1e3
    }
}

/// Lets each system do the work in turn. A row has the medians of the rounds' medians, another those
/// of their 99th percentiles.
pub async fn rows(
    systems: &[Box<dyn System>],
    can: impl Fn(&dyn System) -> bool,
    name: &str,
    work: impl AsyncFn(&dyn System, usize) -> Result<Latencies, Failure>,
) -> Result<Vec<Row>, Failure> {
    let figures = async |system: &dyn System, round| {
        let latencies = work(system, round).await?;
        Ok(PERCENTS.map(|percent| latencies.millis(percent)))
    };
    let medians = in_turn(systems, can, figures).await?;
    let row = |(percent, millis)| Row::new(format!("{name}, p{percent}"), Unit::Millis, millis);
    Ok(PERCENTS.into_iter().zip(medians).map(row).collect())
}
