//! Sums of money, as their source prints them.

use super::{
    AmountQualifier, CurrencyCode, Decimal, FuzzyDate, Slug, Violations, limits::AMOUNTS_MAX,
    text_rules,
};

/// A sum of money.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Amount {
    /// `None` when the currency is unknown.
    pub currency_code: Option<CurrencyCode>,
    /// The number as printed.
    pub value: Decimal,
    /// How exact it is.
    pub qualifier: AmountQualifier,
    /// What the money is: `investment`, `contract`; `context` is not money of the event.
    pub role: Option<Slug>,
    /// The time the sum covers.
    pub period: Option<FuzzyDate>,
    /// At most 1,000 characters.
    pub note: String,
}

/// Checks the field `amounts`.
pub(super) fn check(amounts: &[Amount], violations: &mut Violations) {
    text_rules::at_most(violations, "amounts", amounts.len(), AMOUNTS_MAX);
    violations.each("amounts", amounts, |amount, scope| {
        if let Some(period) = &amount.period {
            scope.at("period", |scope| period.check(scope));
        }
        text_rules::prose(scope, "note", &amount.note, 1_000);
    });
}
