use super::{
    RUN_CHARS_MAX,
    compound::is_part,
    folding::folded,
    stems::other_forms,
    words::{Word, Words},
};

/// Words to search for by their beginnings, all of which must be there.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Query {
    text: String,
    inflected: bool,
    words: Vec<SearchWord>,
}

/// One word to search for: an index entry must begin with one of some texts or be one of others.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct SearchWord {
    /// The word as it is compared.
    pub text: String,
    pub begins: Vec<String>,
    pub is: Vec<String>,
}

impl Query {
    /// Reads a text to search for. Its words are in another order and without those that repeat. When
    /// `inflected`, other forms of a word are searched for as well, such as its singular.
    pub fn of(text: &str, inflected: bool) -> Query {
        let folded = folded(text);
        let words: Vec<Word<'_>> = Words::of(&folded).collect();
        let is_joined = |one: &Word<'_>, other: &Word<'_>| {
            other.after_hyphen && is_part(&one.text()) && is_part(&other.text())
        };
        let mut units: Vec<(String, Vec<SearchWord>)> = Vec::new();
        for unit in words.chunk_by(is_joined) {
            match unit {
                [word] if word.is_run => units.extend(windows(&word.text()).map(|part| {
                    let word = SearchWord::beginning(part.clone());
                    (part, vec![word])
                })),
                [word] => {
                    let word = SearchWord::spaced(&word.text(), inflected);
                    units.push((word.text.clone(), vec![word]));
                }
                parts => units.push(compound(parts, inflected)),
            }
        }
        units.sort_by(|(one, _), (other, _)| one.cmp(other));
        units.dedup_by(|(one, _), (other, _)| one == other);
        let texts: Vec<&str> = units.iter().map(|(text, _)| text.as_str()).collect();
        Query {
            text: texts.join(" "),
            inflected,
            words: units.into_iter().flat_map(|(_, words)| words).collect(),
        }
    }

    /// Returns the words with a space or hyphen between each. Reading it gives the same query.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// Returns what must be there.
    pub fn words(&self) -> &[SearchWord] {
        &self.words
    }

    /// Returns the query with another word in place of one.
    #[must_use]
    pub fn replacing(&self, word: &str, other: &str) -> Query {
        let replaced = self.text.split(' ').map(|unit| {
            let words: Vec<&str> = unit
                .split('-')
                .map(|it| if it == word { other } else { it })
                .collect();
            words.join("-")
        });
        let text: Vec<String> = replaced.collect();
        Query::of(&text.join(" "), self.inflected)
    }
}

impl SearchWord {
    /// Searches for entries that begin with a text.
    pub(super) fn beginning(text: String) -> SearchWord {
        SearchWord {
            begins: vec![text.clone()],
            text,
            is: Vec::new(),
        }
    }

    /// Searches for an entry that is a text.
    pub(super) fn being(text: String) -> SearchWord {
        SearchWord {
            is: vec![text.clone()],
            text,
            begins: Vec::new(),
        }
    }

    fn spaced(text: &str, inflected: bool) -> SearchWord {
        SearchWord {
            is: other_forms(text, inflected),
            ..SearchWord::beginning(text.to_owned())
        }
    }
}

/// Searches for words that a hyphen joins, or for them as one word. The first word is found by the
/// beginning of the one word as well.
fn compound(parts: &[Word<'_>], inflected: bool) -> (String, Vec<SearchWord>) {
    let texts: Vec<_> = parts.iter().map(Word::text).collect();
    let joined = texts.concat();
    let words = texts.iter().enumerate().map(|(nth, text)| {
        let mut word = SearchWord::spaced(text, inflected);
        if nth > 0 {
            word.is.extend(other_forms(&joined, inflected));
            word.begins.push(joined.clone());
        }
        word
    });
    (texts.join("-"), words.collect())
}

/// Cuts a run into pieces that overlap by half, so that a different run seldom has all of them.
pub(super) fn windows(run: &str) -> impl Iterator<Item = String> {
    let chars: Vec<char> = run.chars().collect();
    let last = chars.len().saturating_sub(RUN_CHARS_MAX);
    let starts = (0..last).step_by(RUN_CHARS_MAX / 2).chain([last]);
    starts.map(move |start| {
        let end = chars.len().min(start + RUN_CHARS_MAX);
        chars[start..end].iter().collect()
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::search_words::index_words;

    fn finds(query: &str, text: &str) -> bool {
        let (mut texts, mut places) = (String::new(), Vec::new());
        index_words(text, &mut texts, &mut places, |place| place);
        let entries = places.into_iter().map(|place| &texts[place]);
        let query = Query::of(query, true);
        let has = |word: &SearchWord| {
            entries.clone().any(|entry| {
                word.is.iter().any(|it| it == entry)
                    || word.begins.iter().any(|it| entry.starts_with(it))
            })
        };
        !query.words().is_empty() && query.words().iter().all(has)
    }

    #[test]
    fn words_of_spaced_scripts_are_found_by_their_beginnings() {
        let text = "Beyond 5G/6G: the EU-Japan work of Věra Jourová, 10.5 million (Straße)";
        for query in [
            "6g", "５Ｇ", "Japan", "jap eu", "jourova", "JOUROVÁ", "vera", "mill", "10.5",
            "STRASSE", "5G/6G",
        ] {
            assert!(finds(query, text), "{query}");
        }
        for query in ["apan", "g6", "korea", "eu korea", "", "…"] {
            assert!(!finds(query, text), "{query}");
        }
    }

    #[test]
    fn several_separators_count_as_one() {
        assert_eq!(Query::of(" Věra, (半導体) ", false).text(), "vera 半導体");
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
        assert!(finds("ความร่วมมือ", "บันทึกความร่วมมือดิจิทัล"));
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
    fn c3_compounds_are_found_with_and_without_their_hyphen() {
        for query in [
            "MIRAI-HARMONY",
            "mirai harmony",
            "MiraiHarm",
            "mirai",
            "harmony",
        ] {
            assert!(finds(query, "the MIRAI-HARMONY programme"), "{query}");
        }
        assert!(finds("mirai-harmony", "MiraiHarmony"));
        assert!(finds("semi-conductors", "a semiconductor"));
        assert!(!finds("mirai-melody", "MIRAI-HARMONY"));
    }

    #[test]
    fn the_text_of_a_query_reads_as_the_same_query() {
        for text in [
            "Data-Driven flows, flows",
            "R&D in C++",
            "経済安全保障分野における先端半導体製造装置輸出管理協力覚書",
            "U.S.-Japan 10,000",
        ] {
            let query = Query::of(text, true);
            assert_eq!(Query::of(query.text(), true), query, "{text}");
        }
        let query = Query::of("semi-condutor chips", true);
        assert_eq!(
            query.replacing("condutor", "conductor"),
            Query::of("chips semi-conductor", true)
        );
    }
}
