use std::{
    collections::hash_map::RandomState,
    hash::{BuildHasher, Hasher},
    time::Duration,
};

const FIRST: Duration = Duration::from_millis(100);
const LONGEST: Duration = Duration::from_secs(30);

/// A stream that lived for less than this counts as failed, however short the wait before it was.
const LIVED_MIN: Duration = Duration::from_secs(1);

/// The fraction by which a wait may exceed the server's retry delay, so that clients with the same
/// delay do not all return at once.
const ASKED_SPREAD: f64 = 0.25;

/// Exponential backoff with jitter. The wait before each attempt doubles up to a bound, and a part
/// of it is random, so that clients that lost the same server do not all return at once.
#[derive(Debug, Default)]
pub(super) struct Backoff {
    attempts: u32,
    /// The wait before the last attempt.
    waited: Duration,
}

impl Backoff {
    /// Returns the wait before the next attempt, at least what the server asked for.
    pub(super) fn next(&mut self, asked: Duration) -> Duration {
        let longest = FIRST
            .saturating_mul(1 << self.attempts.min(16))
            .min(LONGEST);
        self.attempts = self.attempts.saturating_add(1);
        self.waited = longest.mul_f64(0.5 + random() / 2.0).max(spread(asked));
        self.waited
    }

    /// Returns the wait after a planned end, which is no failure: as long as the server asked for.
    pub(super) fn planned(asked: Duration) -> Duration {
        spread(asked)
    }

    /// Resets the backoff if the stream lived longer than the wait before it. A proxy that cuts every
    /// stream at some age is thus followed nearly all the time, and a server that fails at once gets
    /// ever longer pauses.
    pub(super) fn lived(&mut self, age: Duration) {
        if age >= LIVED_MIN && age > self.waited {
            self.reset();
        }
    }

    /// Makes the next wait the shortest again.
    pub(super) fn reset(&mut self) {
        self.attempts = 0;
    }
}

fn spread(asked: Duration) -> Duration {
    asked.mul_f64(1.0 + ASKED_SPREAD * random())
}

/// Returns a random number in 0..1, from the random keys of the standard library's hash, which are
/// good enough for jitter.
fn random() -> f64 {
    let bits = RandomState::new().build_hasher().finish();
    f64::from((bits >> 32) as u32) / (f64::from(u32::MAX) + 1.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waits_double_up_to_the_bound_and_are_at_least_half_of_it() {
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

    /// Trial D4: behind a proxy that cut every stream after 12 s, the client waited up to 24 s each time.
    #[test]
    fn d4_no_wait_is_longer_than_the_stream_lived_and_short_streams_back_off() {
        for age in [12, 2].map(Duration::from_secs) {
            let mut backoff = Backoff::default();
            for _ in 0..100 {
                assert!(backoff.next(Duration::ZERO) <= age, "{age:?}");
                backoff.lived(age);
            }
        }
        let mut failing = Backoff::default();
        for _ in 0..20 {
            failing.next(Duration::ZERO);
            failing.lived(Duration::from_millis(500));
        }
        assert!(failing.next(Duration::ZERO) >= LONGEST / 2);
    }

    #[test]
    fn the_server_may_ask_for_a_longer_wait() {
        let asked = Duration::from_secs(7);

        for wait in [Backoff::default().next(asked), Backoff::planned(asked)] {
            assert!(wait >= asked && wait <= asked.mul_f64(1.25), "{wait:?}");
        }
    }
}
