use std::{
    sync::{Mutex, PoisonError},
    time::{Duration, Instant},
};

/// Maximum number of lines of one kind within `WINDOW`.
const LINES_MAX: u64 = 5;
const TIME: Duration = Duration::from_secs(10);

/// Limits log lines of one kind that clients can cause.
#[derive(Debug)]
pub(super) struct LogLineLimit {
    state: Mutex<State>,
}

#[derive(Debug)]
struct State {
    since: Option<Instant>,
    written: u64,
    left_out: u64,
}

impl LogLineLimit {
    /// Makes a limit for one kind of lines.
    pub(super) const fn new() -> LogLineLimit {
        LogLineLimit {
            state: Mutex::new(State {
                since: None,
                written: 0,
                left_out: 0,
            }),
        }
    }

    /// Returns the number of lines that were left out before this one, or `None` if this one must be left out
    /// too.
    pub(super) fn allows(&self) -> Option<u64> {
        self.allows_at(Instant::now())
    }

    fn allows_at(&self, now: Instant) -> Option<u64> {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        if state
            .since
            .is_none_or(|since| now.saturating_duration_since(since) >= TIME)
        {
            (state.since, state.written) = (Some(now), 0);
        }
        if state.written == LINES_MAX {
            state.left_out += 1;
            return None;
        }
        state.written += 1;
        Some(std::mem::take(&mut state.left_out))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn e8_lines_are_bounded_and_those_left_out_are_counted() {
        let (limit, begun) = (LogLineLimit::new(), Instant::now());
        let written = (0..1_000).filter(|_| limit.allows_at(begun).is_some());
        assert_eq!(written.count() as u64, LINES_MAX);
        assert_eq!(limit.allows_at(begun + TIME), Some(1_000 - LINES_MAX));
        assert_eq!(limit.allows_at(begun + TIME), Some(0));
    }
}
