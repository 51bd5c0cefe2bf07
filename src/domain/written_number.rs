//! Numbers as people write them, read to suggest the spelling that is taken.

use super::checked_text::is_decimal;

/// Returns the plain decimal number that `text` probably means, such as 1500000000 for `£1.5bn`;
/// `None` if it is one already, or means none.
pub fn plain_number(text: &str) -> Option<String> {
    let text = text.trim();
    let first = text.find(|c: char| c.is_ascii_digit())?;
    let last = text.rfind(|c: char| c.is_ascii_digit())?;
    let (before, number, after) = (&text[..first], &text[first..=last], &text[last + 1..]);
    let (sign, before) = match before.strip_prefix('-') {
        Some(rest) => ("-", rest),
        None => ("", before),
    };
    if !is_currency(before.trim()) {
        return None;
    }
    let zeros = zeros_of(after)?;
    let (whole, fraction) = parts(number)?;
    let meant = format!("{sign}{}", scaled(&whole, fraction, zeros));
    (meant != text && is_decimal(&meant)).then_some(meant)
}

/// Returns whether this is a currency as people write it beside a number, or nothing.
fn is_currency(text: &str) -> bool {
    let is_sign = |c: char| matches!(c, '$' | '£' | '€' | '¥' | '₩' | '₹');
    text.chars().count() <= 4 && text.chars().all(|c| c.is_ascii_uppercase() || is_sign(c))
}

/// Returns the number of zeros that the words after a number stand for.
fn zeros_of(after: &str) -> Option<usize> {
    let mut words = after.split_whitespace().peekable();
    let zeros = match words.peek().map(|word| word.to_lowercase()).as_deref() {
        Some("k" | "thousand") => 3,
        Some("m" | "mn" | "mln" | "million") => 6,
        Some("b" | "bn" | "billion") => 9,
        Some("tn" | "trillion") => 12,
        _ => 0,
    };
    if zeros > 0 {
        words.next();
    }
    let currency = words.next().unwrap_or_default();
    (is_currency(currency) && words.next().is_none()).then_some(zeros)
}

/// Returns the digits before and after the decimal separator, without separators of groups.
fn parts(number: &str) -> Option<(String, &str)> {
    let is_mark = |c: char| matches!(c, '.' | ',');
    let last = number.rfind(is_mark);
    let is_repeated = |at: usize| number.matches(&number[at..=at]).count() > 1;
    let is_mixed = number.contains('.') && number.contains(',');
    let (whole, fraction) = match last {
        Some(at) if is_repeated(at) => (number, ""),
        // A comma before three digits groups them, unless something else does.
        Some(at) if number[at..].starts_with(',') && !is_mixed && number.len() - at == 4 => {
            (number, "")
        }
        Some(at) => (&number[..at], &number[at + 1..]),
        None => (number, ""),
    };
    let mut groups = whole.split(|c: char| !c.is_ascii_digit());
    let first = groups.next().filter(|first| !first.is_empty())?;
    let is_between = |c: char| {
        c.is_ascii_digit() || is_mark(c) || c.is_whitespace() || matches!(c, '_' | '\'' | '’')
    };
    let groups: Vec<&str> = groups.collect();
    let is_grouped = groups.is_empty() || first.len() <= 3;
    let is_sound = whole.chars().all(is_between)
        && is_grouped
        && groups.iter().all(|group| group.len() == 3)
        && fraction.bytes().all(|byte| byte.is_ascii_digit());
    is_sound.then(|| (first.to_owned() + &groups.concat(), fraction))
}

/// Writes a number with its point moved to the right.
fn scaled(whole: &str, fraction: &str, zeros: usize) -> String {
    let (moved, rest) = fraction.split_at(fraction.len().min(zeros));
    let padding = "0".repeat(zeros - moved.len());
    let digits = format!("{whole}{moved}{padding}");
    let digits = digits.trim_start_matches('0');
    let digits = if digits.is_empty() { "0" } else { digits };
    match rest {
        "" => digits.to_owned(),
        rest => format!("{digits}.{rest}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_as_people_write_them_are_read() {
        for (text, expected) in [
            ("1,000", Some("1000")),
            ("1,000,000", Some("1000000")),
            ("1 000", Some("1000")),
            ("1\u{a0}000", Some("1000")),
            ("1_000", Some("1000")),
            ("1'000", Some("1000")),
            ("1.000.000", Some("1000000")),
            ("1,000.50", Some("1000.50")),
            ("1.000,50", Some("1000.50")),
            ("1,5", Some("1.5")),
            ("1.5bn", Some("1500000000")),
            ("1.2345k", Some("1234.5")),
            ("2 million EUR", Some("2000000")),
            ("£100", Some("100")),
            ("US$1.5m", Some("1500000")),
            ("100 EUR", Some("100")),
            ("-1,000", Some("-1000")),
            ("0.5bn", Some("500000000")),
            ("1000", None),
            ("1e9", None),
            ("x", None),
            ("1,00,00", None),
            ("12 34", None),
            ("1000,000,000", None),
            ("5 years", None),
        ] {
            assert_eq!(plain_number(text).as_deref(), expected, "{text}");
        }
    }
}
