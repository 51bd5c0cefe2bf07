use std::{
    sync::Arc,
    time::{Duration, SystemTime, UNIX_EPOCH},
};

use tokio::{task::unconstrained, time::Instant};

use super::{Moment, Sleep, manual::Shift};
use crate::domain::{Day, Micros};

/// Tells the time of day, which may be wrong and may jump, as that of any wall clock, so nothing that
/// has to be in order, or has to last, relies on it. Beside it runs a steady clock, which measures how
/// long something lasts and wakes who waits. Clones show the same time.
///
/// The system's clock costs what asking the system costs: it is a clock that has no shift. What is
/// measured for a metric, a log line or the pace of work, and decides nothing else, asks the system.
#[derive(Clone, Debug)]
pub struct WallClock {
    /// How far it was moved, if it can be.
    shift: Option<Arc<Shift>>,
    started: Instant,
}

impl Default for WallClock {
    fn default() -> WallClock {
        WallClock::system()
    }
}

impl WallClock {
    /// The clock of the system.
    pub fn system() -> WallClock {
        WallClock {
            shift: None,
            started: Instant::now(),
        }
    }

    /// The system's, moved by so much.
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

    /// The day it is, in UTC.
    pub fn today(&self) -> Day {
        Micros(self.now_micros()).day()
    }

    /// What the steady clock shows, whatever the time of day was set to.
    pub fn now(&self) -> Instant {
        match &self.shift {
            None => Instant::now(),
            Some(shift) => Instant::now() + shift.passed(),
        }
    }

    /// How much time has passed since the steady clock showed this.
    pub fn since(&self, moment: Instant) -> Duration {
        self.now().saturating_duration_since(moment)
    }

    /// Microseconds by the steady clock since it was made.
    pub fn steady_micros(&self) -> i64 {
        self.steady_micros_at(self.now())
    }

    /// The same when the steady clock showed this.
    pub fn steady_micros_at(&self, moment: Instant) -> i64 {
        let since = moment.saturating_duration_since(self.started).as_micros();
        i64::try_from(since).unwrap_or(i64::MAX)
    }

    /// What both clocks show.
    pub fn moment(&self) -> Moment {
        Moment {
            wall_micros: self.now_micros(),
            steady_micros: self.steady_micros(),
        }
    }

    /// Until so much time has passed.
    pub fn sleep(&self, time: Duration) -> Sleep {
        self.sleep_until(self.now() + time)
    }

    /// Until the steady clock shows this.
    pub fn sleep_until(&self, due: Instant) -> Sleep {
        Sleep::new(self.shift.as_deref(), due)
    }

    /// What the future gives; `None` when it has given nothing for so long.
    pub async fn timeout<F: Future>(&self, time: Duration, future: F) -> Option<F::Output> {
        self.timeout_at(self.now() + time, future).await
    }

    /// The same until the steady clock shows this.
    pub async fn timeout_at<F: Future>(&self, due: Instant, future: F) -> Option<F::Output> {
        tokio::select! {
            biased;
            output = future => Some(output),
            // As in tokio's own: a future that takes all of a task's turn would never let it end.
            () = unconstrained(self.sleep_until(due)) => None,
        }
    }
}
