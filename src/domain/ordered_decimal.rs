//! Decimals as texts whose order is that of their numbers.

use std::fmt;

use super::checked_text::decimal;

/// How many digits a value can have on either side of the point.
pub(super) const DIGITS_MAX: usize = 40;
/// Ends the digits of a negative number. It comes after every digit, so that -0.51 is before -0.5.
const END: char = '~';

/// A decimal number as a text. Two of them compare as their numbers do, exactly, and equal numbers have
/// equal texts, however they were printed.
///
/// The text is a sign, the number of digits before the point, and the digits. Those of a negative number
/// are complements, as a larger one comes earlier.
#[derive(Clone, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub struct OrderedDecimal(Box<str>);

impl OrderedDecimal {
    /// Reads a number in the form of [`Decimal`](super::Decimal).
    ///
    /// # Errors
    /// Returns why it is refused, and what is accepted.
    pub fn parse(text: &str) -> Result<OrderedDecimal, String> {
        let text = decimal(text)?;
        let unsigned = text.strip_prefix('-').unwrap_or(text);
        let (whole, fraction) = unsigned.split_once('.').unwrap_or((unsigned, ""));
        let whole = whole.trim_start_matches('0');
        let fraction = fraction.trim_end_matches('0');
        let is_negative = text.starts_with('-') && !(whole.is_empty() && fraction.is_empty());
        let digits = format!("{:02}{whole}{fraction}", whole.len());
        Ok(OrderedDecimal(match is_negative {
            true => format!("0{}{END}", complement(&digits)).into(),
            false => format!("1{digits}").into(),
        }))
    }

    /// Returns the number with this text, as [`OrderedDecimal::as_str`] gives it.
    pub fn of_text(text: &str) -> Option<OrderedDecimal> {
        let number = OrderedDecimal(text.into());
        OrderedDecimal::parse(&number.to_string())
            .ok()
            .filter(|parsed| *parsed == number)
    }

    /// Returns the text.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Returns whether the number is negative, and its digits before and after the point.
    pub(super) fn digits(&self) -> (bool, String, String) {
        let is_negative = self.0.starts_with('0');
        let digits = self.0.get(1..).unwrap_or_default();
        let digits = match is_negative {
            true => complement(digits.trim_end_matches(END)),
            false => digits.to_owned(),
        };
        let len = digits.get(..2).and_then(|len| len.parse().ok());
        let digits = digits.get(2..).unwrap_or_default();
        let (whole, fraction) = digits
            .split_at_checked(len.unwrap_or(0))
            .unwrap_or_default();
        (is_negative, whole.to_owned(), fraction.to_owned())
    }
}

/// Formats the number as a decimal without zeros that mean nothing.
impl fmt::Display for OrderedDecimal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (is_negative, whole, fraction) = self.digits();
        let sign = if is_negative { "-" } else { "" };
        let whole = if whole.is_empty() { "0" } else { &whole };
        let point = if fraction.is_empty() { "" } else { "." };
        write!(f, "{sign}{whole}{point}{fraction}")
    }
}

fn complement(digits: &str) -> String {
    let complement = |c: char| c.to_digit(10).and_then(|n| char::from_digit(9 - n, 10));
    digits.chars().filter_map(complement).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ordered(text: &str) -> OrderedDecimal {
        OrderedDecimal::parse(text).unwrap_or_else(|why| panic!("{text}: {why}"))
    }

    #[test]
    fn texts_are_in_the_order_of_their_numbers() {
        let longest = "9".repeat(40);
        let lowest = format!("-{}", "9".repeat(39));
        let numbers = [
            lowest.as_str(),
            "-1000000000000",
            "-11",
            "-10.5",
            "-10.25",
            "-10",
            "-9",
            "-0.51",
            "-0.5",
            "-0.05",
            "0",
            "0.00000000000000000000000000000000000001",
            "0.05",
            "0.5",
            "0.51",
            "1",
            "1.5",
            "9.99",
            "10",
            "43873666.09",
            "43873666.1",
            "43873666.11",
            "9007199254740993",
            "9007199254740993.5",
            &longest,
        ];
        for pair in numbers.windows(2) {
            let (one, other) = (ordered(pair[0]), ordered(pair[1]));
            assert!(one < other && one.as_str() < other.as_str(), "{pair:?}");
        }
        for number in numbers {
            assert_eq!(ordered(number).to_string(), number);
            let again = OrderedDecimal::of_text(ordered(number).as_str());
            assert_eq!(again, Some(ordered(number)));
        }
    }

    #[test]
    fn one_number_has_one_text() {
        for (one, other) in [
            ("00012", "12"),
            ("43873666.10", "43873666.1"),
            ("-0", "0"),
            ("-0.00", "0"),
            ("007.0", "7"),
            ("-00.50", "-0.5"),
        ] {
            assert_eq!(ordered(one), ordered(other));
        }
        for text in ["", "1", "1x", "102", "1011~", "0989", "東京", "0東"] {
            assert_eq!(OrderedDecimal::of_text(text), None, "{text}");
        }
    }
}
