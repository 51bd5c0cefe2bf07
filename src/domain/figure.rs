//! A number as a source gives it: exact, rough, between two ends or in words alone.

use super::{AmountQualifier, Decimal, Violations, text_rules};

/// The number of a sum of money or of a quantity.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Figure {
    /// The number as printed, or the lower end; `None` if the source has it in words alone.
    pub value: Option<Decimal>,
    /// The upper end of [`AmountQualifier::Between`].
    pub value_max: Option<Decimal>,
    /// How exact it is.
    pub qualifier: AmountQualifier,
    /// The words of the source. At most 300 characters.
    pub as_stated: String,
}

impl Figure {
    /// Returns a number without an upper end and without words.
    pub fn new(value: Decimal, qualifier: AmountQualifier) -> Self {
        Self {
            value: Some(value),
            value_max: None,
            qualifier,
            as_stated: String::new(),
        }
    }

    /// Checks that the fields are those that the qualifier asks for.
    pub(super) fn check(&self, violations: &mut Violations) {
        if !self.as_stated.is_empty() {
            text_rules::line(violations, "as_stated", &self.as_stated, 300);
            text_rules::visible(violations, "as_stated", &self.as_stated);
        }
        if violations.is_refused("qualifier") {
            return;
        }
        let in_words = self.qualifier == AmountQualifier::InWords;
        match &self.value {
            None if !in_words => text_rules::required(violations, "value", true),
            Some(_) if in_words => {
                let why = "is known only in words; leave it empty or choose another qualifier";
                violations.add("value", why);
            }
            _ => {}
        }
        if in_words && self.as_stated.is_empty() {
            let why = "is required for AMOUNT_QUALIFIER_IN_WORDS; write the words of the source";
            violations.add("as_stated", why);
        }
        let ends = (self.value.as_ref(), self.value_max.as_ref());
        check_value_max(ends, self.qualifier, violations);
    }
}

/// Checks that a number has an upper end if its qualifier asks for one, and only then.
pub(super) fn check_value_max(
    (value, max): (Option<&Decimal>, Option<&Decimal>),
    qualifier: AmountQualifier,
    violations: &mut Violations,
) {
    let is_between = qualifier == AmountQualifier::Between;
    match (value, max) {
        (_, None) if is_between && !violations.is_refused("value_max") => {
            violations.add("value_max", "is required for AMOUNT_QUALIFIER_BETWEEN");
        }
        (_, Some(_)) if !is_between => {
            let why = "is for AMOUNT_QUALIFIER_BETWEEN; leave it empty or write this qualifier";
            violations.add("value_max", why);
        }
        (Some(value), Some(max)) if max.compare(value).is_le() => {
            let why = format!("{max} is not greater than the value {value}; swap or correct them");
            violations.add("value_max", why);
        }
        (_, Some(max)) => check_canonical(max, "value_max", violations),
        (_, None) => {}
    }
}

/// Refuses a number with a needless sign or zero, so that one number has one spelling.
pub(super) fn check_canonical(number: &Decimal, field: &str, violations: &mut Violations) {
    if let Some(plain) = number.plain() {
        let why = format!("\"{number}\" has a needless sign or zero; write {plain}");
        violations.add(field, why);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use AmountQualifier::{About, Between, Exact, InWords};

    fn complaints(qualifier: AmountQualifier, value: &str, max: &str, as_stated: &str) -> String {
        let figure = Figure {
            value: Decimal::parse(value).ok(),
            value_max: Decimal::parse(max).ok(),
            qualifier,
            as_stated: as_stated.into(),
        };
        let mut violations = Violations::default();
        figure.check(&mut violations);
        let fields = violations.into_iter().map(|violation| violation.field);
        fields.collect::<Vec<_>>().join(" ")
    }

    /// Trials C9 and F6.
    #[test]
    fn c9_a_range_has_two_ends_and_words_have_none() {
        for (qualifier, value, max, as_stated, expected) in [
            (Exact, "1", "", "", ""),
            (About, "1", "", "about one", ""),
            (Exact, "", "", "", "value"),
            (Exact, "1", "2", "", "value_max"),
            (Between, "1", "2", "", ""),
            (Between, "9", "10.5", "", ""),
            (Between, "-2", "-1", "", ""),
            (Between, "1", "", "", "value_max"),
            (Between, "", "2", "", "value"),
            (Between, "2", "2.0", "", "value_max"),
            (Between, "10", "9", "", "value_max"),
            (Between, "1", "02", "", "value_max"),
            (InWords, "", "", "several billion yen", ""),
            (InWords, "", "", "", "as_stated"),
            (InWords, "1", "2", "", "value as_stated value_max"),
        ] {
            let found = complaints(qualifier, value, max, as_stated);
            assert_eq!(found, expected, "{qualifier} {value} {max} {as_stated}");
        }
    }
}
