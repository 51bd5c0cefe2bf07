//! Rounds in which one system after the other does the same, and what they come to.

use std::{array, time::Duration};

use tokio::time::timeout;

use crate::{Failure, system::System};

/// After one more that warms up and does not count.
const ROUNDS: usize = 5;
const ROUND_TIMEOUT: Duration = Duration::from_secs(60);

/// What one round did.
#[derive(Clone, Copy, Debug)]
pub struct Round {
    /// How many pieces of work.
    pub pieces: usize,
    pub elapsed: Duration,
}

/// Lets each system do the work in turn, and tells how many pieces a second each did.
pub async fn rates(
    systems: &[Box<dyn System>],
    can: impl Fn(&dyn System) -> bool,
    work: impl AsyncFn(&dyn System, usize) -> Result<Round, Failure>,
) -> Result<Vec<Option<f64>>, Failure> {
    let rate = async |system: &dyn System, number| {
        let round = work(system, number).await?;
        Ok([round.pieces as f64 / round.elapsed.as_secs_f64()])
    };
    let [rates] = in_turn(systems, can, rate).await?;
    Ok(rates)
}

/// Lets each system do the work in turn, round by round, which the work gets the number of and
/// answers with its figures. The answer is the median of each figure for every system; `None` for
/// those that cannot do it, or take longer than a round may.
pub async fn in_turn<const FIGURES: usize>(
    systems: &[Box<dyn System>],
    can: impl Fn(&dyn System) -> bool,
    work: impl AsyncFn(&dyn System, usize) -> Result<[f64; FIGURES], Failure>,
) -> Result<[Vec<Option<f64>>; FIGURES], Failure> {
    let able = systems.iter().map(|system| can(&**system).then(Vec::new));
    let mut measured: Vec<Option<Vec<[f64; FIGURES]>>> = able.collect();
    for number in 0..=ROUNDS {
        for (system, measured) in systems.iter().zip(&mut measured) {
            let Some(rounds) = measured else { continue };
            let Ok(figures) = timeout(ROUND_TIMEOUT, work(&**system, number)).await else {
                let (name, seconds) = (system.name(), ROUND_TIMEOUT.as_secs());
                eprintln!("{name} is left out: round {number} takes more than {seconds} s");
                *measured = None;
                continue;
            };
            let figures = figures.map_err(|error| format!("{}: {error}", system.name()))?;
            if number > 0 {
                rounds.push(figures);
            }
        }
    }
    Ok(array::from_fn(|figure| {
        let of_rounds = |rounds: &Vec<[f64; FIGURES]>| {
            median(rounds.iter().map(|figures| figures[figure]).collect())
        };
        let systems = measured.iter();
        systems
            .map(|rounds| rounds.as_ref().and_then(of_rounds))
            .collect()
    }))
}

/// The one in the middle.
fn median(mut figures: Vec<f64>) -> Option<f64> {
    figures.sort_unstable_by(f64::total_cmp);
    figures.get(figures.len() / 2).copied()
}
