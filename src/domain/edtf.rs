//! Dates as precisely as they are known: the part of the Extended Date/Time Format (ISO 8601-2)
//! that the API accepts.
//!
//! | form | meaning |
//! |---|---|
//! | `2026`, `2022-05`, `2025-05-12` | a year, a month, a day |
//! | `2025-21` to `2025-24` | spring to winter, which have no agreed months: the whole year |
//! | `2024-33` to `2024-36` | first to fourth quarter |
//! | `2026~`, `2026?`, `2026%` | about, uncertain, both: the bounds stay those of the plain date |
//! | `2023-05-30/2023-06` | from the first day of one to the last day of the other |
//! | `2024/..`, `../2024`, `2024/`, `/2024` | open (`..`) or unknown (empty) at one end |
//! | `[..2027]`, `[2025-07-07..]`, `[2025..2027]` | one day within bounds |

use std::str::FromStr;

use super::{Day, value::quoted};

const CHARS_MAX: usize = 64;
const EXAMPLES: &str = "2026, 2022-05, 2025-05-12, 2023-05-30/2023-05-31 or [..2027]";

/// The days that a date can mean.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Span {
    /// The first day; `None` when open or unknown.
    pub earliest: Option<Day>,
    /// The last day; `None` when open or unknown.
    pub latest: Option<Day>,
}

/// Parses a date in any of the forms listed in the module's documentation. At least one end of the
/// span is known.
///
/// # Errors
/// Returns what is wrong with the text, with an example of an accepted date.
pub fn parse(text: &str) -> Result<Span, String> {
    if text.len() > CHARS_MAX {
        return Err(format!(
            "{} characters are too many for a date; at most {CHARS_MAX}",
            text.len()
        ));
    }
    if let Some(bounds) = text
        .strip_prefix('[')
        .and_then(|rest| rest.strip_suffix(']'))
    {
        return within(bounds).map_err(|reason| reason.unwrap_or_else(|| unreadable(text)));
    }
    match text.split_once('/') {
        Some((start, end)) => range(start, end),
        None => qualified(text).map(closed),
    }
    .map_err(|reason| reason.unwrap_or_else(|| unreadable(text)))
}

/// Why a part of a date was refused; `None` when it cannot be read at all.
type Reason = Option<String>;

fn unreadable(text: &str) -> String {
    if text.contains('X') {
        let instead =
            without_unknown_digits(text).unwrap_or_else(|| "[2010..2019] for 201X".to_owned());
        return format!(
            "{} has X for unknown digits, which is not supported; write the range of days that it can \
             mean, as in {instead}",
            quoted(text)
        );
    }
    format!(
        "{} cannot be read as a date; write it as in {EXAMPLES}",
        quoted(text)
    )
}

/// Rewrites a date with unknown digits as one without them.
fn without_unknown_digits(text: &str) -> Option<String> {
    let (year, rest) = text.split_at_checked(4)?;
    let instead = match rest {
        "" => format!("[{}..{}]", year.replace('X', "0"), year.replace('X', "9")),
        "-XX" | "-XX-XX" => year.to_owned(),
        _ => text.strip_suffix("-XX")?.to_owned(),
    };
    parse(&instead).is_ok().then_some(instead)
}

fn within(bounds: &str) -> Result<Span, Reason> {
    match bounds.split_once("..").ok_or(None)? {
        ("", end) => Ok(Span {
            earliest: None,
            latest: Some(qualified(end)?.1),
        }),
        (start, "") => Ok(Span {
            earliest: Some(qualified(start)?.0),
            latest: None,
        }),
        (start, end) => between(start, end),
    }
}

fn range(start: &str, end: &str) -> Result<Span, Reason> {
    match (is_open(start), is_open(end)) {
        (true, true) => Err(Some(
            "a range needs a date at one end, as in 2024/..".into(),
        )),
        (true, false) => Ok(Span {
            earliest: None,
            latest: Some(qualified(end)?.1),
        }),
        (false, true) => Ok(Span {
            earliest: Some(qualified(start)?.0),
            latest: None,
        }),
        (false, false) => between(start, end),
    }
}

fn is_open(end: &str) -> bool {
    matches!(end, "" | "..")
}

fn between(start: &str, end: &str) -> Result<Span, Reason> {
    let (earliest, latest) = (qualified(start)?.0, qualified(end)?.1);
    if earliest > latest {
        return Err(Some(format!(
            "{start} is after {end}; write the earlier date first, as in 2023-05-30/2023-05-31"
        )));
    }
    Ok(closed((earliest, latest)))
}

fn closed((earliest, latest): (Day, Day)) -> Span {
    Span {
        earliest: Some(earliest),
        latest: Some(latest),
    }
}

/// Parses a single date with an optional qualifier.
fn qualified(text: &str) -> Result<(Day, Day), Reason> {
    single(text.strip_suffix(['~', '?', '%']).unwrap_or(text))
}

fn single(text: &str) -> Result<(Day, Day), Reason> {
    let mut parts = text.split('-');
    let year = number(parts.next(), 4)?.ok_or(None)?;
    let month = number(parts.next(), 2)?;
    let day = number(parts.next(), 2)?;
    if parts.next().is_some() {
        return Err(None);
    }
    match (month, day) {
        _ if year == 0 => Err(Some("there is no year 0000; write 0001 to 9999".into())),
        (None, _) => whole_months(year, 1, 12),
        (Some(month), None) => part_of_year(year, month),
        (Some(month @ 1..=12), Some(day)) => {
            let day = Day::from_ymd(year, month, day).ok_or_else(|| no_such_day(text))?;
            Ok((day, day))
        }
        (Some(month), Some(_)) => Err(Some(format!(
            "{month:02} is not a month; write a month from 01 to 12, as in 2025-05-12"
        ))),
    }
}

/// Parses a part of a date as a number of exactly `digits` digits; `Ok(None)` when there is no
/// part.
fn number<N: FromStr>(part: Option<&str>, digits: usize) -> Result<Option<N>, Reason> {
    let Some(part) = part else { return Ok(None) };
    if part.len() != digits || !part.bytes().all(|b| b.is_ascii_digit()) {
        return Err(None);
    }
    part.parse().map(Some).map_err(|_| None)
}

fn part_of_year(year: i16, part: i8) -> Result<(Day, Day), Reason> {
    match part {
        1..=12 => whole_months(year, part, part),
        21..=24 => whole_months(year, 1, 12),
        33..=36 => whole_months(year, (part - 33) * 3 + 1, (part - 33) * 3 + 3),
        _ => Err(Some(format!(
            "{part:02} is not a month; write a month from 01 to 12, a season from 21 to 24 or a \
             quarter from 33 to 36, as in 2022-05"
        ))),
    }
}

fn whole_months(year: i16, first: i8, last: i8) -> Result<(Day, Day), Reason> {
    Day::from_ymd(year, first, 1)
        .zip(Day::last_of_month(year, last))
        .ok_or(None)
}

fn no_such_day(text: &str) -> Reason {
    Some(format!(
        "the calendar has no day {text}; write a day that exists, as in 2025-05-12"
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> (String, String) {
        let show = |day: Option<Day>| day.map_or("open".into(), |day| day.to_string());
        let span = parse(text).expect(text);
        (show(span.earliest), show(span.latest))
    }

    #[test]
    fn every_documented_form_is_read_as_its_days() {
        for (text, earliest, latest) in [
            ("2026", "2026-01-01", "2026-12-31"),
            ("0001", "0001-01-01", "0001-12-31"),
            ("9999-12-31", "9999-12-31", "9999-12-31"),
            ("2024-02", "2024-02-01", "2024-02-29"),
            ("2025-05-12", "2025-05-12", "2025-05-12"),
            ("2027~", "2027-01-01", "2027-12-31"),
            ("2027-03?", "2027-03-01", "2027-03-31"),
            ("2027-03-04%", "2027-03-04", "2027-03-04"),
            ("2025-21", "2025-01-01", "2025-12-31"),
            ("2025-24", "2025-01-01", "2025-12-31"),
            ("2024-33", "2024-01-01", "2024-03-31"),
            ("2024-36~", "2024-10-01", "2024-12-31"),
            ("2023-05-30/2023-05-31", "2023-05-30", "2023-05-31"),
            ("2023-05-30/2023-06", "2023-05-30", "2023-06-30"),
            ("2024~/2026?", "2024-01-01", "2026-12-31"),
            ("2024/2024-05", "2024-01-01", "2024-05-31"),
            ("2024-05-20/2024-05", "2024-05-20", "2024-05-31"),
            ("2024/..", "2024-01-01", "open"),
            ("2024/", "2024-01-01", "open"),
            ("../2024", "open", "2024-12-31"),
            ("/2024-06", "open", "2024-06-30"),
            ("[..2027]", "open", "2027-12-31"),
            ("[2025-07-07..]", "2025-07-07", "open"),
            ("[2025..2027-03]", "2025-01-01", "2027-03-31"),
            ("[2025-33..2025-34]", "2025-01-01", "2025-06-30"),
        ] {
            assert_eq!(read(text), (earliest.into(), latest.into()), "{text}");
        }
    }

    #[test]
    fn everything_else_is_refused_with_an_example() {
        for text in [
            "",
            " 2026",
            "2026 ",
            "26",
            "02026",
            "+2026",
            "-2026",
            "0000",
            "2026-",
            "2026-5",
            "2026-00",
            "2026-13",
            "2026-20",
            "2026-25",
            "2026-37",
            "2026-21-01",
            "2026-05-00",
            "2026-05-32",
            "2025-02-29",
            "2026-05-1",
            "2026-05-12-01",
            "2026-05-12T10:00:00Z",
            "2026/05/12",
            "201X",
            "2026~?",
            "~2026",
            "May 2026",
            "２０２６",
            "2025/2024",
            "2024-05-02/2024-05-01",
            "../..",
            "/",
            "..",
            "../",
            "2024/2025/2026",
            "[2025]",
            "[..]",
            "[]",
            "[2027..2025]",
            "[..2027",
            "..2027]",
            "[..2027]~",
            "[2025/2027]",
            "[2025,2027]",
            "[..2025..]",
            "2024..2025",
        ] {
            let reason = parse(text).expect_err(text);
            assert!(
                reason.contains("as in") || reason.contains("write 0001"),
                "{text}: {reason}"
            );
        }
    }

    #[test]
    fn a_reason_names_the_part_that_is_wrong() {
        let reason = |text| parse(text).expect_err(text);
        assert!(reason("2025-02-30").contains("no day 2025-02-30"));
        assert!(reason("2025-13").contains("13 is not a month"));
        assert!(reason("2025/2024").contains("2025 is after 2024"));
        assert!(reason(&"2".repeat(65)).contains("at most 64"));
    }

    /// Trial C8.
    #[test]
    fn c8_unknown_digits_are_refused_with_an_alternative() {
        for (text, instead) in [
            ("201X", "[2010..2019]"),
            ("20XX", "[2000..2099]"),
            ("2026-XX", "2026"),
            ("2026-XX-XX", "2026"),
            ("2026-05-XX", "2026-05"),
            ("2026-1X", "[2010..2019] for 201X"),
            ("XXXX-05", "[2010..2019] for 201X"),
            ("201X/2020", "[2010..2019] for 201X"),
        ] {
            let reason = parse(text).expect_err(text);
            assert!(reason.contains("X for unknown digits"), "{reason}");
            assert!(reason.ends_with(&format!("as in {instead}")), "{reason}");
        }
    }
}
