use std::ops::Range;

use unicode_normalization::char::is_combining_mark;

use super::{
    RUN_CHARS_MAX,
    compound::{COMPOUND_END, COMPOUND_LEN_MAX, is_part},
    folding::fold_into,
    whole_name::NameWriter,
    words::{Word, Words},
};

/// An entry of an index.
pub struct Entry<'a> {
    within: &'a str,
    at: Range<usize>,
    /// Where `within` stands.
    offset: usize,
}

impl<'a> Entry<'a> {
    pub fn text(&self) -> &'a str {
        &self.within[self.at.clone()]
    }

    /// Returns where the entry stands in the texts to which its text was appended.
    pub fn place(&self) -> Range<usize> {
        self.offset + self.at.start..self.offset + self.at.end
    }
}

/// Appends a text to `texts` in the form in which words are compared, and calls `put` with its index
/// entries, in any order and possibly repeated.
///
/// Most entries are parts of the text and need no copy of their own.
pub fn index_words(text: &str, texts: &mut String, mut put: impl FnMut(Entry<'_>)) {
    let offset = texts.len();
    fold_into(text, texts);
    let mut entries = Entries::of(&texts[offset..], offset);
    for word in Words::of(entries.folded) {
        entries.add(&word, &mut put);
    }
    texts.push_str(&entries.end(&mut put));
}

/// Does the same with a name. Its entries are those of its words, and the whole name with the code of its
/// country, which may be empty. A name without words has none.
pub fn index_name(name: &str, country: &str, texts: &mut String, mut put: impl FnMut(Entry<'_>)) {
    let offset = texts.len();
    fold_into(name, texts);
    let mut entries = Entries::of(&texts[offset..], offset);
    let mut whole = NameWriter::with_room(entries.folded.len() + country.len());
    for word in Words::of(entries.folded) {
        entries.add(&word, &mut put);
        whole.add(&word);
    }
    if let Some(whole) = whole.end(country) {
        entries.add_apart(&whole, &mut put);
    }
    texts.push_str(&entries.end(&mut put));
}

/// The entries of one text.
struct Entries<'a> {
    folded: &'a str,
    offset: usize,
    /// The entries that are not parts of the text, one behind the other. They will stand after it.
    apart: String,
    /// The last word.
    before: Option<Word<'a>>,
    /// The words that hyphens have joined so far, if any.
    joined: String,
}

impl<'a> Entries<'a> {
    fn of(folded: &'a str, offset: usize) -> Entries<'a> {
        Entries {
            folded,
            offset,
            apart: String::new(),
            before: None,
            joined: String::new(),
        }
    }

    #[inline]
    fn add(&mut self, word: &Word<'a>, put: &mut impl FnMut(Entry<'_>)) {
        if !(word.after_hyphen && self.join(word)) && !self.joined.is_empty() {
            self.add_joined(put);
        }
        self.before = Some(*word);
        match word.place() {
            Some(at) if word.is_run => self.add_run(at, put),
            Some(at) => put(self.part(at)),
            None => self.add_apart(&word.text(), put),
        }
    }

    /// Returns the entry that is a part of the text.
    #[inline]
    fn part(&self, at: Range<usize>) -> Entry<'a> {
        Entry {
            within: self.folded,
            at,
            offset: self.offset,
        }
    }

    /// Adds an entry that is not a part of the text.
    #[cold]
    fn add_apart(&mut self, text: &str, put: &mut dyn FnMut(Entry<'_>)) {
        let start = self.apart.len();
        self.apart.push_str(text);
        put(Entry {
            within: &self.apart,
            at: start..self.apart.len(),
            offset: self.offset + self.folded.len(),
        });
    }

    /// Adds the suffixes of a run that begin with a letter, each shortened.
    #[cold]
    fn add_run(&self, run: Range<usize>, put: &mut dyn FnMut(Entry<'_>)) {
        let text = &self.folded[run.clone()];
        let letters = text.char_indices().filter(|(_, c)| !is_combining_mark(*c));
        for (at, _) in letters {
            let suffix = &text[at..];
            let after = suffix.char_indices().nth(RUN_CHARS_MAX);
            let length = after.map_or(suffix.len(), |(after, _)| after);
            let start = run.start + at;
            put(self.part(start..start + length));
        }
    }

    /// Joins a word to those before it, if both are long enough.
    #[cold]
    fn join(&mut self, word: &Word<'_>) -> bool {
        let Some(before) = &self.before else {
            return false;
        };
        let (before, text) = (before.text(), word.text());
        let is_joined = is_part(&before) && is_part(&text);
        if is_joined && self.joined.is_empty() {
            self.joined.push_str(&before);
        }
        if is_joined && self.joined.len() <= COMPOUND_LEN_MAX {
            self.joined.push_str(&text);
        }
        is_joined
    }

    /// Adds the entry of the joined words.
    #[cold]
    fn add_joined(&mut self, put: &mut dyn FnMut(Entry<'_>)) {
        let mut joined = std::mem::take(&mut self.joined);
        if joined.len() <= COMPOUND_LEN_MAX {
            joined.push_str(COMPOUND_END);
            self.add_apart(&joined, put);
        }
    }

    /// Adds what is left, and returns the entries that are not parts of the text.
    #[inline]
    fn end(mut self, put: &mut impl FnMut(Entry<'_>)) -> String {
        if !self.joined.is_empty() {
            self.add_joined(put);
        }
        self.apart
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entries(text: &str) -> Vec<String> {
        let (mut texts, mut entries) = ("Before ".to_owned(), Vec::new());
        index_words(text, &mut texts, |entry| {
            entries.push((entry.text().to_owned(), entry.place()))
        });
        checked(&texts, entries)
    }

    /// Returns the entries, which stand at their places.
    fn checked(texts: &str, entries: Vec<(String, Range<usize>)>) -> Vec<String> {
        let entry = |(entry, place): (String, Range<usize>)| {
            assert_eq!(entry, texts[place]);
            entry
        };
        entries.into_iter().map(entry).collect()
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
        let (mut texts, mut entries) = (String::new(), Vec::new());
        index_name("Ministry of  A.I.", "JP", &mut texts, |entry| {
            entries.push((entry.text().to_owned(), entry.place()));
        });
        let expected = ["ministry", "of", "ai", "=ministry of ai\u{1F}JP"];
        assert_eq!(checked(&texts, entries), expected);
        index_name("—", "JP", &mut texts, |entry| panic!("{}", entry.text()));
    }
}
