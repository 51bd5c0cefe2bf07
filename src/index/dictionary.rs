//! A dictionary of numbered texts, found by hash and in order.

use std::{
    cmp::Ordering,
    ops::Bound::{self, Excluded, Included, Unbounded},
};

use super::{numbered_texts::NumberedTexts, sorted_numbers::SortedNumbers};

#[derive(Debug, Default)]
pub(super) struct Dictionary {
    texts: NumberedTexts,
    ordered: SortedNumbers,
}

impl Dictionary {
    /// Returns the number of a text, if it exists.
    pub(super) fn number(&self, text: &str) -> Option<u32> {
        self.texts.number(text)
    }

    /// Adds a new text under the next number.
    pub(super) fn push(&mut self, text: &str) -> u32 {
        let number = self.texts.push(text);
        let texts = &self.texts;
        self.ordered
            .insert(number, |other| texts.compare(other, text));
        number
    }

    /// Returns the text of an existing number; empty if it was removed.
    pub(super) fn text(&self, number: u32) -> &str {
        self.texts.text(number)
    }

    /// Returns the numbers of the texts between two bounds, in the order of texts.
    pub(super) fn range(
        &self,
        from: Bound<&str>,
        to: Bound<&str>,
    ) -> impl DoubleEndedIterator<Item = u32> {
        let before = |end: &str, including: bool| {
            self.ordered
                .count_while(|number| match self.texts.compare(number, end) {
                    Ordering::Less => true,
                    Ordering::Equal => including,
                    Ordering::Greater => false,
                })
        };
        let begin = match from {
            Unbounded => self.ordered.begin(),
            Included(text) => before(text, false),
            Excluded(text) => before(text, true),
        };
        let end = match to {
            Unbounded => self.ordered.end(),
            Included(text) => before(text, true),
            Excluded(text) => before(text, false),
        };
        self.ordered.between(begin, end)
    }

    /// Returns the numbers of the texts that begin with `prefix`, in order.
    pub(super) fn with_prefix<'a>(&'a self, prefix: &'a str) -> impl Iterator<Item = u32> + 'a {
        let begin = self
            .ordered
            .count_while(|at| self.texts.compare(at, prefix).is_lt());
        self.ordered
            .between(begin, self.ordered.end())
            .take_while(move |number| self.text(*number).starts_with(prefix))
    }

    /// Erases texts from memory. Numbers stay as they are. Looks at every text.
    pub(super) fn remove(&mut self, gone: impl Fn(u32) -> bool) {
        self.ordered.retain(|number| !gone(number));
        self.texts.remove(gone);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn dictionary(texts: &[&str]) -> Dictionary {
        let mut dictionary = Dictionary::default();
        for text in texts {
            dictionary.push(text);
        }
        dictionary
    }

    fn texts(dictionary: &Dictionary, from: Bound<&str>, to: Bound<&str>) -> Vec<String> {
        let numbers = dictionary.range(from, to);
        numbers.map(|at| dictionary.text(at).to_owned()).collect()
    }

    #[test]
    fn texts_are_found_by_number_and_numbers_by_text() {
        let words = ["tokyo", "", "東京", "london", "osaka"];
        let dictionary = dictionary(&words);
        for (number, word) in (0..).zip(words) {
            assert_eq!(dictionary.number(word), Some(number));
            assert_eq!(dictionary.text(number), word);
        }
        assert_eq!(dictionary.number("seoul"), None);
    }

    #[test]
    fn ranges_are_in_order_and_keep_their_bounds() {
        let dictionary = dictionary(&["d", "b", "a", "c", "e"]);
        let between = |from, to| texts(&dictionary, from, to).concat();
        assert_eq!(between(Unbounded, Unbounded), "abcde");
        assert_eq!(between(Included("b"), Included("d")), "bcd");
        assert_eq!(between(Excluded("b"), Excluded("d")), "c");
        assert_eq!(between(Included("bb"), Unbounded), "cde");
        assert_eq!(between(Excluded("d"), Excluded("b")), "");
        assert_eq!(
            dictionary.range(Unbounded, Excluded("c")).next_back(),
            dictionary.number("b")
        );
    }

    #[test]
    fn a_removed_text_is_erased() {
        let mut dictionary = dictionary(&["kept", "secret", "secrets"]);
        let secret = dictionary.number("secret");
        dictionary.remove(|number| Some(number) == secret);
        assert_eq!(dictionary.number("secret"), None);
        assert_eq!(dictionary.texts.texts.all, "keptsecrets");
        assert_eq!(
            texts(&dictionary, Unbounded, Unbounded),
            ["kept", "secrets"]
        );
        assert_eq!(dictionary.with_prefix("sec").count(), 1);
        assert_eq!(dictionary.push("secret"), 3);
        assert_eq!(dictionary.with_prefix("sec").collect::<Vec<_>>(), [3, 2]);
    }
}
