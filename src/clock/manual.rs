use std::{
    sync::{
        Arc,
        atomic::{AtomicI64, Ordering},
    },
    time::Duration,
};

use tokio::sync::watch;

use super::WallClock;

/// Moves a clock by hand. Between two moves the clock runs on like the system's.
#[derive(Clone, Debug)]
pub struct ManualClock {
    shift: Arc<Shift>,
    clock: WallClock,
}

/// The offset of a clock from the system's.
#[derive(Debug)]
pub(super) struct Shift {
    /// Offset of the time of day.
    ahead_micros: AtomicI64,
    /// Offset of the steady clock, which those who wait follow.
    passed: watch::Sender<Duration>,
}

impl ManualClock {
    /// Returns a clock that shows the system's time until it is moved.
    pub fn start() -> ManualClock {
        let shift = Arc::new(Shift {
            ahead_micros: AtomicI64::new(0),
            passed: watch::Sender::new(Duration::ZERO),
        });
        ManualClock {
            clock: WallClock::moved(shift.clone()),
            shift,
        }
    }

    /// The clock that this moves.
    pub fn clock(&self) -> &WallClock {
        &self.clock
    }

    /// Sets the time of day ahead, or back if the number is negative, as an operator or a time server
    /// does.
    pub fn step_micros(&self, by: i64) {
        self.shift.ahead_micros.fetch_add(by, Ordering::Relaxed);
    }

    /// Moves both the time of day and the steady clock forward.
    pub fn pass(&self, time: Duration) {
        self.step_micros(i64::try_from(time.as_micros()).unwrap_or(i64::MAX));
        self.shift.passed.send_modify(|passed| *passed += time);
    }
}

impl Shift {
    pub(super) fn ahead_micros(&self) -> i64 {
        self.ahead_micros.load(Ordering::Relaxed)
    }

    pub(super) fn passed(&self) -> Duration {
        *self.passed.borrow()
    }

    /// Notifies those who wait whenever time was moved.
    pub(super) fn follow(&self) -> watch::Receiver<Duration> {
        self.passed.subscribe()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const YEAR: i64 = 365 * 24 * 3_600 * 1_000_000;
    const HOUR: Duration = Duration::from_secs(3_600);

    #[test]
    fn every_clone_is_moved_with_it() {
        let manual = ManualClock::start();
        let other = manual.clock().clone();
        let (before, day) = (other.now_micros(), other.today());
        manual.step_micros(YEAR);
        assert!(other.now_micros() >= before + YEAR && other.today() > day);
        manual.step_micros(i64::MIN / 2);
        assert_eq!(other.now_micros(), 0);
    }

    #[test]
    fn the_steady_clock_runs_on_whatever_the_time_of_day_is_set_to() {
        let manual = ManualClock::start();
        let (clock, begun) = (manual.clock(), manual.clock().now());
        manual.step_micros(YEAR);
        assert!((0..YEAR).contains(&clock.steady_micros()) && clock.since(begun) < HOUR);
        manual.pass(HOUR);
        assert!(clock.since(begun) >= HOUR);
        assert!(clock.steady_micros() >= HOUR.as_micros() as i64);
    }

    #[tokio::test]
    async fn who_waits_is_woken_when_enough_time_has_passed() {
        let manual = ManualClock::start();
        let waiting = tokio::spawn(manual.clock().sleep(2 * HOUR));
        tokio::task::yield_now().await;
        manual.step_micros(YEAR);
        manual.pass(HOUR);
        tokio::task::yield_now().await;
        assert!(!waiting.is_finished(), "half of the time has passed");
        manual.pass(HOUR);
        waiting.await.expect("it ends");
    }

    #[tokio::test]
    async fn a_wait_that_is_put_off_ends_at_its_new_time() {
        let manual = ManualClock::start();
        let mut sleep = Box::pin(manual.clock().sleep(HOUR));
        let due = sleep.due() + HOUR;
        sleep.as_mut().reset(due);
        manual.pass(HOUR);
        let early = tokio::select! {
            biased;
            () = &mut sleep => true,
            () = tokio::task::yield_now() => false,
        };
        assert!(!early);
        manual.pass(HOUR);
        sleep.await;
    }

    #[tokio::test]
    async fn time_that_has_passed_before_anybody_waits_does_not_count() {
        let manual = ManualClock::start();
        manual.pass(HOUR);
        let nothing = std::future::pending::<()>();
        let waiting = manual.clock().timeout(HOUR, nothing);
        let passing = async { manual.pass(HOUR) };
        let (given, ()) = tokio::join!(waiting, passing);
        assert_eq!(given, None);
    }
}
