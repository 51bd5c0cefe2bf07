use std::ops::Range;

use unicode_normalization::char::is_combining_mark;

use super::{
    RUN_CHARS_MAX,
    compound::{COMPOUND_END, COMPOUND_LEN_MAX, is_part},
    folding::fold_into,
    whole_name::NameWriter,
    words::{Word, Words},
};

/// Appends a text to `texts` in the form in which words are compared. Adds to `values` what `value` makes
/// of the place in `texts` of each of its index entries, in any order and possibly repeated.
///
/// Most entries are parts of the text and need no copy of their own.
pub fn index_words<V>(
    text: &str,
    texts: &mut String,
    values: &mut Vec<V>,
    value: impl Fn(Range<usize>) -> V,
) {
    let offset = texts.len();
    fold_into(text, texts);
    let mut entries = Entries::of(&texts[offset..], offset);
    for word in Words::of(entries.folded) {
        if let Some(place) = entries.place_of(&word) {
            values.push(value(place));
        }
    }
    let others = entries.others();
    texts.push_str(&others.texts);
    values.extend(others.places.into_iter().map(value));
}

/// Does the same with a name, for the entries of its words, and returns the place of the entry of the whole
/// name with the code of its country, which may be empty. A name without words has no entries.
pub fn index_name<V>(
    name: &str,
    country: &str,
    texts: &mut String,
    values: &mut Vec<V>,
    value: impl Fn(Range<usize>) -> V,
) -> Option<Range<usize>> {
    let offset = texts.len();
    fold_into(name, texts);
    let mut entries = Entries::of(&texts[offset..], offset);
    let mut whole = NameWriter::with_room(entries.folded.len() + country.len());
    for word in Words::of(entries.folded) {
        if let Some(place) = entries.place_of(&word) {
            values.push(value(place));
        }
        whole.add(&word);
    }
    let others = entries.others();
    texts.push_str(&others.texts);
    values.extend(others.places.into_iter().map(value));
    let start = texts.len();
    texts.push_str(&whole.end(country)?);
    Some(start..texts.len())
}

/// The entries of one text.
struct Entries<'a> {
    folded: &'a str,
    offset: usize,
    /// Where the last word stands in the text, unless signs in it are dropped.
    before: Option<Range<usize>>,
    /// The words that hyphens have joined so far, if any.
    joined: String,
    others: Others,
}

/// The entries that are not words as they stand in a text.
#[derive(Default)]
struct Others {
    /// Those that are not parts of the text, one behind the other. They will stand behind it.
    texts: String,
    places: Vec<Range<usize>>,
}

impl<'a> Entries<'a> {
    fn of(folded: &'a str, offset: usize) -> Entries<'a> {
        Entries {
            folded,
            offset,
            before: None,
            joined: String::new(),
            others: Others::default(),
        }
    }

    /// Returns the place of the entry of a word, if it is one as it stands. Adds what else it makes to the
    /// other entries.
    #[inline(always)]
    fn place_of(&mut self, word: &Word<'_>) -> Option<Range<usize>> {
        let at = word.place();
        let is_joined = word.after_hyphen && self.join(at.clone());
        if !is_joined && !self.joined.is_empty() {
            self.add_joined();
        }
        self.before = at.clone();
        match at {
            Some(at) if word.is_run => self.add_run(at),
            Some(at) => return Some(self.offset + at.start..self.offset + at.end),
            None => self.add_apart(&word.text()),
        }
        None
    }

    /// Adds an entry that is not a part of the text.
    #[cold]
    fn add_apart(&mut self, text: &str) {
        let others = &mut self.others;
        let start = self.offset + self.folded.len() + others.texts.len();
        others.texts.push_str(text);
        others.places.push(start..start + text.len());
    }

    /// Adds the suffixes of a run that begin with a letter, each shortened.
    #[cold]
    fn add_run(&mut self, run: Range<usize>) {
        let start = self.offset + run.start;
        let text = &self.folded[run];
        let letters = text.char_indices().filter(|(_, c)| !is_combining_mark(*c));
        for (at, _) in letters {
            let suffix = &text[at..];
            let after = suffix.char_indices().nth(RUN_CHARS_MAX);
            let length = after.map_or(suffix.len(), |(after, _)| after);
            let start = start + at;
            self.others.places.push(start..start + length);
        }
    }

    /// Joins a word to those before it, if both are long enough.
    #[cold]
    fn join(&mut self, at: Option<Range<usize>>) -> bool {
        let (Some(before), Some(at)) = (self.before.clone(), at) else {
            return false;
        };
        let (before, text) = (&self.folded[before], &self.folded[at]);
        let is_joined = is_part(before) && is_part(text);
        if is_joined && self.joined.is_empty() {
            self.joined.push_str(before);
        }
        if is_joined && self.joined.len() <= COMPOUND_LEN_MAX {
            self.joined.push_str(text);
        }
        is_joined
    }

    /// Adds the entry of the joined words.
    #[cold]
    fn add_joined(&mut self) {
        let mut joined = std::mem::take(&mut self.joined);
        if joined.len() <= COMPOUND_LEN_MAX {
            joined.push_str(COMPOUND_END);
            self.add_apart(&joined);
        }
    }

    /// Returns the entries that are not words as they stand.
    fn others(mut self) -> Others {
        if !self.joined.is_empty() {
            self.add_joined();
        }
        self.others
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entries(text: &str) -> Vec<String> {
        let (mut texts, mut places) = ("Before ".to_owned(), Vec::new());
        index_words(text, &mut texts, &mut places, |place| place);
        places
            .into_iter()
            .map(|place| texts[place].to_owned())
            .collect()
    }

    #[test]
    fn entries_are_short() {
        assert_eq!(entries("半導体 Chips"), ["chips", "半導体", "導体", "体"]);
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
                "eu",
                "japan",
                "mirai",
                "harmony",
                "postquantumsafe-",
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
        let (mut texts, mut places) = (String::new(), Vec::new());
        let whole = index_name(
            "Ministry of  A.I.",
            "JP",
            &mut texts,
            &mut places,
            |place| place,
        );
        let words: Vec<&str> = places.drain(..).map(|place| &texts[place]).collect();
        assert_eq!(words, ["ministry", "of", "ai"]);
        let whole = whole.map(|place| &texts[place]);
        assert_eq!(whole, Some("=ministry of ai\u{1F}JP"));
        let whole = index_name("—", "JP", &mut texts, &mut places, |place| place);
        assert_eq!((whole, places), (None, Vec::new()));
    }
}
