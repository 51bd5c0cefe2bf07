//! Checked text values: decimals, digests, addresses.

use super::value::{quoted, text_value};

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
    let digits = |part: &str| !part.is_empty() && part.bytes().all(|b| b.is_ascii_digit());
    let unsigned = text.strip_prefix('-').unwrap_or(text);
    let well_formed = match unsigned.split_once('.') {
        Some((whole, fraction)) => digits(whole) && digits(fraction),
        None => digits(unsigned),
    };
    if well_formed && text.len() <= DECIMAL_CHARS_MAX {
        return Ok(text);
    }
    Err(format!(
        "{} is not a decimal number; write at most {DECIMAL_CHARS_MAX} digits with a point as \
         separator, as in 43873666.10",
        quoted(text)
    ))
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
