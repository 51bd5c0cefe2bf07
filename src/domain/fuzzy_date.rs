//! A date as its source gives it.

use super::{Day, Violations, edtf, text_rules};

/// A date as precisely as it is known, and never more precisely: as code, in the words of the
/// source, or both.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct FuzzyDate {
    edtf: String,
    as_stated: String,
    earliest: Option<Day>,
    latest: Option<Day>,
}

impl FuzzyDate {
    /// Makes a date from [EDTF](super::edtf), which may be empty when the words of the source are
    /// given.
    ///
    /// # Errors
    /// Returns what is wrong with `edtf`, or that both are empty.
    pub fn new(edtf: &str, as_stated: &str) -> Result<Self, String> {
        if edtf.is_empty() && as_stated.is_empty() {
            return Err("is required, unless as_stated has the words of the source".into());
        }
        let span = match edtf {
            "" => edtf::Span {
                earliest: None,
                latest: None,
            },
            edtf => edtf::parse(edtf)?,
        };
        Ok(Self {
            edtf: edtf.to_owned(),
            as_stated: as_stated.to_owned(),
            earliest: span.earliest,
            latest: span.latest,
        })
    }

    /// Returns the date in EDTF; empty when only the words of the source are known.
    pub fn edtf(&self) -> &str {
        &self.edtf
    }

    /// Returns the words of the source; may be empty.
    pub fn as_stated(&self) -> &str {
        &self.as_stated
    }

    /// Returns the first day that the date can mean; `None` when open or unknown.
    pub fn earliest(&self) -> Option<Day> {
        self.earliest
    }

    /// Returns the last day that the date can mean; `None` when open or unknown.
    pub fn latest(&self) -> Option<Day> {
        self.latest
    }

    /// Returns the sort key: dates sort by first day, and with the same first day the narrower
    /// comes first, so `2025-01-01` before `2025-01` before `2025`. A date without a first day
    /// sorts by its last day; one without a last day comes after all others with its first day.
    /// `None` when it has neither: undated events come last in either direction.
    pub fn sort_key(&self) -> Option<(Day, Day)> {
        let start = self.earliest.or(self.latest)?;
        Some((start, self.latest.unwrap_or(Day::MAX)))
    }

    /// Refuses an end that is certainly before its beginning, the field `begin_field`.
    pub(super) fn check_order(
        violations: &mut Violations,
        (begin_field, begin): (&str, Option<&Self>),
        (field, end): (&str, Option<&Self>),
    ) {
        let begin = begin.and_then(Self::earliest);
        let end = end.and_then(Self::latest);
        if let (Some(begin), Some(end)) = (begin, end)
            && end < begin
        {
            let why = format!(
                "ends on {end}, before {begin_field}, which begins on {begin}; correct one of them"
            );
            violations.add(&format!("{field}.edtf"), why);
        }
    }

    pub(super) fn check(&self, violations: &mut Violations) {
        text_rules::line(violations, "as_stated", &self.as_stated, 200);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn date(edtf: &str) -> FuzzyDate {
        FuzzyDate::new(edtf, "").expect(edtf)
    }

    #[test]
    fn words_alone_are_a_date_without_bounds_and_an_empty_date_is_refused() {
        let stated = FuzzyDate::new("", "after the election").expect("words are enough");
        assert_eq!(
            (stated.earliest(), stated.latest(), stated.sort_key()),
            (None, None, None)
        );
        assert!(FuzzyDate::new("", "").is_err());
        assert!(FuzzyDate::new("soon", "soon").is_err());
    }

    #[test]
    fn dates_of_mixed_precision_are_ordered_by_first_day_then_narrowest() {
        let ordered = [
            "../2024",
            "2025-01-01",
            "2025-01",
            "2025",
            "[2025..]",
            "2025-01-02",
            "[..2026]",
        ];
        let keys: Vec<_> = ordered.iter().map(|edtf| date(edtf).sort_key()).collect();
        assert!(
            keys.is_sorted() && keys.iter().all(Option::is_some),
            "{keys:?}"
        );
    }
}
