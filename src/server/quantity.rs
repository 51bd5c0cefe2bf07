//! Durations and sizes on the command line.

use std::time::Duration;

use jiff::SignedDuration;

const SIZE_UNITS: [(&str, u64); 4] = [
    ("KiB", 1 << 10),
    ("MiB", 1 << 20),
    ("GiB", 1 << 30),
    ("B", 1),
];

/// Reads `500ms`, `20s`, `5m`, `1h30m`. Zero is allowed; a bare number is not, as it has no unit.
pub(super) fn duration(text: &str) -> Result<Duration, String> {
    text.parse::<SignedDuration>()
        .ok()
        .and_then(|parsed| Duration::try_from(parsed).ok())
        .ok_or_else(|| format!("{text:?} is not a duration; write it like 500ms, 20s, 5m or 1h30m"))
}

/// Reads a duration above zero.
pub fn duration_above_zero(text: &str) -> Result<Duration, String> {
    match duration(text) {
        Ok(parsed) if !parsed.is_zero() => Ok(parsed),
        _ => Err(format!(
            "{text:?} is not a duration above zero; write it like 500ms, 20s, 5m or 24h"
        )),
    }
}

/// Reads a duration within what a watch may ask for as its heartbeat, 1 s to 55 s.
pub fn heartbeat(text: &str) -> Result<Duration, String> {
    let parsed = duration(text)?;
    if parsed < Duration::from_secs(1) || parsed > Duration::from_secs(55) {
        return Err(format!(
            "{text:?} is out of bounds; a heartbeat takes 1s to 55s"
        ));
    }
    Ok(parsed)
}

/// Reads a number of bytes: `4194304`, `64KiB`, `4MiB`, `1GiB`.
pub(super) fn size(text: &str) -> Result<u64, String> {
    let (number, unit) = SIZE_UNITS
        .iter()
        .find_map(|(name, bytes)| Some((text.strip_suffix(name)?, *bytes)))
        .unwrap_or((text, 1));
    number
        .trim_end()
        .parse::<u64>()
        .ok()
        .and_then(|number| number.checked_mul(unit))
        .ok_or_else(|| {
            format!("{text:?} is not a size; write bytes like 4194304, or 64KiB, 4MiB, 1GiB")
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_are_read_with_their_units() {
        assert_eq!(duration("500ms"), Ok(Duration::from_millis(500)));
        assert_eq!(duration("20s"), Ok(Duration::from_secs(20)));
        assert_eq!(duration("60m"), Ok(Duration::from_secs(3600)));
        assert_eq!(duration("1h30m"), Ok(Duration::from_secs(5400)));
        assert_eq!(duration("0s"), Ok(Duration::ZERO));
    }

    #[test]
    fn a_duration_needs_a_unit_and_is_not_negative() {
        for text in ["20", "-20s", "soon", ""] {
            let error = duration(text).expect_err(text);
            assert!(
                error.contains(&format!("{text:?}")) && error.contains("1h30m"),
                "{error}"
            );
        }
    }

    #[test]
    fn a_duration_above_zero_is_not_zero() {
        assert_eq!(duration_above_zero("1m30s"), Ok(Duration::from_secs(90)));
        for text in ["30", "0s", "-1s", "soon"] {
            let error = duration_above_zero(text).expect_err(text);
            assert!(error.contains("above zero"), "{error}");
        }
    }

    #[test]
    fn a_heartbeat_stays_within_what_watches_may_ask_for() {
        assert_eq!(heartbeat("55s"), Ok(Duration::from_secs(55)));
        assert!(heartbeat("999ms").is_err());
        assert!(heartbeat("56s").is_err());
    }

    #[test]
    fn sizes_are_bytes_or_have_a_binary_unit() {
        assert_eq!(size("4194304"), Ok(4 << 20));
        assert_eq!(size("4MiB"), Ok(4 << 20));
        assert_eq!(size("64 KiB"), Ok(64 << 10));
        assert_eq!(size("10B"), Ok(10));
        for text in ["4MB", "-1", "1.5GiB", "99999999999GiB", ""] {
            assert!(size(text).is_err(), "{text}");
        }
    }
}
