//! Commit times that are ahead of the clock.
//!
//! Commit times never go back. A clock that was set wrong for a moment, and right again, leaves the
//! log with a time that has not come yet, which every commit then has until the clock gets there.

use std::time::Duration;

use crate::{clock::WallClock, domain::Micros, store::view::head::Head};

/// Clocks are corrected by less than this all the time, which harms nobody.
const NOTED_MIN: Duration = Duration::from_secs(1);

/// Tells of commit times that are ahead of the clock, once each time they get there.
#[derive(Debug, Default)]
pub(crate) struct ClockLagLog {
    told: bool,
}

impl ClockLagLog {
    /// Compares the last commit time with the clock.
    pub(crate) fn look(&mut self, head: Head, clock: &WallClock) {
        let ahead = ahead(head, clock);
        match (ahead.is_zero(), self.told) {
            (false, false) => tracing::warn!(
                ahead_seconds = ahead.as_secs(),
                commit_time = %Micros(head.commit_micros),
                clock = %Micros(clock.now_micros()),
                position = head.position,
                "the clock is behind the last commit time, so every commit will have that time until \
                 the clock has reached it; check the clock of this host, and if that is right, it \
                 was wrong when the last commits were made"
            ),
            (true, true) => tracing::info!("the clock has reached the last commit time again"),
            _ => {}
        }
        self.told = !ahead.is_zero();
    }
}

/// How far the last commit time is ahead of the clock; zero when it is not by a second.
pub(crate) fn ahead(head: Head, clock: &WallClock) -> Duration {
    let micros = head.commit_micros.saturating_sub(clock.now_micros());
    let ahead = Duration::from_micros(u64::try_from(micros).unwrap_or(0));
    if ahead >= NOTED_MIN {
        ahead
    } else {
        Duration::ZERO
    }
}
