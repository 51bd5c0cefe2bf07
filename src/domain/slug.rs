//! Kebab-case identifiers.

use super::value::{quoted, text_value};

/// The longest slug, in characters.
const CHARS_MAX: usize = 120;

/// The example in a refusal, which is the id of an event.
const EXAMPLE: &str = "eu-japan-council-3";

text_value! {
    /// A kebab-case identifier: words of `a` to `z` and `0` to `9` joined by single hyphens, 1 to
    /// 120 characters.
    Slug, check
}

impl Slug {
    /// Returns this slug with `-{number}` appended, shortened to stay within bounds.
    pub fn numbered(&self, number: usize) -> Self {
        let suffix = format!("-{number}");
        let kept = self.0.len().min(CHARS_MAX - suffix.len());
        let stem = self.0[..kept].trim_end_matches('-');
        Self(format!("{stem}{suffix}").into())
    }
}

/// Returns why a value was refused, with an example that fits the field, if it was refused as a slug.
/// The field is given by its name in filters or by its path.
pub fn with_fitting_example(why: String, field: &str) -> String {
    let Some(told) = why.strip_suffix(EXAMPLE) else {
        return why;
    };
    let field = field.rsplit('.').next().unwrap_or(field);
    let example = match field.split('[').next().unwrap_or(field) {
        "unit" if told.starts_with("\"%\"") => {
            return "\"%\" is not kebab-case; write percent".to_owned();
        }
        "annotations" => "my-key",
        "form" => "political-declaration",
        "group" => "founding-members",
        "id" | "sources" => "press-release",
        "measure" => "cable-length",
        "role" => "investment",
        "scheme" => "un-treaty-series",
        "series" => "eu-japan-digital-council",
        "status" => "in-negotiation",
        "subkind" => "council-meeting",
        "topic" | "topics" => "data-flows",
        "unit" => "gigawatt-hour",
        _ => return why,
    };
    format!("{told}{example}")
}

fn check(text: &str) -> Result<&str, String> {
    let is_word = |word: &[u8]| {
        !word.is_empty()
            && word
                .iter()
                .all(|b| b.is_ascii_lowercase() || b.is_ascii_digit())
    };
    if !text.as_bytes().split(|b| *b == b'-').all(is_word) {
        return Err(format!(
            "{} is not kebab-case; write words of a-z and 0-9 joined by single hyphens, as in \
             {EXAMPLE}",
            quoted(text)
        ));
    }
    if text.len() > CHARS_MAX {
        return Err(format!(
            "{} characters are too many; at most {CHARS_MAX}",
            text.len()
        ));
    }
    Ok(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_kebab_case_within_bounds_is_a_slug() {
        for good in ["a", "6g", "eu-japan-digital-partnership", &"a".repeat(120)] {
            assert_eq!(Slug::parse(good).expect(good).as_str(), good);
        }
        for bad in [
            "",
            "-",
            "a--b",
            "-a",
            "a-",
            "A",
            "a_b",
            "a b",
            "é",
            "a/b",
            &"a".repeat(121),
        ] {
            assert!(Slug::parse(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn a_refusal_has_an_example_that_fits_the_field() {
        for (field, text, expected) in [
            ("topic", "半導体", "as in data-flows"),
            ("topics", "AI", "as in data-flows"),
            ("amounts[0].role", "A B", "as in investment"),
            ("quantity.unit", "MW", "as in gigawatt-hour"),
            ("quantity.unit", "%", "; write percent"),
            ("event_id", "%", "as in eu-japan-council-3"),
        ] {
            let why = with_fitting_example(Slug::parse(text).unwrap_err(), field);
            assert!(why.ends_with(expected), "{why}");
        }
    }

    #[test]
    fn numbering_the_longest_slug_gives_a_slug() {
        let plain = Slug::parse("press").expect("a slug");
        assert_eq!(plain.numbered(2).as_str(), "press-2");
        let long = Slug::parse(&format!("{}-{}", "a".repeat(117), "bb")).expect("a slug");
        assert_eq!(
            Slug::parse(long.numbered(10).as_str()),
            Ok(long.numbered(10))
        );
    }
}
