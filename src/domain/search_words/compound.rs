//! Words that hyphens join, such as `cyber-security`, which are also written as one word.

/// What stands behind an entry of words that hyphens join. No word ends in it, so that a search for whole
/// words does not find such an entry.
pub(super) const COMPOUND_END: &str = "-";

/// The fewest letters of each word. Shorter ones, such as those of `EU-Japan`, are never written as one
/// word.
const LETTERS_MIN: usize = 4;

/// The longest entry, in bytes. A text may join any number of words.
pub(super) const COMPOUND_LEN_MAX: usize = 48;

/// Returns whether a word can be a part of a compound.
pub(super) fn is_part(word: &str) -> bool {
    word.chars().all(char::is_alphabetic) && word.chars().nth(LETTERS_MIN - 1).is_some()
}

/// Returns the word or words of an entry, without what stands behind those that hyphens join.
pub fn shown(entry: &str) -> &str {
    entry.strip_suffix(COMPOUND_END).unwrap_or(entry)
}
