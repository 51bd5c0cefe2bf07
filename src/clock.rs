//! The wall clock, which is handed to whatever needs the time of day, so that a test can set it.

use std::{
    sync::{
        Arc,
        atomic::{AtomicI64, Ordering},
    },
    time::{Duration, SystemTime, UNIX_EPOCH},
};

use crate::domain::{Day, Micros};

/// Tells the time of day. It may be wrong and may jump, as any wall clock, so nothing that has to be
/// in order, or has to last, relies on it. Clones show the same time.
#[derive(Clone, Debug, Default)]
pub struct WallClock {
    /// How far it is ahead of the system's clock.
    ahead_micros: Arc<AtomicI64>,
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

    /// The day it is, in UTC.
    pub fn today(&self) -> Day {
        Micros(self.now_micros()).day()
    }

    /// Sets it ahead by so much, or back if that is negative, as an operator or a time server does.
    pub fn step_micros(&self, by: i64) {
        self.ahead_micros.fetch_add(by, Ordering::Relaxed);
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
}
