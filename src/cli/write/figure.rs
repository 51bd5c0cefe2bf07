use crate::proto::v1::AmountQualifier;

/// A number as it is written on the command line.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub(super) struct Figure {
    pub(super) value: String,
    /// Empty unless it is a range.
    pub(super) value_max: String,
    pub(super) qualifier: AmountQualifier,
}

/// Parses a number: `~` before it means about, `<` up to and `>` more than, and `90..100` is a range. The
/// server checks the digits. Returns `None` without a number.
pub(super) fn figure(text: &str) -> Option<Figure> {
    let (qualifier, number) = match text.split_at_checked(1) {
        Some(("~", number)) => (AmountQualifier::About, number),
        Some(("<", number)) => (AmountQualifier::UpTo, number),
        Some((">", number)) => (AmountQualifier::MoreThan, number),
        _ => (AmountQualifier::Exact, text),
    };
    let (value, max, qualifier) = match number.split_once("..") {
        Some((min, max)) if qualifier == AmountQualifier::Exact && !max.is_empty() => {
            (min, max, AmountQualifier::Between)
        }
        Some(_) => return None,
        None => (number, "", qualifier),
    };
    (!value.is_empty()).then(|| Figure {
        value: value.to_owned(),
        value_max: max.to_owned(),
        qualifier,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sign_says_how_exact_a_number_is() {
        let read = |text: &str| figure(text).map(|it| (it.qualifier, it.value, it.value_max));
        let is = |qualifier, value: &str, max: &str| Some((qualifier, value.into(), max.into()));
        assert_eq!(read("90"), is(AmountQualifier::Exact, "90", ""));
        assert_eq!(read("~90.5"), is(AmountQualifier::About, "90.5", ""));
        assert_eq!(read("<90"), is(AmountQualifier::UpTo, "90", ""));
        assert_eq!(read(">90"), is(AmountQualifier::MoreThan, "90", ""));
        assert_eq!(read("90..100"), is(AmountQualifier::Between, "90", "100"));
        for text in ["", "~", "90..", "..100", "~90..100"] {
            assert_eq!(read(text), None, "{text}");
        }
    }
}
