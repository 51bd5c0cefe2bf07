//! A date as its source gives it.

use super::{Day, Violations, edtf, text};

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
    /// A date from [EDTF](super::edtf), which may be empty when the words of the source are given.
    ///
    /// # Errors
    /// What is wrong with `edtf`, or that both are empty.
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

    /// The date in EDTF; empty when none can be read out of the words of the source.
    pub fn edtf(&self) -> &str {
        &self.edtf
    }

    /// The words of the source; may be empty.
    pub fn as_stated(&self) -> &str {
        &self.as_stated
    }

    /// The first day it can mean; `None` when open or unknown.
    pub fn earliest(&self) -> Option<Day> {
        self.earliest
    }

    /// The last day it can mean; `None` when open or unknown.
    pub fn latest(&self) -> Option<Day> {
        self.latest
    }

    /// Where it stands in the order of dates: by first day, and on the same first day the narrower
    /// before the wider, so that `2025-01-01` comes before `2025-01` and that before `2025`. A date
    /// without a first day stands at its last day; one without a last day after all others of its
    /// first day. `None` when it has neither: undated events come last in either direction.
    pub fn sort_key(&self) -> Option<(Day, Day)> {
        let start = self.earliest.or(self.latest)?;
        Some((start, self.latest.unwrap_or(Day::MAX)))
    }

    pub(super) fn check(&self, violations: &mut Violations) {
        text::line(violations, "as_stated", &self.as_stated, 200);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn date(edtf: &str) -> FuzzyDate {
        FuzzyDate::new(edtf, "").expect(edtf)
    }

    #[test]
    fn words_alone_are_a_date_without_bounds_and_nothing_is_none() {
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
