//! Rounds that alternate between the servers, and what they come to.

use std::time::Duration;

use tokio::time::timeout;

use crate::{Failure, server::Server, sides::Sides};

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

/// What one server did in all rounds.
#[derive(Clone, Debug, Default)]
pub struct Rounds {
    /// Pieces a second of each round.
    rates: Vec<f64>,
    pieces: usize,
    processor: Duration,
}

/// What both did.
#[derive(Clone, Debug, Default)]
pub struct Compared {
    pub entente: Rounds,
    pub bare: Rounds,
}

/// Does the work on one server and the other in turn. It gets the number of the round.
pub async fn alternate(
    sides: &Sides,
    work: impl AsyncFn(&Server, usize) -> Result<Round, Failure>,
) -> Result<Compared, Failure> {
    let mut compared = Compared::default();
    for number in 0..=ROUNDS {
        let both = [
            (&sides.entente, &mut compared.entente),
            (&sides.bare, &mut compared.bare),
        ];
        for (server, rounds) in both {
            let before = server.processor_time();
            let round = timeout(ROUND_TIMEOUT, work(server, number)).await;
            let late = || format!("{} does not finish round {number}", server.name);
            let round = round.map_err(|_| late())??;
            if number > 0 {
                rounds.add(round, server.processor_time().saturating_sub(before));
            }
        }
    }
    Ok(compared)
}

impl Rounds {
    fn add(&mut self, round: Round, processor: Duration) {
        self.rates
            .push(round.pieces as f64 / round.elapsed.as_secs_f64());
        self.pieces += round.pieces;
        self.processor += processor;
    }

    /// Pieces a second, the median of the rounds.
    pub fn rate(&self) -> f64 {
        median(self.rates.clone())
    }

    /// Processor time of the server for one piece, in microseconds.
    pub fn processor_micros(&self) -> f64 {
        self.processor.as_secs_f64() * 1e6 / self.pieces as f64
    }
}

/// The one in the middle; not a number when there is none.
pub fn median(mut values: Vec<f64>) -> f64 {
    values.sort_unstable_by(f64::total_cmp);
    values.get(values.len() / 2).copied().unwrap_or(f64::NAN)
}
