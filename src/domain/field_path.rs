//! Field paths in claims and sources, written as in update masks.

use super::value::quoted;

include!(concat!(env!("OUT_DIR"), "/content_fields.rs"));

const CHARS_MAX: usize = 200;

/// Checks that `path` is dotted lower snake case and begins with one of `fields`.
pub(super) fn check(path: &str, fields: &[&str]) -> Result<(), String> {
    let word = |word: &str| {
        let letter = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_';
        !word.is_empty() && word.bytes().all(letter)
    };
    let first = path.split('.').next().unwrap_or(path);
    if fields.contains(&first) && path.len() <= CHARS_MAX && path.split('.').all(word) {
        return Ok(());
    }
    Err(format!(
        "{} is not the path of a field; write one as in update masks, beginning with {}",
        quoted(path),
        fields.join(", ")
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_begins_with_a_field_that_publishers_write() {
        for good in ["date", "date.edtf", "place.city", "amounts"] {
            assert_eq!(check(good, EVENT_FIELDS), Ok(()));
        }
        for bad in [
            "",
            "dates",
            "name",
            "etag",
            "date.",
            ".date",
            "date..edtf",
            "Date",
            "date.é",
        ] {
            let reason = check(bad, EVENT_FIELDS).expect_err(bad);
            assert!(reason.contains("announce_date"), "{reason}");
        }
    }
}
