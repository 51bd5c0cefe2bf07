use std::{
    sync::Arc,
    time::{Duration, SystemTime, UNIX_EPOCH},
};

use tokio::{task::unconstrained, time::Instant};

use super::{Moment, Sleep, manual::Shift};
use crate::domain::{Day, Micros};

/// A wall clock and a steady clock. The wall clock may be wrong and may jump, so nothing that needs an
/// order or a duration relies on it. The steady clock measures durations and wakes those who wait.
/// Clones show the same time.
///
/// The system's clock has no offset, so reading it costs one system call. Durations that only appear in
/// a metric or a log line, or set the pace of work, are taken from the system directly.
#[derive(Clone, Debug)]
pub struct WallClock {
    /// The offset from the system's clock; `None` if the clock cannot be moved.
    shift: Option<Arc<Shift>>,
    started: Instant,
}

impl Default for WallClock {
    fn default() -> WallClock {
        WallClock::system()
    }
}

impl WallClock {
    /// Returns the system's clock.
    pub fn system() -> WallClock {
        WallClock {
            shift: None,
            started: Instant::now(),
        }
    }

    /// Returns the system's clock with an offset.
    pub(super) fn moved(shift: Arc<Shift>) -> WallClock {
        WallClock {
            shift: Some(shift),
            started: Instant::now(),
        }
    }

    /// Microseconds since 1970; 0 before then.
    pub fn now_micros(&self) -> i64 {
        let since = SystemTime::now().duration_since(UNIX_EPOCH);
        let micros = since.as_ref().map_or(0, Duration::as_micros);
        let micros = i64::try_from(micros).unwrap_or(i64::MAX);
        match &self.shift {
            None => micros,
            Some(shift) => micros.saturating_add(shift.ahead_micros()).max(0),
        }
    }

    /// Returns today's date in UTC.
    pub fn today(&self) -> Day {
        Micros(self.now_micros()).day()
    }

    /// Reads the steady clock, which ignores changes of the time of day.
    pub fn now(&self) -> Instant {
        match &self.shift {
            None => Instant::now(),
            Some(shift) => Instant::now() + shift.passed(),
        }
    }

    /// Returns the time that has passed since a moment of the steady clock.
    pub fn since(&self, moment: Instant) -> Duration {
        self.now().saturating_duration_since(moment)
    }

    /// Returns the microseconds on the steady clock since the clock was made.
    pub fn steady_micros(&self) -> i64 {
        self.steady_micros_at(self.now())
    }

    /// Converts a moment of the steady clock to microseconds since the clock was made.
    pub fn steady_micros_at(&self, moment: Instant) -> i64 {
        let since = moment.saturating_duration_since(self.started).as_micros();
        i64::try_from(since).unwrap_or(i64::MAX)
    }

    /// Reads both clocks.
    pub fn moment(&self) -> Moment {
        Moment {
            wall_micros: self.now_micros(),
            steady_micros: self.steady_micros(),
        }
    }

    /// Waits for a duration.
    pub fn sleep(&self, time: Duration) -> Sleep {
        self.sleep_until(self.now() + time)
    }

    /// Waits until a moment of the steady clock.
    pub fn sleep_until(&self, due: Instant) -> Sleep {
        Sleep::new(self.shift.as_deref(), due)
    }

    /// Waits for a future; `None` if it is not ready in time.
    pub async fn timeout<F: Future>(&self, time: Duration, future: F) -> Option<F::Output> {
        self.timeout_at(self.now() + time, future).await
    }

    /// Waits for a future until a moment of the steady clock; `None` if it is not ready by then.
    pub async fn timeout_at<F: Future>(&self, due: Instant, future: F) -> Option<F::Output> {
        tokio::select! {
            biased;
            output = future => Some(output),
            // As in tokio's timeout: otherwise a future that uses up the task's budget would never time out.
            () = unconstrained(self.sleep_until(due)) => None,
        }
    }
}
