use std::{
    collections::hash_map::RandomState,
    hash::{BuildHasher, Hasher},
    time::Duration,
};

const FIRST: Duration = Duration::from_millis(100);
const LONGEST: Duration = Duration::from_secs(30);

/// A stream that lived less than this has failed, however short the wait before it was.
const LIVED_MIN: Duration = Duration::from_secs(1);

/// How much longer than asked for a wait may be, so that those who were asked alike do not come
/// back alike.
const ASKED_SPREAD: f64 = 0.25;

/// How long to wait before each attempt: twice as long as before, up to a bound, and each time a
/// random part of it, so that clients that lost the same server do not come back as one.
#[derive(Debug, Default)]
pub(super) struct Backoff {
    attempts: u32,
    /// The wait before the newest attempt.
    waited: Duration,
}

impl Backoff {
    /// The wait before the next attempt, at least what the server asked for.
    pub(super) fn next(&mut self, asked: Duration) -> Duration {
        let longest = FIRST
            .saturating_mul(1 << self.attempts.min(16))
            .min(LONGEST);
        self.attempts = self.attempts.saturating_add(1);
        self.waited = longest.mul_f64(0.5 + random() / 2.0).max(spread(asked));
        self.waited
    }

    /// The wait before an attempt that nothing failed before: as long as the server asked for.
    pub(super) fn planned(asked: Duration) -> Duration {
        spread(asked)
    }

    /// The attempt was worth its wait when the stream lived longer than that: what interrupts it is a
    /// new interruption, which begins with the shortest wait. A proxy that cuts every stream at some
    /// age is so followed nearly all the time, and a server that fails at once is left alone.
    pub(super) fn lived(&mut self, age: Duration) {
        if age >= LIVED_MIN && age > self.waited {
            self.reset();
        }
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

    /// Trial D4: a proxy that cut every stream after 12 s was waited for up to 24 s each time.
    #[test]
    fn d4_no_wait_is_longer_than_the_streams_live_and_those_that_do_not_live_are_left_alone() {
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
