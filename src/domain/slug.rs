//! Kebab-case identifiers.

use super::value::{quoted, text_value};

/// The longest slug, in characters.
const CHARS_MAX: usize = 120;

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
             eu-japan-council-3",
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
