//! Decodes single fields into domain values and records their violations.
//!
//! A refused value is replaced by a placeholder, so that lists keep their indices and the rest is
//! checked too. A placeholder never escapes: with each comes a violation.

use std::{fmt::Display, str::FromStr};

use crate::{
    domain::{FuzzyDate, Micros, Moment, Slug, Violations, Vocabulary, with_fitting_example},
    proto::v1,
};

/// Decodes a moment, rounded down to microseconds.
///
/// # Errors
/// Fails outside the years 1 to 9999, or unless the nanoseconds are below one second.
pub fn micros(moment: prost_types::Timestamp) -> Result<Micros, String> {
    timestamp(moment).map(Moment::micros)
}

pub(super) fn timestamp(moment: prost_types::Timestamp) -> Result<Moment, String> {
    Moment::new(moment.seconds, moment.nanos).ok_or_else(|| {
        format!(
            "{} s and {} ns is not a valid time; write one of the years 1 to 9999 with 0 to 999999999 ns",
            moment.seconds, moment.nanos
        )
    })
}

/// Decodes a word of a vocabulary; 0 means that it is not given.
pub(super) fn word<T: Vocabulary>(found: &mut Violations, field: &str, code: i32) -> Option<T> {
    let word = T::from_code(code);
    if word.is_none() && code != 0 {
        found.add(
            field,
            format!("there is no number {code}; write {}", allowed::<T>()),
        );
    }
    word
}

/// Decodes a required word of a vocabulary.
pub(super) fn required_word<T: Vocabulary>(found: &mut Violations, field: &str, code: i32) -> T {
    word(found, field, code).unwrap_or_else(|| {
        found.add(field, format!("is required; write {}", allowed::<T>()));
        T::ALL[0]
    })
}

fn allowed<T: Vocabulary>() -> String {
    let names: Vec<_> = T::ALL
        .iter()
        .map(|word| format!("{}{}", T::PREFIX, word.as_str()))
        .collect();
    match names.split_last() {
        Some((last, [])) => last.clone(),
        Some((last, others)) => format!("{} or {last}", others.join(", ")),
        None => String::new(),
    }
}

/// Decodes a checked text; an empty one means that it is not given.
pub(super) fn value<T>(found: &mut Violations, field: &str, text: &str) -> Option<T>
where
    T: FromStr<Err = String>,
{
    if text.is_empty() {
        None
    } else {
        accept(found, field, text.parse())
    }
}

/// Decodes a required checked text.
pub(super) fn required<T>(found: &mut Violations, field: &str, text: &str, placeholder: &str) -> T
where
    T: FromStr<Err = String>,
{
    value(found, field, text).unwrap_or_else(|| {
        found.add(field, "is required");
        placeholder
            .parse()
            .expect("the placeholders of this crate satisfy the rules of their types")
    })
}

/// Decodes a required kebab-case identifier.
pub(super) fn slug(found: &mut Violations, field: &str, text: &str) -> Slug {
    required(found, field, text, "invalid")
}

/// Decodes a list of kebab-case identifiers.
pub(super) fn slugs(
    found: &mut Violations,
    field: &str,
    texts: Vec<String>,
    len_max: usize,
) -> Vec<Slug> {
    list(
        found,
        field,
        texts,
        len_max,
        |text, scope| match Slug::parse(&text) {
            Ok(slug) => slug,
            Err(why) if !text.is_empty() => {
                scope.add("", with_fitting_example(why, field));
                Slug::parse("invalid").expect("it is kebab-case")
            }
            Err(_) => slug(scope, "", &text),
        },
    )
}

/// Decodes the slug in a required resource name.
pub(super) fn slug_of(
    found: &mut Violations,
    field: &str,
    name: &str,
    parse: fn(&str) -> Result<Slug, String>,
) -> Slug {
    accept(found, field, parse(name)).unwrap_or_else(|| slug(found, field, "invalid"))
}

/// Decodes a date. Its output-only bounds are ignored.
pub(super) fn date(
    found: &mut Violations,
    field: &str,
    date: Option<v1::FuzzyDate>,
) -> Option<FuzzyDate> {
    let date = date?;
    found.at(field, |scope| fuzzy_date(date, scope))
}

/// Decodes a list of dates.
pub(super) fn dates(
    found: &mut Violations,
    field: &str,
    dates: Vec<v1::FuzzyDate>,
    len_max: usize,
) -> Vec<FuzzyDate> {
    list(found, field, dates, len_max, |date, scope| {
        fuzzy_date(date, scope).unwrap_or_else(|| {
            FuzzyDate::new("", "invalid").expect("the words of a source are enough for a date")
        })
    })
}

fn fuzzy_date(date: v1::FuzzyDate, found: &mut Violations) -> Option<FuzzyDate> {
    accept(found, "edtf", FuzzyDate::new(&date.edtf, &date.as_stated))
}

/// Decodes the items of a list; none if it is too long, so that the limit bounds the work.
pub(super) fn list<T, R>(
    found: &mut Violations,
    field: &str,
    items: Vec<T>,
    len_max: usize,
    read: impl FnMut(T, &mut Violations) -> R,
) -> Vec<R> {
    if is_too_long(found, field, items.len(), len_max) {
        Vec::new()
    } else {
        found.each(field, items, read)
    }
}

/// Decodes the entries of a map with checked keys; none if it is too long.
pub(super) fn map<K, C>(
    found: &mut Violations,
    field: &str,
    entries: impl IntoIterator<Item = (String, String), IntoIter: ExactSizeIterator>,
    len_max: usize,
) -> C
where
    K: FromStr<Err: Display> + Eq + Display,
    C: FromIterator<(K, String)>,
{
    let entries = entries.into_iter();
    if is_too_long(found, field, entries.len(), len_max) {
        return C::from_iter([]);
    }
    let mut read: Vec<(K, String)> = Vec::with_capacity(entries.len());
    for (key, text) in entries {
        let path = || format!("{field}[{key:?}]");
        let key = match key.parse::<K>() {
            Ok(key) => key,
            Err(reason) => {
                found.add(&path(), reason.to_string());
                continue;
            }
        };
        if read.iter().any(|(known, _)| *known == key) {
            found.add(
                &path(),
                format!("means the same as another key, {key}; write it once"),
            );
        }
        read.push((key, text));
    }
    read.into_iter().collect()
}

fn is_too_long(found: &mut Violations, field: &str, len: usize, len_max: usize) -> bool {
    let is_too_long = len > len_max;
    if is_too_long {
        found.add(
            field,
            format!("{len} entries are too many; at most {len_max}"),
        );
    }
    is_too_long
}

/// Returns the value of a result, or records its error as a violation.
pub(super) fn accept<T>(
    found: &mut Violations,
    field: &str,
    result: Result<T, String>,
) -> Option<T> {
    let told = |reason| found.add(field, with_fitting_example(reason, field));
    result.map_err(told).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(seconds: i64, nanos: i32) -> prost_types::Timestamp {
        prost_types::Timestamp { seconds, nanos }
    }

    /// 0001-01-01T00:00:00Z and 9999-12-31T23:59:59Z
    const FIRST: i64 = -62_135_596_800;
    const LAST: i64 = 253_402_300_799;

    /// Trial A14.
    #[test]
    fn moments_of_the_years_1_to_9999_are_read() {
        assert_eq!(micros(at(1, 2_999)), Ok(Micros(1_000_002)));
        assert_eq!(micros(at(-1, 0)), Ok(Micros(-1_000_000)));
        for second in [FIRST, LAST - 86_400, LAST] {
            assert!(micros(at(second, 999_999_999)).is_ok(), "{second}");
        }
    }

    #[test]
    fn other_moments_are_refused() {
        for (seconds, nanos) in [
            (FIRST - 1, 0),
            (LAST + 1, 0),
            (0, -1),
            (0, 1_000_000_000),
            (i64::MAX, 0),
        ] {
            assert!(micros(at(seconds, nanos)).is_err(), "{seconds} {nanos}");
        }
    }
}
