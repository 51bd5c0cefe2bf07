use crate::proto::v1::Amount;

use super::figure::figure;

/// Parses `EUR:90000000` or `EUR:90000000:commitment`, with a [`figure`] as the value. The server checks
/// each part.
pub(super) fn amount(text: &str) -> Result<Amount, String> {
    let mut parts = text.splitn(3, ':');
    let (currency, value) = (parts.next().unwrap_or_default(), parts.next());
    let Some(figure) = figure(value.unwrap_or_default()) else {
        return Err(format!(
            "{text:?} is not a sum; write EUR:90000000, EUR:~90000000 for about, EUR:80..90 for a range, or \
             EUR:90000000:commitment"
        ));
    };
    Ok(Amount {
        currency_code: currency.to_owned(),
        value: figure.value,
        value_max: figure.value_max,
        qualifier: figure.qualifier.into(),
        role: parts.next().unwrap_or_default().to_owned(),
        ..Default::default()
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::proto::v1::AmountQualifier;

    #[test]
    fn a_sum_has_a_currency_a_value_and_optionally_a_role() {
        assert!(amount("EUR:1.5:target").is_ok() && amount(":5").is_ok());
        let about = amount("EUR:~90").map(|sum| (sum.qualifier(), sum.value));
        assert_eq!(about, Ok((AmountQualifier::About, "90".into())));
        for text in ["EUR", "EUR:", "", "EUR:~"] {
            assert!(amount(text).is_err(), "{text}");
        }
    }
}
