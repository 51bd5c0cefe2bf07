//! Sums of money, as their source prints them.

use super::{
    AmountQualifier, CurrencyCode, Decimal, Figure, FuzzyDate, Slug, Violations, figure,
    limits::{AMOUNTS_MAX, EQUIVALENTS_MAX},
    text_rules,
};

/// A sum of money.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Amount {
    /// `None` when the currency is unknown.
    pub currency_code: Option<CurrencyCode>,
    /// The number.
    pub figure: Figure,
    /// What the money is: `investment`, `contract`; `context` is not money of the event.
    pub role: Option<Slug>,
    /// The time the sum covers.
    pub period: Option<FuzzyDate>,
    /// At most 1,000 characters.
    pub note: String,
    /// The same sum, as the source gives it in other currencies.
    pub equivalents: Vec<Equivalent>,
}

/// A sum in another currency.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Equivalent {
    /// Its currency.
    pub currency_code: CurrencyCode,
    /// The number as printed, or the lower end.
    pub value: Decimal,
    /// The upper end of [`AmountQualifier::Between`].
    pub value_max: Option<Decimal>,
    /// How exact it is; not in words alone.
    pub qualifier: AmountQualifier,
}

/// Checks the field `amounts`.
pub(super) fn check(amounts: &[Amount], violations: &mut Violations) {
    text_rules::at_most(violations, "amounts", amounts.len(), AMOUNTS_MAX);
    violations.each("amounts", amounts, |amount, scope| {
        amount.figure.check(scope);
        if let Some(period) = &amount.period {
            scope.at("period", |scope| period.check(scope));
        }
        text_rules::prose(scope, "note", &amount.note, 1_000);
        amount.check_equivalents(scope);
    });
}

impl Amount {
    fn check_equivalents(&self, violations: &mut Violations) {
        let (field, equivalents) = ("equivalents", &self.equivalents);
        if equivalents.is_empty() {
            return;
        }
        text_rules::at_most(violations, field, equivalents.len(), EQUIVALENTS_MAX);
        violations.each(field, equivalents, |equivalent, scope| {
            figure::check_canonical(&equivalent.value, "value", scope);
            if Some(&equivalent.currency_code) == self.currency_code.as_ref() {
                let currency = &equivalent.currency_code;
                let why =
                    format!("{currency} is the currency of the sum itself; write another one");
                scope.add("currency_code", why);
            }
            let ends = (Some(&equivalent.value), equivalent.value_max.as_ref());
            match equivalent.qualifier {
                _ if scope.is_refused("qualifier") => {}
                AmountQualifier::InWords => {
                    let why = "AMOUNT_QUALIFIER_IN_WORDS is not for sums in another currency; write \
                               AMOUNT_QUALIFIER_ABOUT, or a sum of its own";
                    scope.add("qualifier", why);
                }
                qualifier => figure::check_value_max(ends, qualifier, scope),
            }
        });
        let keys = ["currency_code"];
        text_rules::unique(violations, field, equivalents, &keys, |one, other| {
            one.currency_code == other.currency_code
        });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Trial F6.
    #[test]
    fn f6_a_sum_has_each_other_currency_once() {
        let sum = |others: &[(&str, AmountQualifier, &str)]| Amount {
            currency_code: CurrencyCode::parse("JPY").ok(),
            figure: Figure::new(
                Decimal::parse("5000000000").expect("a number"),
                AmountQualifier::Exact,
            ),
            role: None,
            period: None,
            note: String::new(),
            equivalents: others
                .iter()
                .map(|(currency, qualifier, value)| {
                    let (value, max) = value.split_once("..").unwrap_or((value, ""));
                    Equivalent {
                        currency_code: currency.parse().expect(currency),
                        value: value.parse().expect(value),
                        value_max: max.parse().ok(),
                        qualifier: *qualifier,
                    }
                })
                .collect(),
        };
        let complaints = |others: &[(&str, AmountQualifier, &str)]| {
            let mut violations = Violations::default();
            check(&[sum(others)], &mut violations);
            let fields = violations.into_iter().map(|violation| violation.field);
            fields.collect::<Vec<_>>().join(" ")
        };
        use AmountQualifier::{About, Between, Exact, InWords};
        assert_eq!(
            complaints(&[("EUR", About, "30"), ("USD", Exact, "33")]),
            ""
        );
        let own = "amounts[0].equivalents[0].currency_code";
        assert_eq!(complaints(&[("JPY", Exact, "1")]), own);
        let twice = [("EUR", Exact, "1"), ("EUR", About, "2")];
        assert_eq!(complaints(&twice), "amounts[0].equivalents[1]");
        let in_words = complaints(&[("EUR", InWords, "1")]);
        assert_eq!(in_words, "amounts[0].equivalents[0].qualifier");
        assert_eq!(complaints(&[("EUR", Between, "1..2")]), "");
        for (qualifier, value) in [
            (Between, "1"),
            (Between, "2..1"),
            (Between, "1..1"),
            (Between, "1..02"),
            (About, "1..2"),
        ] {
            let found = complaints(&[("EUR", qualifier, value)]);
            assert_eq!(
                found, "amounts[0].equivalents[0].value_max",
                "{qualifier} {value}"
            );
        }
        assert_eq!(
            complaints(&[("EUR", Exact, "01")]),
            "amounts[0].equivalents[0].value"
        );
    }
}
