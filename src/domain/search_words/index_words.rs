use std::borrow::Cow;

use unicode_normalization::char::is_combining_mark;

use super::{
    RUN_CHARS_MAX,
    compound::{COMPOUND_END, COMPOUND_LEN_MAX, is_part},
    folding::folded,
    whole_name::NameWriter,
    words::{Word, Words},
};

/// Calls `entry` with the index entries of a text, in any order and possibly repeated.
pub fn index_words(text: &str, mut entry: impl FnMut(&str)) {
    let folded = folded(text);
    let mut compounds = Compounds::default();
    for word in Words::of(&folded) {
        compounds.add(&word, &mut entry);
        add_word(&word, &mut entry);
    }
    compounds.end(&mut entry);
}

/// Calls `entry` with the index entries of a name: those of its words, and the whole name with the code of
/// its country, which may be empty. A name without words has none.
pub fn index_name(name: &str, country: &str, mut entry: impl FnMut(&str)) {
    let folded = folded(name);
    let mut compounds = Compounds::default();
    let mut whole = NameWriter::with_room(folded.len());
    for word in Words::of(&folded) {
        compounds.add(&word, &mut entry);
        add_word(&word, &mut entry);
        whole.add(&word);
    }
    compounds.end(&mut entry);
    if let Some(whole) = whole.end(country) {
        entry(&whole);
    }
}

#[inline]
fn add_word(word: &Word<'_>, entry: &mut impl FnMut(&str)) {
    if word.is_run {
        add_run(&word.text, entry);
    } else {
        entry(&word.text);
    }
}

/// Adds the suffixes of a run that begin with a letter, each shortened.
#[cold]
fn add_run(run: &str, entry: &mut dyn FnMut(&str)) {
    let letters = run.char_indices().filter(|(_, c)| !is_combining_mark(*c));
    for (start, _) in letters {
        let end = &run[start..];
        let after = end.char_indices().nth(RUN_CHARS_MAX);
        entry(after.map_or(end, |(after, _)| &end[..after]));
    }
}

/// Finds the words that hyphens join.
#[derive(Default)]
struct Compounds<'a> {
    /// The last word.
    before: &'a str,
    /// The words that hyphens have joined so far, if any.
    joined: String,
}

impl<'a> Compounds<'a> {
    #[inline]
    fn add(&mut self, word: &Word<'a>, entry: &mut impl FnMut(&str)) {
        let text = match word.text {
            Cow::Borrowed(text) => text,
            Cow::Owned(_) => "",
        };
        if !(word.after_hyphen && self.join(text)) {
            self.end(entry);
        }
        self.before = text;
    }

    /// Joins a word to those before it, if both are long enough.
    #[cold]
    fn join(&mut self, text: &str) -> bool {
        let is_joined = is_part(self.before) && is_part(text);
        if is_joined && self.joined.is_empty() {
            self.joined.push_str(self.before);
        }
        if is_joined && self.joined.len() <= COMPOUND_LEN_MAX {
            self.joined.push_str(text);
        }
        is_joined
    }

    #[inline]
    fn end(&mut self, entry: &mut impl FnMut(&str)) {
        if !self.joined.is_empty() {
            self.flush(entry);
        }
    }

    /// Adds the entry of the joined words.
    #[cold]
    fn flush(&mut self, entry: &mut dyn FnMut(&str)) {
        if self.joined.len() <= COMPOUND_LEN_MAX {
            self.joined.push_str(COMPOUND_END);
            entry(&self.joined);
        }
        self.joined.clear();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entries(text: &str) -> Vec<String> {
        let mut entries = Vec::new();
        index_words(text, |entry| entries.push(entry.to_owned()));
        entries
    }

    #[test]
    fn entries_are_short() {
        assert_eq!(entries("半導体 Chips"), ["半導体", "導体", "体", "chips"]);
        assert!(
            entries(&"あ".repeat(50))
                .iter()
                .all(|entry| entry.chars().count() <= 12)
        );
    }

    #[test]
    fn long_words_that_hyphens_join_are_one_entry_more() {
        assert_eq!(
            entries("Post-Quantum-Safe EU-Japan MIRAI-HARMONY"),
            [
                "post",
                "quantum",
                "safe",
                "postquantumsafe-",
                "eu",
                "japan",
                "mirai",
                "harmony",
                "miraiharmony-"
            ]
        );
    }

    #[test]
    fn a_long_chain_of_words_is_no_entry() {
        let chain = ["word"; 1_000].join("-");
        let longest = entries(&chain).iter().map(String::len).max();
        assert_eq!(longest, Some(4));
        assert_eq!(entries("data-word").len(), 3);
    }

    #[test]
    fn a_name_has_one_entry_more_than_its_words() {
        let mut entries = Vec::new();
        index_name("Ministry of  AI", "JP", |entry| {
            entries.push(entry.to_owned());
        });
        assert_eq!(entries, ["ministry", "of", "ai", "=ministry of ai\u{1F}JP"]);
        index_name("—", "JP", |entry| panic!("{entry}"));
    }
}
