use crate::proto::v1::Quantity;

use super::figure::figure;

/// Parses `jobs=1000` or `ownership=51:percent`, with a [`figure`] as the value. The server checks each
/// part.
pub(super) fn quantity(text: &str) -> Result<Quantity, String> {
    if let Some(plain) = text.strip_suffix('%') {
        let why = format!("{text:?} has a sign for its unit; write {plain}:percent");
        return Err(why);
    }
    let read = || {
        let (measure, rest) = text.split_once('=')?;
        let (value, unit) = rest.split_once(':').unwrap_or((rest, ""));
        let figure = figure(value).filter(|_| !measure.is_empty())?;
        Some(Quantity {
            measure: measure.to_owned(),
            value: figure.value,
            value_max: figure.value_max,
            qualifier: figure.qualifier.into(),
            unit: unit.to_owned(),
            ..Default::default()
        })
    };
    read().ok_or_else(|| {
        format!(
            "{text:?} is not a quantity; write jobs=1000, jobs=~1000 for about, jobs=900..1000 for a range, \
             or ownership=51:percent"
        )
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::proto::v1::AmountQualifier;

    #[test]
    fn a_quantity_has_a_measure_a_value_and_optionally_a_unit() {
        let read = quantity("ownership=>50.1:percent").expect("a quantity");
        assert_eq!(
            (read.measure.as_str(), read.value.as_str()),
            ("ownership", "50.1")
        );
        assert_eq!(
            (read.unit.as_str(), read.qualifier()),
            ("percent", AmountQualifier::MoreThan)
        );
        let told = quantity("ownership=51%").unwrap_err();
        assert!(told.ends_with("; write ownership=51:percent"), "{told}");
        for text in ["jobs", "jobs=", "=5", "jobs=~", ""] {
            assert!(quantity(text).is_err(), "{text}");
        }
    }
}
