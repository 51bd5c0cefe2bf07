//! What holds for one party of an agreement.

use super::{FuzzyDate, Standing, Violations, limits::STANDINGS_MAX, text_rules};

/// What holds for a party, and since when.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct PartyStanding {
    /// What holds.
    pub standing: Standing,
    /// Since when, if known.
    pub since: Option<FuzzyDate>,
    /// At most 1,000 characters.
    pub note: String,
}

/// Checks the field `standings`: each, and that none is listed twice for one date.
pub(super) fn check(standings: &[PartyStanding], violations: &mut Violations) {
    text_rules::at_most(violations, "standings", standings.len(), STANDINGS_MAX);
    violations.each("standings", standings, |standing, scope| {
        if let Some(since) = &standing.since {
            scope.at("since", |scope| since.check(scope));
        }
        text_rules::prose(scope, "note", &standing.note, 1_000);
    });
    let keys = ["standing", "since"];
    text_rules::unique(violations, "standings", standings, &keys, |one, other| {
        one.standing == other.standing && same_date(one.since.as_ref(), other.since.as_ref())
    });
}

/// Whether two dates are the same, in whatever words. Only words say what has no code.
fn same_date(one: Option<&FuzzyDate>, other: Option<&FuzzyDate>) -> bool {
    match (one, other) {
        (Some(one), Some(other)) if one.edtf().is_empty() && other.edtf().is_empty() => {
            one.as_stated() == other.as_stated()
        }
        (Some(one), Some(other)) => one.edtf() == other.edtf(),
        (one, other) => one.is_none() && other.is_none(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Trial F2.
    #[test]
    fn f2_a_standing_is_listed_once_for_one_date() {
        let stated = |edtf: &str, as_stated: &str, note: &str| PartyStanding {
            standing: Standing::Ratified,
            since: FuzzyDate::new(edtf, as_stated).ok(),
            note: note.into(),
        };
        let since = |edtf: &str, note: &str| stated(edtf, "", note);
        let complaints = |standings: &[PartyStanding]| {
            let mut violations = Violations::default();
            check(standings, &mut violations);
            violations.to_string()
        };
        let different = [since("2024-05", ""), since("2024", ""), since("", "")];
        assert_eq!(complaints(&different), "");
        let apart = [stated("", "in spring", ""), stated("", "in May", "")];
        assert_eq!(complaints(&apart), "");
        for same in [
            [since("2024", ""), since("2024", "again")],
            [stated("2024", "in 2024", ""), stated("2024", "2024年", "")],
            [stated("", "in spring", ""), stated("", "in spring", "")],
            [since("", ""), since("", "again")],
        ] {
            assert_eq!(
                complaints(&same),
                "standings[1]: repeats standing, since of standings[0]; list it once"
            );
        }
    }
}
