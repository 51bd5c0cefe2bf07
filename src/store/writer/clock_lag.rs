//! Commit times that are ahead of the clock.
//!
//! Commit times never go back. A clock that was ahead for a moment leaves the log with a commit time in
//! the future. Every commit then gets that time, until the clock has reached it.

use std::time::Duration;

use crate::{clock::WallClock, domain::Micros, store::view::head::Head};

/// The least difference that is reported. Clocks are corrected by less all the time, which is harmless.
const NOTED_MIN: Duration = Duration::from_secs(1);

/// Logs when commit times get ahead of the clock, and when they no longer are.
#[derive(Debug, Default)]
pub(crate) struct ClockLagLog {
    is_reported: bool,
}

impl ClockLagLog {
    /// Compares the last commit time with the clock.
    pub(crate) fn check(&mut self, head: Head, clock: &WallClock) {
        let ahead = ahead(head, clock);
        match (ahead.is_zero(), self.is_reported) {
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
        self.is_reported = !ahead.is_zero();
    }
}

/// Returns how far the last commit time is ahead of the clock; zero when it is less than a second.
pub(crate) fn ahead(head: Head, clock: &WallClock) -> Duration {
    let micros = head.commit_micros.saturating_sub(clock.now_micros());
    let ahead = Duration::from_micros(u64::try_from(micros).unwrap_or(0));
    if ahead >= NOTED_MIN {
        ahead
    } else {
        Duration::ZERO
    }
}
