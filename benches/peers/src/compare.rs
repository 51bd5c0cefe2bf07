//! Rounds in which one system after the other does the same, and what they come to.

use std::time::Duration;

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

/// Lets each system do the work in turn, round by round, which the work gets the number of. The
/// answer is how many pieces a second each did, the median of its rounds; `None` for those that
/// cannot do it.
pub async fn in_turn(
    systems: &[Box<dyn System>],
    can: impl Fn(&dyn System) -> bool,
    work: impl AsyncFn(&dyn System, usize) -> Result<Round, Failure>,
) -> Result<Vec<Option<f64>>, Failure> {
    let mut rates = vec![Vec::with_capacity(ROUNDS); systems.len()];
    for number in 0..=ROUNDS {
        for (system, rates) in systems.iter().zip(&mut rates) {
            if !can(&**system) {
                continue;
            }
            let round = timeout(ROUND_TIMEOUT, work(&**system, number)).await;
            let late = |_| format!("{} does not finish round {number}", system.name());
            let round = round.map_err(late)?;
            let round = round.map_err(|error| format!("{}: {error}", system.name()))?;
            if number > 0 {
                rates.push(round.pieces as f64 / round.elapsed.as_secs_f64());
            }
        }
    }
    Ok(rates.into_iter().map(median).collect())
}

/// The one in the middle.
fn median(mut rates: Vec<f64>) -> Option<f64> {
    rates.sort_unstable_by(f64::total_cmp);
    rates.get(rates.len() / 2).copied()
}
