use std::time::Duration;

use tokio::time::Instant;

use crate::clock::WallClock;

/// Spreads steps evenly over a time. If the time is too short, it still leaves half of it to others.
#[derive(Debug)]
pub(super) struct Pacer {
    clock: WallClock,
    step: Duration,
    begun: Instant,
    due: Instant,
    end: Instant,
}

impl Pacer {
    /// Plans a number of steps for a time, from now on.
    pub(super) fn begin(clock: WallClock, steps: u64, time: Duration) -> Pacer {
        let now = clock.now();
        Pacer {
            clock,
            step: time / u32::try_from(steps.max(1)).unwrap_or(u32::MAX),
            begun: now,
            due: now,
            end: now + time,
        }
    }

    /// Ends a step: waits until the next is due, at least as long as this step took.
    pub(super) async fn keep(&mut self) {
        let next = self.next(self.clock.now());
        self.clock.sleep_until(next).await;
    }

    /// Waits for the end of the time.
    pub(super) async fn finish(self) {
        self.clock.sleep_until(self.end).await;
    }

    /// Returns when the next step begins if the current one ends now.
    fn next(&mut self, now: Instant) -> Instant {
        let took = now - self.begun;
        self.due += self.step;
        self.begun = self.due.max(now + took);
        self.begun
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECOND: Duration = Duration::from_secs(1);

    #[test]
    fn steps_are_spread_over_the_time() {
        let mut pace = Pacer::begin(WallClock::system(), 10, 100 * SECOND);
        let begun = pace.begun;
        let mut now = begun;
        for step in 1..=10 {
            now = pace.next(now + 2 * SECOND);
            assert_eq!(now - begun, step * 10 * SECOND);
        }
        assert_eq!(now, pace.end);
    }

    #[test]
    fn too_little_time_leaves_half_of_it_to_others() {
        let mut pace = Pacer::begin(WallClock::system(), 10, SECOND);
        let begun = pace.begun;
        let mut now = begun;
        for _ in 0..10 {
            now = pace.next(now + 3 * SECOND);
        }
        assert_eq!(now - begun, 60 * SECOND);
    }
}
