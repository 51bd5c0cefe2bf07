//! The words of a text, for search in texts of any language.
//!
//! Texts and queries are normalised the same way: compatibility forms become plain ones (NFKC, so
//! `６Ｇ` is `6g` and half-width katakana are katakana), letters become lower case, and Latin letters
//! lose their marks (so `jourova` finds "Jourová"). Anything but letters and digits separates
//! words. Chinese, Japanese and Korean put no spaces between words, so every suffix of a run of
//! their characters is indexed, and any part of the run is a prefix of an entry.

use unicode_normalization::{UnicodeNormalization, char::is_combining_mark};

/// Characters of a run without spaces that one entry keeps. A longer query is split into pieces.
const RUN_CHARS_MAX: usize = 12;

/// Calls `entry` with the index entries of a text, in any order and possibly repeated. A query
/// matches when each of its [`query_words`] is a prefix of an entry.
pub fn index_words(text: &str, mut entry: impl FnMut(&str)) {
    if text.is_ascii() {
        // Most texts are ASCII and need no decomposition, which is most of the work.
        return ascii_words(&text.to_ascii_lowercase()).for_each(entry);
    }
    for word in split(text) {
        if word.starts_with(is_unspaced) {
            run_suffixes(&word).for_each(&mut entry);
        } else {
            entry(&word);
        }
    }
}

/// Returns the prefixes that a text must all have among its entries to match; empty when the query
/// has no letters or digits.
pub fn query_words(query: &str) -> Vec<String> {
    let mut prefixes = Vec::new();
    for word in split(query) {
        if word.starts_with(is_unspaced) {
            prefixes.extend(windows(&word));
        } else {
            prefixes.push(word);
        }
    }
    prefixes.sort_unstable();
    prefixes.dedup();
    prefixes
}

/// Returns the index entry of a whole name that belongs to a country, which may be unknown; `None` for a
/// name without words. No word contains `=`, so no word is a prefix of it.
pub fn whole_name(name: &str, country: &str) -> Option<String> {
    let words = split(name);
    if words.is_empty() {
        return None;
    }
    Some(format!("={}\u{1f}{country}", words.join(" ")))
}

/// Splits a text into normalised words. A word never mixes unspaced and other scripts.
fn split(text: &str) -> Vec<String> {
    if text.is_ascii() {
        return ascii_words(&text.to_ascii_lowercase())
            .map(str::to_owned)
            .collect();
    }
    let mut words: Vec<String> = Vec::new();
    let mut before = Class::Separator;
    for c in plain(text) {
        let class = Class::of(c, before);
        match words.last_mut() {
            _ if class == Class::Separator => {}
            Some(word) if class == before => word.push(c),
            _ => words.push(c.into()),
        }
        before = class;
    }
    words
}

fn ascii_words(text: &str) -> impl Iterator<Item = &str> {
    let mut ends = text.bytes().enumerate();
    let mut begin = 0;
    let words = std::iter::from_fn(move || {
        if begin > text.len() {
            return None;
        }
        let end = ends.find(|(_, byte)| !byte.is_ascii_alphanumeric());
        let end = end.map_or(text.len(), |(at, _)| at);
        let word = &text[begin..end];
        begin = end + 1;
        Some(word)
    });
    words.filter(|word| !word.is_empty())
}

fn plain(text: &str) -> impl Iterator<Item = char> {
    let is_latin_mark = |c: &char| ('\u{300}'..='\u{36F}').contains(c);
    text.nfkd()
        .flat_map(char::to_lowercase)
        .nfkd()
        .filter(move |c| !is_latin_mark(c))
        .nfc()
}

#[derive(Clone, Copy, Eq, PartialEq)]
enum Class {
    Separator,
    Spaced,
    Unspaced,
}

impl Class {
    fn of(c: char, before: Self) -> Self {
        if is_unspaced(c) {
            Self::Unspaced
        } else if c.is_alphanumeric() {
            Self::Spaced
        } else if is_combining_mark(c) {
            before
        } else {
            Self::Separator
        }
    }
}

/// Returns whether `c` is Han, Hiragana, Katakana with its length mark, or Hangul.
fn is_unspaced(c: char) -> bool {
    matches!(c,
        '\u{1100}'..='\u{11FF}'
        | '\u{2E80}'..='\u{2FDF}'
        | '々' | '〆' | '〇'
        | '\u{3041}'..='\u{309F}'
        | '\u{30A1}'..='\u{30FA}'
        | '\u{30FC}'..='\u{318F}'
        | '\u{31F0}'..='\u{31FF}'
        | '\u{3400}'..='\u{4DBF}'
        | '\u{4E00}'..='\u{9FFF}'
        | '\u{A960}'..='\u{A97F}'
        | '\u{AC00}'..='\u{D7FF}'
        | '\u{F900}'..='\u{FAFF}'
        | '\u{20000}'..='\u{3FFFF}')
}

fn run_suffixes(run: &str) -> impl Iterator<Item = &str> {
    run.char_indices().map(|(start, _)| {
        let end = &run[start..];
        let after = end.char_indices().nth(RUN_CHARS_MAX);
        after.map_or(end, |(after, _)| &end[..after])
    })
}

/// Cuts a run into pieces that overlap by half, so that a different run seldom has all of them.
fn windows(run: &str) -> Vec<String> {
    let chars: Vec<char> = run.chars().collect();
    let Some(last) = chars.len().checked_sub(RUN_CHARS_MAX) else {
        return vec![run.to_owned()];
    };
    (0..last)
        .step_by(RUN_CHARS_MAX / 2)
        .chain([last])
        .map(|start| chars[start..start + RUN_CHARS_MAX].iter().collect())
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entries(text: &str) -> Vec<String> {
        let mut entries = Vec::new();
        index_words(text, |entry| entries.push(entry.to_owned()));
        entries
    }

    fn finds(query: &str, text: &str) -> bool {
        let entries = entries(text);
        let prefixes = query_words(query);
        !prefixes.is_empty()
            && prefixes
                .iter()
                .all(|prefix| entries.iter().any(|entry| entry.starts_with(prefix)))
    }

    #[test]
    fn words_of_spaced_scripts_are_found_by_their_beginnings() {
        let text = "Beyond 5G/6G: the EU-Japan work of Věra Jourová, 10.5 million (Straße)";
        for query in [
            "6g", "５Ｇ", "Japan", "jap eu", "jourova", "JOUROVÁ", "vera", "mill", "10.5",
        ] {
            assert!(finds(query, text), "{query}");
        }
        for query in ["apan", "g6", "korea", "eu korea", "", "…"] {
            assert!(!finds(query, text), "{query}");
        }
    }

    #[test]
    fn several_separators_count_as_one() {
        assert_eq!(query_words(" Věra, (半導体) "), ["vera", "半導体"]);
    }

    #[test]
    fn any_part_of_a_run_without_spaces_is_found() {
        let text = "日EUデジタルパートナーシップ閣僚級会合・半導体と6Gの共同研究";
        for query in [
            "半導体",
            "導体",
            "デジタル",
            "ﾃﾞｼﾞﾀﾙ",
            "パートナーシップ閣僚級会合",
            "6Gの共同",
            "ＥＵ",
        ] {
            assert!(finds(query, text), "{query}");
        }
        for query in ["導半", "半導体6G会議", "タルデジ"] {
            assert!(!finds(query, text), "{query}");
        }
        assert!(finds("디지털", "한국디지털협정"));
    }

    #[test]
    fn a_long_run_is_found_by_its_pieces() {
        let text = "経済安全保障分野における先端半導体製造装置輸出管理協力覚書";
        assert!(finds(text, text));
        assert!(!finds(
            "経済安全保障分野における先端半導体製造装置輸出管理協力文書",
            text
        ));
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
    fn marks_that_are_not_latin_stay() {
        assert!(!finds("かき", "がぎ"));
        assert!(!finds("हद", "हिंदी"));
    }
}
