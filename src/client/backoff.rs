use std::{
    collections::hash_map::RandomState,
    hash::{BuildHasher, Hasher},
    time::Duration,
};

const FIRST: Duration = Duration::from_millis(100);
const LONGEST: Duration = Duration::from_secs(30);

/// How much longer than asked for a wait may be, so that those who were asked alike do not come
/// back alike.
const ASKED_SPREAD: f64 = 0.25;

/// How long to wait before each attempt: twice as long as before, up to a bound, and each time a
/// random part of it, so that clients that lost the same server do not come back as one.
#[derive(Debug, Default)]
pub(super) struct Backoff {
    attempts: u32,
}

impl Backoff {
    /// The wait before the next attempt, at least what the server asked for.
    pub(super) fn next(&mut self, asked: Duration) -> Duration {
        let longest = FIRST
            .saturating_mul(1 << self.attempts.min(16))
            .min(LONGEST);
        self.attempts = self.attempts.saturating_add(1);
        longest.mul_f64(0.5 + random() / 2.0).max(spread(asked))
    }

    /// The wait before an attempt that nothing failed before: as long as the server asked for.
    pub(super) fn planned(asked: Duration) -> Duration {
        spread(asked)
    }

    /// All is well: the next interruption begins with the shortest wait.
    pub(super) fn reset(&mut self) {
        self.attempts = 0;
    }
}

fn spread(asked: Duration) -> Duration {
    asked.mul_f64(1.0 + ASKED_SPREAD * random())
}

/// From 0 to below 1. The standard library's hash keys are random; nothing here needs better.
fn random() -> f64 {
    let bits = RandomState::new().build_hasher().finish();
    f64::from((bits >> 32) as u32) / (f64::from(u32::MAX) + 1.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waits_double_up_to_the_bound_and_keep_half_of_it_at_least() {
        let mut backoff = Backoff::default();

        for attempt in 0..40 {
            let longest = FIRST.saturating_mul(1 << attempt.min(16)).min(LONGEST);
            let wait = backoff.next(Duration::ZERO);
            assert!(
                wait >= longest / 2 && wait <= longest,
                "attempt {attempt}: {wait:?}"
            );
        }
    }

    #[test]
    fn after_a_healthy_period_the_first_wait_is_short_again() {
        let mut backoff = Backoff::default();
        for _ in 0..9 {
            backoff.next(Duration::ZERO);
        }

        backoff.reset();

        assert!(backoff.next(Duration::ZERO) <= FIRST);
    }

    #[test]
    fn the_server_may_ask_for_a_longer_wait() {
        let asked = Duration::from_secs(7);

        for wait in [Backoff::default().next(asked), Backoff::planned(asked)] {
            assert!(wait >= asked && wait <= asked.mul_f64(1.25), "{wait:?}");
        }
    }
}
