//! The wall clock, which is handed to whatever needs the time of day, so that a test can set it.

use std::{
    sync::{
        Arc,
        atomic::{AtomicI64, Ordering},
    },
    time::{Duration, Instant, SystemTime, UNIX_EPOCH},
};

use crate::domain::{Day, Micros};

/// Tells the time of day. It may be wrong and may jump, as any wall clock, so nothing that has to be
/// in order, or has to last, relies on it. Beside it runs a steady clock, which measures how long
/// something lasts. Clones show the same time.
#[derive(Clone, Debug)]
pub struct WallClock {
    /// How far it is ahead of the system's clock.
    ahead_micros: Arc<AtomicI64>,
    /// How far the steady clock is ahead of the system's.
    passed_micros: Arc<AtomicI64>,
    started: Instant,
}

/// A moment by both clocks.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub struct Moment {
    /// Since 1970, by the wall clock.
    pub wall_micros: i64,
    /// By the steady clock.
    pub steady_micros: i64,
}

impl Default for WallClock {
    fn default() -> WallClock {
        WallClock {
            ahead_micros: Arc::default(),
            passed_micros: Arc::default(),
            started: Instant::now(),
        }
    }
}

impl WallClock {
    /// The clock of the system.
    pub fn system() -> WallClock {
        WallClock::default()
    }

    /// Microseconds since 1970; 0 before then.
    pub fn now_micros(&self) -> i64 {
        let since = SystemTime::now().duration_since(UNIX_EPOCH);
        let micros = since.as_ref().map_or(0, Duration::as_micros);
        i64::try_from(micros)
            .unwrap_or(i64::MAX)
            .saturating_add(self.ahead_micros.load(Ordering::Relaxed))
            .max(0)
    }

    /// Microseconds since it was made, whatever the time of day was set to meanwhile.
    pub fn steady_micros(&self) -> i64 {
        self.steady_micros_at(Instant::now())
    }

    /// The same at a moment that was taken down.
    pub fn steady_micros_at(&self, moment: Instant) -> i64 {
        let since = moment.saturating_duration_since(self.started).as_micros();
        i64::try_from(since)
            .unwrap_or(i64::MAX)
            .saturating_add(self.passed_micros.load(Ordering::Relaxed))
    }

    /// What both clocks show.
    pub fn moment(&self) -> Moment {
        Moment {
            wall_micros: self.now_micros(),
            steady_micros: self.steady_micros(),
        }
    }

    /// The day it is, in UTC.
    pub fn today(&self) -> Day {
        Micros(self.now_micros()).day()
    }

    /// Sets it ahead by so much, or back if that is negative, as an operator or a time server does.
    pub fn step_micros(&self, by: i64) {
        self.ahead_micros.fetch_add(by, Ordering::Relaxed);
    }

    /// Lets so much time pass, by both clocks.
    pub fn pass_micros(&self, by: i64) {
        self.step_micros(by);
        self.passed_micros.fetch_add(by, Ordering::Relaxed);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_clone_is_set_with_it() {
        const YEAR: i64 = 365 * 24 * 3_600 * 1_000_000;
        let clock = WallClock::system();
        let other = clock.clone();
        let (before, day) = (clock.now_micros(), clock.today());
        clock.step_micros(YEAR);
        assert!(other.now_micros() >= before + YEAR && other.today() > day);
        clock.step_micros(i64::MIN / 2);
        assert_eq!(other.now_micros(), 0);
    }

    #[test]
    fn the_steady_clock_runs_on_whatever_the_time_of_day_is_set_to() {
        const YEAR: i64 = 365 * 24 * 3_600 * 1_000_000;
        let clock = WallClock::system();
        clock.step_micros(YEAR);
        assert!((0..YEAR).contains(&clock.steady_micros()));
        clock.pass_micros(YEAR);
        assert!((YEAR..2 * YEAR).contains(&clock.steady_micros()));
    }
}
