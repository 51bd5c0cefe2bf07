//! Exact sums of decimals.

use std::fmt;

use super::ordered_decimal::{DIGITS_MAX, OrderedDecimal};

/// How many digits one limb holds.
const LIMB_DIGITS: usize = 9;
const LIMB: u64 = 1_000_000_000;
/// Limbs for the digits after the point: those of every value have room.
const FRACTION_LIMBS: usize = DIGITS_MAX.div_ceil(LIMB_DIGITS);
/// Limbs for the digits before it: those of a value, and 20 more for how often values are added, which is
/// counted in 64 bits.
const WHOLE_LIMBS: usize = (DIGITS_MAX + 20).div_ceil(LIMB_DIGITS);

/// A sum of decimals. It has room for the digits of every value, so that it is exact and never overflows;
/// that needs no crate for numbers of any length.
#[derive(Clone, Debug, Default)]
pub struct DecimalSum {
    positive: Magnitude,
    negative: Magnitude,
}

/// A number without a sign, with the lowest limb first.
type Magnitude = [u32; FRACTION_LIMBS + WHOLE_LIMBS];

impl DecimalSum {
    /// Adds a number several times.
    pub fn add(&mut self, number: &OrderedDecimal, times: u32) {
        let (is_negative, whole, fraction) = number.digits();
        let sum = match is_negative {
            true => &mut self.negative,
            false => &mut self.positive,
        };
        let mut carry = 0;
        for (limb, digits) in sum.iter_mut().zip(limbs(&whole, &fraction)) {
            // The product is below 2^62.
            let all = u64::from(*limb) + u64::from(digits) * u64::from(times) + carry;
            *limb = (all % LIMB) as u32;
            carry = all / LIMB;
        }
    }
}

/// Formats the sum as a decimal without zeros that mean nothing.
impl fmt::Display for DecimalSum {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let is_negative = self.negative.iter().rev().gt(self.positive.iter().rev());
        let (more, less) = match is_negative {
            true => (&self.negative, &self.positive),
            false => (&self.positive, &self.negative),
        };
        let digits: String = difference(more, less)
            .iter()
            .rev()
            .map(|limb| format!("{limb:0LIMB_DIGITS$}"))
            .collect();
        let (whole, fraction) = digits.split_at(WHOLE_LIMBS * LIMB_DIGITS);
        let whole = whole.trim_start_matches('0');
        let fraction = fraction.trim_end_matches('0');
        let sign = if is_negative { "-" } else { "" };
        let whole = if whole.is_empty() { "0" } else { whole };
        let point = if fraction.is_empty() { "" } else { "." };
        write!(f, "{sign}{whole}{point}{fraction}")
    }
}

/// Splits the digits before and after the point into limbs.
fn limbs(whole: &str, fraction: &str) -> Magnitude {
    let padded = format!(
        "{whole:0>width$}{fraction:0<rest$}",
        width = WHOLE_LIMBS * LIMB_DIGITS,
        rest = FRACTION_LIMBS * LIMB_DIGITS
    );
    let mut limbs = Magnitude::default();
    for (limb, digits) in limbs.iter_mut().zip(padded.as_bytes().rchunks(LIMB_DIGITS)) {
        *limb = digits
            .iter()
            .fold(0, |limb, digit| limb * 10 + u32::from(digit - b'0'));
    }
    limbs
}

/// Subtracts a magnitude from one that is at least as large.
fn difference(more: &Magnitude, less: &Magnitude) -> Magnitude {
    let mut difference = Magnitude::default();
    let mut borrowed = 0;
    for (at, limb) in difference.iter_mut().enumerate() {
        let left = LIMB + u64::from(more[at]) - u64::from(less[at]) - borrowed;
        *limb = (left % LIMB) as u32;
        borrowed = u64::from(left < LIMB);
    }
    difference
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sum(numbers: &[(&str, u32)]) -> String {
        let mut sum = DecimalSum::default();
        for (number, times) in numbers {
            sum.add(&OrderedDecimal::parse(number).expect(number), *times);
        }
        sum.to_string()
    }

    #[test]
    fn f6_sums_are_exact() {
        for (numbers, expected) in [
            (&[][..], "0"),
            (&[("0.1", 1), ("0.2", 1)], "0.3"),
            (&[("0.1", 10)], "1"),
            (&[("9007199254740993", 1), ("0.5", 1)], "9007199254740993.5"),
            (&[("43873666.10", 2), ("-7", 3)], "87747311.2"),
            (&[("-0.25", 2), ("0.25", 1)], "-0.25"),
            (&[("-5", 1), ("5", 1)], "0"),
            (
                &[("999999999.999999999", 1), ("0.000000001", 1)],
                "1000000000",
            ),
            (
                &[("1000000000", 1), ("-0.000000001", 1)],
                "999999999.999999999",
            ),
        ] {
            assert_eq!(sum(numbers), expected);
        }
    }

    #[test]
    fn f6_sums_of_the_longest_values_do_not_overflow() {
        let most = "9".repeat(40);
        let times = u32::MAX;
        // (10^40 - 1) * (2^32 - 1) = 4294967295 * 10^40 - 4294967295
        assert_eq!(
            sum(&[(&most, times)]),
            format!("4294967294{}5705032705", "9".repeat(30))
        );
        let least = format!("0.{}1", "0".repeat(37));
        assert_eq!(
            sum(&[(&most, 1), (&least, 1)]),
            format!("{most}.{}1", "0".repeat(37))
        );
        assert_eq!(
            sum(&[(&least, times)]),
            format!("0.{}4294967295", "0".repeat(28))
        );
    }
}
