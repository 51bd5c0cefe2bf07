//! How long the client of a call waits.

use std::time::Duration;

use tokio::{task::futures::TaskLocalFuture, task_local, time::Instant};

use crate::clock::WallClock;

/// The share of a deadline that is reserved for the way of the answer: at most this, and at most a
/// twentieth.
const WAY_MAX: Duration = Duration::from_millis(50);

task_local! {
    static ANSWER_BY: Option<Instant>;
}

/// A call whose handler knows its deadline.
pub type TimeLeft<F> = TaskLocalFuture<Option<Instant>, F>;

/// Runs a call that must answer within this time.
pub fn with_time_left<F: Future>(
    clock: &WallClock,
    timeout: Option<Duration>,
    call: F,
) -> TimeLeft<F> {
    let answer_by = timeout.and_then(|timeout| {
        let way = WAY_MAX.min(timeout / 20);
        clock.now().checked_add(timeout - way)
    });
    ANSWER_BY.scope(answer_by, call)
}

/// Returns when this call must be answered for the client to get the answer in time.
pub(super) fn answer_by() -> Option<Instant> {
    ANSWER_BY.try_with(|answer_by| *answer_by).ok().flatten()
}

/// At most eight digits and a unit, as the gRPC protocol has it.
pub fn parse_timeout(text: &str) -> Option<Duration> {
    let (digits, unit) = text.split_at_checked(text.len().checked_sub(1)?)?;
    let digits = Some(digits).filter(|digits| digits.bytes().all(|byte| byte.is_ascii_digit()))?;
    let count: u64 = digits.parse().ok().filter(|_| digits.len() <= 8)?;
    match unit {
        "H" => Some(Duration::from_secs(count * 3_600)),
        "M" => Some(Duration::from_secs(count * 60)),
        "S" => Some(Duration::from_secs(count)),
        "m" => Some(Duration::from_millis(count)),
        "u" => Some(Duration::from_micros(count)),
        "n" => Some(Duration::from_nanos(count)),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn s29_the_time_that_a_client_gives_reads_in_every_unit() {
        assert_eq!(parse_timeout("2S"), Some(Duration::from_secs(2)));
        assert_eq!(
            parse_timeout("99999999H"),
            Some(Duration::from_secs(99_999_999 * 3_600))
        );
        assert_eq!(parse_timeout("250m"), Some(Duration::from_millis(250)));
        for garbage in ["", "S", "2", "-1S", "+1S", "999999999S", "2é", "1 S"] {
            assert_eq!(parse_timeout(garbage), None, "{garbage}");
        }
    }
}
