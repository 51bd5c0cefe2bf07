use std::borrow::Cow;

use super::{
    folding::folded,
    query::{SearchWord, windows},
    words::Words,
};

/// Whole words in their order, to be found within one text.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Phrase {
    text: String,
    /// The words, of which those in scripts without spaces are joined.
    parts: Vec<Part<'static>>,
    entries: Vec<SearchWord>,
    is_exact: bool,
}

#[derive(Clone, Debug, Eq, PartialEq)]
struct Part<'a> {
    text: Cow<'a, str>,
    is_run: bool,
}

impl Phrase {
    /// Reads a phrase; `None` if it has no words.
    pub fn of(text: &str) -> Option<Phrase> {
        let folded = folded(text);
        let (mut words, mut entries) = (Vec::new(), Vec::new());
        for word in Words::of(&folded) {
            let text = word.text();
            match word.is_run {
                true => entries.extend(windows(&text).map(SearchWord::beginning)),
                false => entries.push(SearchWord::being(text.to_string())),
            }
            words.push(text);
        }
        if words.is_empty() {
            return None;
        }
        // A long run has several entries.
        let is_exact = entries.len() == 1;
        let owned = |part: Part<'_>| Part {
            text: Cow::Owned(part.text.into_owned()),
            is_run: part.is_run,
        };
        Some(Phrase {
            text: words.join(" "),
            parts: parts(&folded).into_iter().map(owned).collect(),
            entries,
            is_exact,
        })
    }

    /// Returns the words with a space between each. Reading it gives the same phrase.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// Returns the phrase with another word in place of one.
    #[must_use]
    pub fn replacing(&self, word: &str, other: &str) -> Phrase {
        let words = self.text.split(' ');
        let words: Vec<&str> = words
            .map(|it| if it == word { other } else { it })
            .collect();
        Phrase::of(&words.join(" ")).unwrap_or_else(|| self.clone())
    }

    /// Returns what the entries of a text must have.
    pub fn entries(&self) -> &[SearchWord] {
        &self.entries
    }

    /// Returns whether a text with these entries always has the phrase.
    pub fn is_exact(&self) -> bool {
        self.is_exact
    }

    /// Returns whether a text has the phrase. A part in a script without spaces may be within such a part
    /// of the text.
    pub fn is_in(&self, text: &str) -> bool {
        let folded = folded(text);
        let parts = parts(&folded);
        parts
            .windows(self.parts.len())
            .any(|parts| self.is_at(parts))
    }

    fn is_at(&self, parts: &[Part<'_>]) -> bool {
        let last = self.parts.len() - 1;
        let mut pairs = self.parts.iter().zip(parts).enumerate();
        pairs.all(|(nth, (wanted, found))| {
            let (begins, ends) = (nth > 0, nth < last);
            wanted.is_run == found.is_run
                && match (wanted.is_run, begins, ends) {
                    (true, false, false) => found.text.contains(&*wanted.text),
                    (true, true, false) => found.text.starts_with(&*wanted.text),
                    (true, false, true) => found.text.ends_with(&*wanted.text),
                    _ => found.text == wanted.text,
                }
        })
    }
}

/// Returns the words of a folded text. Those in scripts without spaces are joined, as they are written
/// with or without a space.
fn parts(folded: &str) -> Vec<Part<'_>> {
    let mut parts: Vec<Part<'_>> = Vec::new();
    for word in Words::of(folded) {
        match parts.last_mut() {
            Some(last) if last.is_run && word.is_run => last.text.to_mut().push_str(&word.text()),
            _ => parts.push(Part {
                text: word.text(),
                is_run: word.is_run,
            }),
        }
    }
    parts
}

#[cfg(test)]
mod tests {
    use super::*;

    fn phrase(text: &str) -> Phrase {
        Phrase::of(text).unwrap_or_else(|| panic!("{text} has words"))
    }

    #[test]
    fn c2_a_phrase_is_whole_words_in_their_order() {
        let text = "The Data-Free Flow with trust, R&D and U.S. support";
        for found in [
            "free flow",
            "FLOW with Trust",
            "r&d and us",
            "support",
            "data free",
        ] {
            assert!(phrase(found).is_in(text), "{found}");
        }
        for other in [
            "flow free",
            "free flo",
            "ree flow",
            "the free",
            "r and d",
            "trust us",
        ] {
            assert!(!phrase(other).is_in(text), "{other}");
        }
    }

    #[test]
    fn c2_a_phrase_in_a_script_without_spaces_is_any_part() {
        let text = "日EUデジタル パートナーシップ閣僚級会合";
        for found in ["EUデジ", "デジタルパートナー", "閣僚級", "日EU", "日 EU"] {
            assert!(phrase(found).is_in(text), "{found}");
        }
        for other in ["EU閣僚", "日デジタル", "EUデ会合"] {
            assert!(!phrase(other).is_in(text), "{other}");
        }
    }

    #[test]
    fn a_single_word_needs_no_look_at_the_text() {
        for (text, is_exact) in [
            ("semiconductor", true),
            ("R&D", true),
            ("半導体", true),
            ("経済安全保障分野における先端半導体", false),
            ("data flow", false),
            ("日EU", false),
        ] {
            assert_eq!(phrase(text).is_exact(), is_exact, "{text}");
        }
        assert_eq!(Phrase::of("…"), None);
    }
}
