//! Checked text values: decimals, digests, addresses.

use std::cmp::Ordering;

use super::{
    value::{quoted, text_value},
    written_number::plain_number,
};

text_value! {
    /// A decimal number as printed, never a float: digits with `.` as separator, with a leading `-`
    /// when negative, at most 40 characters.
    Decimal, decimal
}

text_value! {
    /// SHA-256 as 64 lower-case hexadecimal digits.
    Sha256Hex, sha256
}

text_value! {
    /// An absolute address: a scheme and the rest, without white space; with a host for http and
    /// https. At most 2,000 characters.
    AbsoluteUri, absolute_uri
}

impl Decimal {
    /// Returns how the two numbers compare, whatever their spelling.
    pub fn compare(&self, other: &Self) -> Ordering {
        let (one, other) = (Parts::of(self.as_str()), Parts::of(other.as_str()));
        match (one.is_negative, other.is_negative) {
            (false, true) => Ordering::Greater,
            (true, false) => Ordering::Less,
            (false, false) => one.compare_size(&other),
            (true, true) => other.compare_size(&one),
        }
    }

    /// Returns the spelling without a needless sign or leading zeros; `None` if it is this one.
    pub(super) fn plain(&self) -> Option<String> {
        let text = self.as_str();
        let unsigned = text.strip_prefix('-').unwrap_or(text);
        let is_plain = !unsigned.starts_with('0') || unsigned == "0" || unsigned.starts_with("0.");
        let is_negative = Parts::of(text).is_negative;
        if is_plain && is_negative == text.starts_with('-') {
            return None;
        }
        let digits = unsigned.trim_start_matches('0');
        let sign = if is_negative { "-" } else { "" };
        let zero = if digits.is_empty() || digits.starts_with('.') {
            "0"
        } else {
            ""
        };
        Some(format!("{sign}{zero}{digits}"))
    }
}

/// The parts of a decimal number, without zeros that mean nothing.
struct Parts<'a> {
    /// False for zero.
    is_negative: bool,
    whole: &'a str,
    fraction: &'a str,
}

impl<'a> Parts<'a> {
    fn of(text: &'a str) -> Parts<'a> {
        let unsigned = text.strip_prefix('-').unwrap_or(text);
        let (whole, fraction) = unsigned.split_once('.').unwrap_or((unsigned, ""));
        let whole = whole.trim_start_matches('0');
        let fraction = fraction.trim_end_matches('0');
        let is_zero = whole.is_empty() && fraction.is_empty();
        Parts {
            is_negative: text.starts_with('-') && !is_zero,
            whole,
            fraction,
        }
    }

    fn compare_size(&self, other: &Parts<'_>) -> Ordering {
        let length = self.whole.len().cmp(&other.whole.len());
        length
            .then_with(|| self.whole.cmp(other.whole))
            .then_with(|| self.fraction.cmp(other.fraction))
    }
}

impl AbsoluteUri {
    /// Returns whether its scheme is http or https.
    pub fn is_web(&self) -> bool {
        let scheme = self.as_str().split_once(':').map(|(scheme, _)| scheme);
        scheme.is_some_and(is_web)
    }
}

const DECIMAL_CHARS_MAX: usize = 40;
const URI_CHARS_MAX: usize = 2_000;

pub(super) fn decimal(text: &str) -> Result<&str, String> {
    if is_decimal(text) {
        return Ok(text);
    }
    let meant = plain_number(text);
    let text = quoted(text);
    Err(match meant {
        Some(meant) => format!("{text} is not a decimal number; write {meant}"),
        None => format!(
            "{text} is not a decimal number; write at most {DECIMAL_CHARS_MAX} digits with a point as \
             separator, as in 43873666.10"
        ),
    })
}

/// Returns whether this is a decimal number of at most 40 characters.
pub(super) fn is_decimal(text: &str) -> bool {
    let digits = |part: &str| !part.is_empty() && part.bytes().all(|b| b.is_ascii_digit());
    let unsigned = text.strip_prefix('-').unwrap_or(text);
    let well_formed = match unsigned.split_once('.') {
        Some((whole, fraction)) => digits(whole) && digits(fraction),
        None => digits(unsigned),
    };
    well_formed && text.len() <= DECIMAL_CHARS_MAX
}

fn sha256(text: &str) -> Result<&str, String> {
    if text.len() == 64 && text.bytes().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f')) {
        return Ok(text);
    }
    Err(format!(
        "{} is not a SHA-256; write 64 lower-case hexadecimal digits",
        quoted(text)
    ))
}

fn absolute_uri(text: &str) -> Result<&str, String> {
    let chars = text.chars().count();
    if chars > URI_CHARS_MAX {
        return Err(format!(
            "{chars} characters are too many; at most {URI_CHARS_MAX}"
        ));
    }
    if is_absolute(text) {
        return Ok(text);
    }
    Err(format!(
        "{} is not an absolute address; write it with its scheme and without spaces, as in \
         https://example.org/page",
        quoted(text)
    ))
}

fn is_absolute(text: &str) -> bool {
    let Some((scheme, rest)) = text.split_once(':') else {
        return false;
    };
    let scheme_char = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'+' | b'-' | b'.');
    let in_place = |c: char| !c.is_whitespace() && !c.is_control() && !matches!(c, '<' | '>' | '"');
    scheme.starts_with(|c: char| c.is_ascii_alphabetic())
        && scheme.bytes().all(scheme_char)
        && !rest.is_empty()
        && rest.chars().all(in_place)
        && (!is_web(scheme) || has_host(rest))
}

fn is_web(scheme: &str) -> bool {
    scheme.eq_ignore_ascii_case("http") || scheme.eq_ignore_ascii_case("https")
}

fn has_host(rest: &str) -> bool {
    rest.strip_prefix("//")
        .is_some_and(|host| !host.is_empty() && !host.starts_with(['/', '?', '#']))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn decimals_are_digits_with_one_point() {
        for good in ["0", "-1", "91600000", "43873666.10", "0.5"] {
            assert_eq!(Decimal::parse(good).expect(good).as_str(), good);
        }
        for bad in [
            "",
            "-",
            ".5",
            "5.",
            "1,000",
            "1e6",
            "+1",
            "1.2.3",
            "１",
            &"1".repeat(41),
        ] {
            assert!(Decimal::parse(bad).is_err(), "{bad}");
        }
    }

    /// Trial C9.
    #[test]
    fn c9_a_number_has_one_spelling() {
        let plain = |text: &str| Decimal::parse(text).expect(text).plain();
        for good in ["0", "0.0", "-1", "-0.5", "10", "43873666.10", "100.00"] {
            assert_eq!(plain(good), None, "{good}");
        }
        for (bad, good) in [
            ("-0", "0"),
            ("-0.00", "0.00"),
            ("00012", "12"),
            ("-007.5", "-7.5"),
            ("00", "0"),
            ("00.5", "0.5"),
        ] {
            assert_eq!(plain(bad).as_deref(), Some(good), "{bad}");
        }
    }

    #[test]
    fn decimals_compare_as_numbers() {
        let ordered = [
            "-10", "-9.5", "-9", "0", "0.09", "0.1", "9", "10", "010.5", "11",
        ];
        for (nth, one) in ordered.iter().enumerate() {
            for (other_nth, other) in ordered.iter().enumerate() {
                let [one, other] = [one, other].map(|it| Decimal::parse(it).expect(it));
                assert_eq!(one.compare(&other), nth.cmp(&other_nth), "{one} {other}");
            }
        }
        let [one, other] = ["-0.0", "0"].map(|it| Decimal::parse(it).expect(it));
        assert_eq!(one.compare(&other), Ordering::Equal);
    }

    #[test]
    fn digests_are_64_lower_case_digits() {
        assert!(Sha256Hex::parse(&"0a".repeat(32)).is_ok());
        for bad in ["", &"0A".repeat(32), &"0a".repeat(31), &"0g".repeat(32)] {
            assert!(Sha256Hex::parse(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn addresses_are_absolute_and_without_spaces() {
        let long = format!("https://example.org/{}", "a".repeat(2_000));
        for good in [
            "https://example.org/a?b#c",
            "urn:isbn:123",
            "http://例え.jp/ア",
        ] {
            assert!(AbsoluteUri::parse(good).is_ok(), "{good}");
        }
        for bad in [
            "",
            "example.org",
            "/a",
            "https:",
            "https://",
            "https:///a",
            "1a:b",
            "a:b c",
            &long,
        ] {
            assert!(AbsoluteUri::parse(bad).is_err(), "{bad}");
        }
    }
}
