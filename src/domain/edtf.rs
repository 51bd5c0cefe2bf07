//! Dates as precisely as they are known: the part of the Extended Date/Time Format (ISO 8601-2)
//! that the API accepts. `docs/edtf.md` says what is left out, and why.
//!
//! | form | meaning |
//! |---|---|
//! | `2026`, `2022-05`, `2025-05-12` | a year, a month, a day |
//! | `201X`, `20XX`, `2XXX` | some year of the ten, hundred or thousand |
//! | `2025-XX`, `2025-XX-XX`, `2025-05-XX` | some month or day of the year, some day of the month |
//! | `2025-21` to `2025-24` | spring to winter without a hemisphere, so without agreed months: the whole year |
//! | `2025-25` to `2025-28` | northern spring (March to May) to winter (December to February) |
//! | `2025-29` to `2025-32` | southern spring (September to November) to winter (June to August) |
//! | `2024-33` to `2024-36` | first to fourth quarter |
//! | `2024-37` to `2024-39` | first to third four months |
//! | `2024-40`, `2024-41` | first and second half of the year |
//! | `2026~`, `2026?`, `2026%` | about, uncertain, both: the bounds stay those of the plain date |
//! | `2023-05-30/2023-06` | from the first day of one to the last day of the other |
//! | `2024/..`, `../2024`, `2024/`, `/2024` | open (`..`) or unknown (empty) at one end |
//! | `[..2027]`, `[2025-07-07..]`, `[2025..2027]` | one day within bounds |
//!
//! A season with a hemisphere belongs to the year in which it begins: `2025-28` and `2025-30` are
//! December 2025 to February 2026.

mod refusal;
#[cfg(test)]
mod suite_tests;
#[cfg(test)]
mod tests;

use std::str::FromStr;

use super::Day;

const CHARS_MAX: usize = 64;
/// About, uncertain, both.
const QUALIFIERS: [char; 3] = ['~', '?', '%'];

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
    let bounds = text.strip_prefix('[');
    match (
        bounds.and_then(|rest| rest.strip_suffix(']')),
        text.split_once('/'),
    ) {
        (Some(bounds), _) => within(bounds),
        (None, Some((start, end))) => range(start, end),
        (None, None) => qualified(text).map(closed),
    }
    .map_err(|reason| reason.unwrap_or_else(|| refusal::reason(text)))
}

/// Returns how to write a date with the seasons of the northern and those of the southern hemisphere,
/// in place of seasons without a hemisphere. Returns nothing unless it is a date with such a season.
///
/// A single season is written as its months. Where a season of one hemisphere does not give a date, it
/// is left out.
pub fn with_hemispheres(text: &str) -> Option<Vec<String>> {
    let end_of_date = ['/', '[', ']', '.'];
    let season = |piece: &str| {
        let date = piece.trim_end_matches(end_of_date);
        let part = date.strip_suffix(QUALIFIERS).unwrap_or(date).get(5..)?;
        let season: u8 = part.parse().ok()?;
        (21..=24).contains(&season).then_some(season)
    };
    let pieces = || text.split_inclusive(end_of_date);
    parse(text).ok()?;
    pieces().find_map(season)?;
    let of_hemisphere = |shift: u8| -> String {
        let piece = |piece| match season(piece) {
            Some(season) => format!("{}{}{}", &piece[..5], season + shift, &piece[7..]),
            None => piece.to_owned(),
        };
        pieces().map(piece).collect()
    };
    let read = |text: String| {
        let span = parse(&text).ok()?;
        Some(match (span.earliest, span.latest) {
            (Some(first), Some(last)) if !text.contains(end_of_date) => {
                let month = |day: Day| format!("{:04}-{:02}", day.year(), day.month());
                format!("[{}..{}]", month(first), month(last))
            }
            _ => text,
        })
    };
    Some(
        [4, 8]
            .map(of_hemisphere)
            .into_iter()
            .filter_map(read)
            .collect(),
    )
}

/// Why a part of a date was refused; `None` when it cannot be read at all.
type Reason = Option<String>;

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
    single(text.strip_suffix(QUALIFIERS).unwrap_or(text))
}

fn single(text: &str) -> Result<(Day, Day), Reason> {
    let mut parts = text.split('-');
    let years = years(parts.next().unwrap_or_default())?;
    let (month, day) = (part(parts.next())?, part(parts.next())?);
    if parts.next().is_some() {
        return Err(None);
    }
    match (years, month, day) {
        ((0, _), ..) => Err(Some("there is no year 0000; write 0001 to 9999".into())),
        ((first, last), Part::Absent | Part::Unknown, Part::Absent | Part::Unknown) => {
            months((first, 1), (last, 12))
        }
        ((first, last), ..) if first != last => Err(None),
        ((year, _), Part::Number(part), Part::Absent) => part_of_year(year, part),
        ((year, _), Part::Number(month @ 1..=12), Part::Unknown) => {
            months((year, month), (year, month))
        }
        ((year, _), Part::Number(month @ 1..=12), Part::Number(day)) => {
            let day = Day::from_ymd(year, month, day).ok_or_else(|| no_such_day(text))?;
            Ok((day, day))
        }
        (_, Part::Number(month), _) => Err(Some(format!(
            "{month:02} is not a month; write a month from 01 to 12, as in 2025-05-12"
        ))),
        (_, Part::Absent | Part::Unknown, Part::Number(_)) => Err(None),
    }
}

/// A month or a day, or in place of a month another part of the year.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Part {
    Absent,
    /// `XX`.
    Unknown,
    Number(i8),
}

fn part(text: Option<&str>) -> Result<Part, Reason> {
    match text {
        None => Ok(Part::Absent),
        Some("XX") => Ok(Part::Unknown),
        Some(text) => number(text, 2).map(Part::Number),
    }
}

/// Parses four digits, of which the last three may be unknown, as the first and the last year.
fn years(text: &str) -> Result<(i16, i16), Reason> {
    let known = text.trim_end_matches('X').len();
    if known == text.len() {
        let year = number(text, 4)?;
        return Ok((year, year));
    }
    if text.len() != 4 {
        return Err(None);
    }
    let first: i16 = number(&text[..known], known)?;
    let years = 10_i16.pow(4 - known as u32);
    Ok((first * years, first * years + years - 1))
}

/// Parses a number of exactly `digits` digits.
fn number<N: FromStr>(text: &str, digits: usize) -> Result<N, Reason> {
    if text.len() != digits || !text.bytes().all(|b| b.is_ascii_digit()) {
        return Err(None);
    }
    text.parse().map_err(|_| None)
}

fn part_of_year(year: i16, part: i8) -> Result<(Day, Day), Reason> {
    // Parts of equal length, counted from 0.
    let nth = |nth: i8, length: i8| {
        let first = nth * length + 1;
        months((year, first), (year, first + length - 1))
    };
    match part {
        1..=12 => nth(part - 1, 1),
        21..=24 => nth(0, 12),
        25..=28 => season(year, part - 25),
        // The southern spring comes with the northern autumn.
        29..=32 => season(year, (part - 29 + 2) % 4),
        33..=36 => nth(part - 33, 3),
        37..=39 => nth(part - 37, 4),
        40..=41 => nth(part - 40, 6),
        _ => Err(Some(format!(
            "{part:02} is not a month; write a month from 01 to 12, a season from 21 to 32, a \
             quarter from 33 to 36 or a half-year, 40 or 41, as in 2022-05"
        ))),
    }
}

/// Returns the days of a season that begins in `year`, where 0 begins in March and 3 in December.
fn season(year: i16, season: i8) -> Result<(Day, Day), Reason> {
    let last = match season {
        3 => (year + 1, 2),
        _ => (year, season * 3 + 5),
    };
    months((year, season * 3 + 3), last).map_err(|_| {
        Some(format!(
            "that season ends after the year 9999; write its first month, as in {year}-12"
        ))
    })
}

/// Returns the days from the first month to the last.
fn months((year, first): (i16, i8), (last_year, last): (i16, i8)) -> Result<(Day, Day), Reason> {
    Day::from_ymd(year, first, 1)
        .zip(Day::last_of_month(last_year, last))
        .ok_or(None)
}

fn no_such_day(text: &str) -> Reason {
    Some(format!(
        "the calendar has no day {text}; write a day that exists, as in 2025-05-12"
    ))
}
