//! Whole names, as entries of an index.

use super::{
    folding::folded,
    words::{Word, Words},
};

/// What an entry of a whole name begins with. No word contains it.
const NAME_BEGIN: char = '=';
/// What ends the name before the code of the country. No word contains it.
const NAME_END: char = '\u{1F}';

/// Returns the entry of a whole name with the code of its country, which may be empty. `None` for a name
/// without words.
pub fn whole_name(name: &str, country: &str) -> Option<String> {
    written(name).end(country)
}

/// Returns the words of a name with a space between each, as they are compared. `None` for a name without
/// words.
///
/// There is no space between the parts of a name in a script without spaces, as such names are written
/// with or without one.
pub fn words_of_name(name: &str) -> Option<String> {
    let entry = written(name);
    (!entry.is_empty()).then(|| entry.text.trim_start_matches(NAME_BEGIN).to_owned())
}

/// Returns the beginning of the entries of a name, whatever its country is, from its words as
/// [`words_of_name`] returns them.
pub fn whole_names(words: &str) -> String {
    format!("{NAME_BEGIN}{words}{NAME_END}")
}

/// Returns whether an entry is one of a whole name.
pub fn is_whole_name(entry: &str) -> bool {
    entry.starts_with(NAME_BEGIN)
}

/// Returns the words of the name that an entry is of, if it is one of a whole name.
pub fn name_of_entry(entry: &str) -> Option<&str> {
    let (words, _) = entry.strip_prefix(NAME_BEGIN)?.split_once(NAME_END)?;
    Some(words)
}

fn written(name: &str) -> NameWriter {
    let folded = folded(name);
    let mut entry = NameWriter::with_room(folded.len());
    for word in Words::of(&folded) {
        entry.add(&word);
    }
    entry
}

/// Writes the entry of a name word by word.
pub(super) struct NameWriter {
    text: String,
    after_run: bool,
}

impl NameWriter {
    /// Reserves memory for a name and a country.
    pub(super) fn with_room(bytes: usize) -> NameWriter {
        let mut text = String::with_capacity(bytes + 4);
        text.push(NAME_BEGIN);
        NameWriter {
            text,
            after_run: false,
        }
    }

    pub(super) fn add(&mut self, word: &Word<'_>) {
        let is_joined = self.after_run && word.is_run;
        if !self.is_empty() && !is_joined {
            self.text.push(' ');
        }
        self.text.push_str(&word.text());
        self.after_run = word.is_run;
    }

    fn is_empty(&self) -> bool {
        self.text.len() == NAME_BEGIN.len_utf8()
    }

    /// Returns the entry; `None` without words.
    pub(super) fn end(mut self, country: &str) -> Option<String> {
        if self.is_empty() {
            return None;
        }
        self.text.push(NAME_END);
        self.text.push_str(country);
        Some(self.text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_whole_name_is_that_of_any_spelling_and_begins_as_that_of_any_country() {
        let entry = whole_name("Ministry of Foreign Affairs", "JP");
        assert_eq!(entry, whole_name(" MINISTRY  of foreign-affairs.", "JP"));
        let entry = entry.expect("it has words");
        assert_eq!(entry, "=ministry of foreign affairs\u{1F}JP");
        let words = words_of_name("Ministry of Foreign Affairs").expect("it has words");
        assert!(entry.starts_with(&whole_names(&words)));
        assert_eq!(name_of_entry(&entry), Some(&*words));
        assert_eq!(words_of_name(&words), Some(words));
        assert_eq!(whole_name("…", "JP"), None);
        assert_eq!(name_of_entry("ministry"), None);
    }

    #[test]
    fn names_of_scripts_without_spaces_are_written_with_or_without_one() {
        assert_eq!(whole_name("岸田 文雄", ""), whole_name("岸田文雄", ""));
        assert_eq!(words_of_name("日 EU 会議").as_deref(), Some("日 eu 会議"));
    }
}
