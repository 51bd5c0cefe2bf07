//! Why a text is not a date, for the forms that people and other programs try.

use super::{QUALIFIERS, parse};
use crate::domain::value::quoted;

const EXAMPLES: &str = "2026, 2022-05, 2025-05-12, 2023-05-30/2023-05-31 or [..2027]";

/// Returns what is wrong with a text that cannot be read, and what to write instead.
pub(super) fn reason(text: &str) -> String {
    let why = unknown_digits(text)
        .or_else(|| several_dates(text))
        .or_else(|| word(text))
        .or_else(|| year(text))
        .or_else(|| misplaced(text))
        .or_else(|| in_words(text));
    match why {
        Some(why) => format!("{} {why}", quoted(text)),
        None => format!(
            "{} cannot be read as a date; write it as in {EXAMPLES}",
            quoted(text)
        ),
    }
}

/// Whether a text has one of `signs`, and nothing else but digits and the signs of a date.
fn is_date_with(text: &str, signs: &[char]) -> bool {
    let is_sign = |c: char| c.is_ascii_digit() || "-/.[]".contains(c) || QUALIFIERS.contains(&c);
    text.contains(signs) && text.chars().all(|c| is_sign(c) || signs.contains(&c))
}

fn unknown_digits(text: &str) -> Option<String> {
    if is_date_with(text, &['x', 'u']) {
        return Some("has unknown digits; write a capital X for each, as in 201X".into());
    }
    if !is_date_with(text, &['X']) {
        return None;
    }
    let instead = last_digit_known(text)
        .unwrap_or_else(|| "201X, 2025-XX or 2025-05-XX; anything else is not one span".into());
    Some(format!(
        "has X for digits that it cannot stand for; X stands for the last digits of a year, a whole \
         month or a whole day, as in {instead}"
    ))
}

/// Returns the bounds of a month or day of which the last digit alone is unknown.
fn last_digit_known(text: &str) -> Option<String> {
    let stem = text.strip_suffix('X').filter(|stem| !stem.contains('X'))?;
    // What begins with another digit is not a month.
    let is_part = stem.len() == 9 || (stem.len() == 6 && stem.ends_with(['0', '1']));
    let mut dates = (0..=9)
        .map(|digit| format!("{stem}{digit}"))
        .filter(|date| is_part && parse(date).is_ok());
    let (first, last) = (dates.next()?, dates.next_back()?);
    Some(format!("[{first}..{last}]"))
}

fn several_dates(text: &str) -> Option<String> {
    if text.starts_with('{') && text.ends_with('}') {
        return Some(
            "is a set of several dates; write one date, or the range that they lie in, as in \
             2020/2022"
                .into(),
        );
    }
    let inner = text.strip_prefix('[')?.strip_suffix(']')?;
    if inner.contains(',') {
        return Some(
            "lists days of which one is meant; write the first and the last, as in [2020..2022]"
                .into(),
        );
    }
    let is_date = parse(inner).is_ok();
    is_date.then(|| {
        format!("has brackets around one date; brackets hold bounds, as in [..2027]; write {inner}")
    })
}

fn word(text: &str) -> Option<String> {
    if text.contains(char::is_whitespace) && parse(&without_spaces(text)).is_ok() {
        return Some(format!(
            "has white space; write it without, as in {}",
            without_spaces(text)
        ));
    }
    let has_time = text
        .split('/')
        .filter_map(|date| date.split_once('T'))
        .any(|(date, time)| parse(date).is_ok() && time.starts_with(|c: char| c.is_ascii_digit()));
    if has_time {
        return Some("has a time of day; write the day alone, as in 2025-05-12".into());
    }
    if let Some(part) = part_of_year(text) {
        return Some(format!("is written as in {part}"));
    }
    let is_end = |end: &str| ["open", "unknown", "now"].contains(&end);
    text.split('/')
        .any(is_end)
        .then(|| "has a word for an end; write .. for one that is open, as in 2024/..".into())
}

fn without_spaces(text: &str) -> String {
    text.split_whitespace().collect()
}

/// Returns how to write a quarter or half of a year, such as `2025-Q1` or `H1 2025`.
fn part_of_year(text: &str) -> Option<String> {
    let (year, part) = text
        .split_once(['-', ' '])
        .or_else(|| text.split_at_checked(4))?;
    let (year, part) = match part.len() {
        2 => (year, part),
        _ => (part, year),
    };
    let first = match part.chars().next()? {
        'Q' => 33,
        'H' => 40,
        _ => return None,
    };
    let nth: u8 = part[1..].parse().ok().filter(|nth| (1..=4).contains(nth))?;
    let date = format!("{year}-{}", first + nth - 1);
    parse(&date).is_ok().then_some(date)
}

/// Returns how to write a date of which some part is a word, such as `19 January 2024`.
fn in_words(text: &str) -> Option<String> {
    let text = text.to_lowercase();
    let words = text.split(|c: char| c.is_whitespace() || matches!(c, ',' | '-' | '.'));
    let words = words.filter(|word| !matches!(*word, "" | "the" | "of" | "in"));
    let is_year = |word: &&str| word.len() == 4 && word.bytes().all(|b| b.is_ascii_digit());
    let (years, others): (Vec<&str>, Vec<&str>) = words.partition(is_year);
    let [year] = years[..] else { return None };
    let nth = |word: &str| {
        let nths = [
            ["first", "1st"],
            ["second", "2nd"],
            ["third", "3rd"],
            ["fourth", "4th"],
        ];
        nths.iter().position(|nth| nth.contains(&word))
    };
    let date = match others[..] {
        ["early" | "beginning"] => format!("{year}-40"),
        ["late"] => format!("{year}-41"),
        [which, "half"] => format!("{year}-{}", 40 + nth(which).filter(|nth| *nth < 2)?),
        [which, "quarter"] => format!("{year}-{}", 33 + nth(which)?),
        [one] => format!("{year}-{:02}", month(one)?),
        [one, other] => {
            let (month, day) = match month(one) {
                Some(month) => (month, other),
                None => (month(other)?, one),
            };
            let digits = day.trim_end_matches(|c: char| c.is_ascii_alphabetic());
            let day: u8 = digits.parse().ok()?;
            format!("{year}-{month:02}-{day:02}")
        }
        _ => return None,
    };
    parse(&date).ok()?;
    Some(format!(
        "is in words; write it as in {date} (an event can keep the words in as_stated)"
    ))
}

/// Returns the number of a month by its English name or the beginning of it.
fn month(word: &str) -> Option<usize> {
    const MONTHS: [&str; 12] = [
        "january",
        "february",
        "march",
        "april",
        "may",
        "june",
        "july",
        "august",
        "september",
        "october",
        "november",
        "december",
    ];
    let is_named = |month: &&str| word.len() >= 3 && month.starts_with(word);
    MONTHS.iter().position(is_named).map(|nth| nth + 1)
}

fn year(text: &str) -> Option<String> {
    let mut dates = text.split(['/', ',', '[', ']']);
    if is_date_with(text, &['Y', 'E', 'S']) {
        return Some("has a letter in its year; write four digits, as in 2026".into());
    }
    let is_signed = |date: &str| {
        let year = date.strip_prefix(['-', '+']);
        year.is_some_and(|year| year.starts_with(|c: char| c.is_ascii_digit()))
    };
    if dates.any(is_signed) {
        return Some("has a sign before its year; write 0001 to 9999, as in 2026".into());
    }
    let digits = text.strip_suffix(QUALIFIERS).unwrap_or(text);
    if !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    match digits.len() {
        2 => Some(format!("is no year; write the century as in {digits}XX")),
        3 => Some(format!("is no year; write the decade as in {digits}X")),
        8 => {
            let date = format!("{}-{}-{}", &digits[..4], &digits[4..6], &digits[6..]);
            let is_date = parse(&date).is_ok();
            is_date.then(|| format!("has no hyphens; write them, as in {date}"))
        }
        _ => None,
    }
}

fn misplaced(text: &str) -> Option<String> {
    is_date_with(text, &QUALIFIERS).then(|| {
        "has a qualifier for a part of the date; write one at the end, which holds for all of it, as \
         in 2025-05~"
            .into()
    })
}
