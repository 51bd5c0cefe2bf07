//! Numbers that are not money.

use super::{Figure, FuzzyDate, Slug, Violations, figure, limits::QUANTITIES_MAX, text_rules};

/// A number that is not money: jobs, a share, a length.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Quantity {
    /// What is counted or measured: `jobs`, `participants`, `cable-length`.
    pub measure: Slug,
    /// The number.
    pub figure: Figure,
    /// `percent`, `km` and so on; `None` means a count.
    pub unit: Option<Slug>,
    /// The time that the number covers.
    pub period: Option<FuzzyDate>,
    /// At most 1,000 characters.
    pub note: String,
}

/// Checks the field `quantities`.
pub(super) fn check(quantities: &[Quantity], violations: &mut Violations) {
    let field = "quantities";
    text_rules::at_most(violations, field, quantities.len(), QUANTITIES_MAX);
    violations.each(field, quantities, |quantity, scope| {
        if let Some(value) = &quantity.figure.value {
            figure::check_canonical(value, "value", scope);
        }
        quantity.figure.check(scope);
        if let Some(period) = &quantity.period {
            scope.at("period", |scope| period.check(scope));
        }
        text_rules::prose(scope, "note", &quantity.note, 1_000);
    });
}
