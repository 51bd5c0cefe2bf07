//! The words of a folded text.

use std::{borrow::Cow, ops::Range};

use unicode_normalization::char::is_combining_mark;

use super::scripts::is_unspaced;

/// The most digits that a plus sign before them belongs to, as in `ASEAN+3`.
const PLUS_DIGITS_MAX: usize = 2;
/// The signs that are dropped between parts of a word.
const DROPPED: [char; 2] = ['.', ','];
/// The most letters beside a sign that belongs to a name, if it has a single letter on its other side.
const SIGN_LETTERS_MAX: usize = 3;

/// One word.
#[derive(Clone, Copy, Debug)]
pub(super) struct Word<'a> {
    /// The text that it is in.
    folded: &'a str,
    start: usize,
    end: usize,
    /// Whether points or commas in it are dropped.
    drops_signs: bool,
    /// Whether it is a run of a script without spaces, which may have many words.
    pub is_run: bool,
    /// Whether a hyphen joins it to the word before it.
    pub after_hyphen: bool,
}

impl<'a> Word<'a> {
    pub(super) fn text(&self) -> Cow<'a, str> {
        let text = &self.folded[self.start..self.end];
        match self.drops_signs {
            true => Cow::Owned(text.replace(DROPPED, "")),
            false => Cow::Borrowed(text),
        }
    }

    /// Returns where the word stands in the text; `None` if signs in it are dropped.
    #[inline]
    pub(super) fn place(&self) -> Option<Range<usize>> {
        (!self.drops_signs).then_some(self.start..self.end)
    }
}

/// What a byte of a text is by itself.
#[derive(Clone, Copy, Eq, PartialEq)]
enum Class {
    Separator,
    /// An ASCII letter or digit.
    Word,
    /// A part of a character beyond ASCII.
    Wide,
    /// A sign that may belong to a name or be dropped.
    Sign,
}

/// The class of each byte.
static CLASSES: [Class; 256] = {
    let mut classes = [Class::Separator; 256];
    let mut byte = u8::MAX;
    while byte > 0 {
        classes[byte as usize] = match byte {
            b'0'..=b'9' | b'A'..=b'Z' | b'a'..=b'z' => Class::Word,
            0x80.. => Class::Wide,
            b'&' | b'+' | b'#' | b'.' | b',' => Class::Sign,
            _ => Class::Separator,
        };
        byte -= 1;
    }
    classes
};

/// Iterates over the words of a folded text.
///
/// Letters and digits make words, and everything else separates them, but for signs that belong to a
/// name (`R&D`, `C++`, `ASEAN+3`), and for points between single letters (`U.S.`) and commas that group
/// digits (`10,000`), which are dropped. A word never mixes scripts with and without spaces.
pub(super) struct Words<'a> {
    text: &'a str,
    /// Where the last word ended; before the first word, the end of the text.
    end: usize,
    /// Where to read on.
    at: usize,
}

/// Letters and digits side by side.
#[derive(Clone, Copy)]
struct Piece {
    start: usize,
    end: usize,
    is_run: bool,
}

impl<'a> Words<'a> {
    /// Begins to read what [`folded`](super::folding::folded) returned.
    pub(super) fn of(text: &'a str) -> Words<'a> {
        Words {
            text,
            end: text.len(),
            at: 0,
        }
    }

    /// Returns the first piece from a place on.
    #[inline(always)]
    fn piece(&self, from: usize) -> Option<Piece> {
        let bytes = self.text.as_bytes();
        let start = end_of(bytes, from, |class| {
            matches!(class, Class::Separator | Class::Sign)
        });
        if start >= bytes.len() {
            return None;
        }
        let end = end_of(bytes, start, |class| class == Class::Word);
        match self.class(end) {
            // The other scripts need a look at each character.
            Class::Wide => self.piece_of_chars(start),
            _ => Some(Piece {
                start,
                end,
                is_run: false,
            }),
        }
    }

    /// Returns the first piece from a place on, in any script.
    #[cold]
    fn piece_of_chars(&self, from: usize) -> Option<Piece> {
        let mut chars = self.text[from..].char_indices();
        let (start, first) = chars.find(|(_, c)| is_unspaced(*c) || c.is_alphanumeric())?;
        let is_run = is_unspaced(first);
        let belongs = |c: char| match is_unspaced(c) {
            true => is_run,
            false => is_combining_mark(c) || (!is_run && c.is_alphanumeric()),
        };
        let after = chars.find(|(_, c)| !belongs(*c));
        Some(Piece {
            start: from + start,
            end: after.map_or(self.text.len(), |(after, _)| from + after),
            is_run,
        })
    }

    /// Returns the piece that begins at a place, unless it is a run.
    fn piece_at(&self, at: usize) -> Option<Piece> {
        let piece = self.piece(at)?;
        (piece.start == at && !piece.is_run).then_some(piece)
    }

    fn text_of(&self, piece: Piece) -> &'a str {
        &self.text[piece.start..piece.end]
    }

    /// Returns the class of the byte at a place. The end of the text separates as well.
    #[inline]
    fn class(&self, at: usize) -> Class {
        self.byte(at)
            .map_or(Class::Separator, |byte| CLASSES[usize::from(byte)])
    }

    fn byte(&self, at: usize) -> Option<u8> {
        self.text.as_bytes().get(at).copied()
    }

    /// Returns the end of the word that begins with a piece and goes on behind the sign after it, and
    /// whether signs in it are dropped.
    #[cold]
    fn beyond_sign(&self, first: Piece) -> (usize, bool) {
        let end = match self.byte(first.end) {
            Some(b'.') => self.end_of_joined(first, b'.', is_letter, is_letter),
            Some(b',') => self.end_of_joined(first, b',', is_group_or_part, is_group),
            _ => return (self.end_of_name(first), false),
        };
        (end, end > first.end)
    }

    /// Returns the end of pieces with a sign between each, which is dropped.
    fn end_of_joined(
        &self,
        first: Piece,
        sign: u8,
        is_first: fn(&str) -> bool,
        is_next: fn(&str) -> bool,
    ) -> usize {
        let mut end = first.end;
        while is_first(self.text_of(first)) && self.byte(end) == Some(sign) {
            let next = self.piece_at(end + 1);
            let Some(next) = next.filter(|next| is_next(self.text_of(*next))) else {
                break;
            };
            end = next.end;
        }
        end
    }

    /// Returns the end of a name with signs, such as `R&D` or `C++`.
    fn end_of_name(&self, first: Piece) -> usize {
        let mut last = first;
        while let Some(sign @ (b'&' | b'+')) = self.byte(last.end) {
            let next = self.piece_at(last.end + 1);
            let next = next.filter(|next| is_joined(self.text_of(last), sign, self.text_of(*next)));
            let Some(next) = next else { break };
            last = next;
        }
        let signs = match &self.text.as_bytes()[last.end..] {
            [b'+', b'+', ..] => 2,
            [b'+' | b'#', ..] => 1,
            _ => return last.end,
        };
        let ends_in_letter = self.text_of(last).ends_with(char::is_alphabetic);
        let end = last.end + signs;
        match ends_in_letter && self.piece_at(end).is_none() {
            true => end,
            false => last.end,
        }
    }
}

impl<'a> Iterator for Words<'a> {
    type Item = Word<'a>;

    // Beside the loop that takes the words, it needs no room for a word in memory.
    #[inline(always)]
    fn next(&mut self) -> Option<Word<'a>> {
        let piece = self.piece(self.at)?;
        let after_hyphen = piece.start == self.end + 1 && self.byte(self.end) == Some(b'-');
        let (end, drops_signs) = match self.class(piece.end) {
            Class::Sign if !piece.is_run => self.beyond_sign(piece),
            _ => (piece.end, false),
        };
        (self.end, self.at) = (end, end);
        Some(Word {
            folded: self.text,
            start: piece.start,
            end,
            drops_signs,
            is_run: piece.is_run,
            after_hyphen,
        })
    }
}

/// Returns the end of the bytes of a class that stand at a place, if any do.
#[inline]
fn end_of(bytes: &[u8], from: usize, is_within: impl Fn(Class) -> bool) -> usize {
    let mut at = from;
    while at < bytes.len() && is_within(CLASSES[usize::from(bytes[at])]) {
        at += 1;
    }
    at
}

fn is_letter(text: &str) -> bool {
    let mut chars = text.chars();
    chars.next().is_some_and(char::is_alphabetic) && chars.next().is_none()
}

fn is_digits(text: &str) -> bool {
    text.bytes().all(|byte| byte.is_ascii_digit())
}

fn is_group(text: &str) -> bool {
    text.len() == 3 && is_digits(text)
}

fn is_group_or_part(text: &str) -> bool {
    text.len() <= 3 && is_digits(text)
}

/// Returns whether a sign between two pieces belongs to a name.
fn is_joined(left: &str, sign: u8, right: &str) -> bool {
    let is_short = |text: &str| {
        text.chars().all(char::is_alphabetic) && text.chars().count() <= SIGN_LETTERS_MAX
    };
    let is_counted = sign == b'+' && right.len() <= PLUS_DIGITS_MAX && is_digits(right);
    is_counted || (is_short(left) && is_short(right) && (is_letter(left) || is_letter(right)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::search_words::folding::folded;

    fn words(text: &str) -> Vec<String> {
        let folded = folded(text);
        Words::of(&folded)
            .map(|word| word.text().into_owned())
            .collect()
    }

    #[test]
    fn c2_signs_that_belong_to_a_name_are_kept() {
        for (text, expected) in [
            ("R&D, M&A and AT&T", &["r&d", "m&a", "and", "at&t"][..]),
            ("C++ or C#: I+D+i", &["c++", "or", "c#", "i+d+i"]),
            ("ASEAN+3, 2+2", &["asean+3", "2+2"]),
            ("Erasmus+プログラム", &["erasmus+", "プログラム"]),
            ("Research&Development", &["research", "development"]),
            ("EU&UK, 5G+6G, #6g", &["eu", "uk", "5g", "6g", "6g"]),
            ("R & D, 100+ a+bcde", &["r", "d", "100", "a", "bcde"]),
        ] {
            assert_eq!(words(text), expected, "{text}");
        }
    }

    #[test]
    fn c2_points_of_abbreviations_and_commas_in_numbers_are_dropped() {
        for (text, expected) in [
            ("U.S. and A.I.", &["us", "and", "ai"][..]),
            ("The U.K.-Japan pact", &["the", "uk", "japan", "pact"]),
            (
                "in the UK. A new day",
                &["in", "the", "uk", "a", "new", "day"],
            ),
            ("No.5, v.2, J.Doe", &["no", "5", "v", "2", "j", "doe"]),
            ("10,000 or 1,234,567", &["10000", "or", "1234567"]),
            (
                "10.5, 1,23, 2023,2024",
                &["10", "5", "1", "23", "2023", "2024"],
            ),
            ("12,3456", &["12", "3456"]),
            ("12\u{A0}000", &["12000"]),
        ] {
            assert_eq!(words(text), expected, "{text}");
        }
    }

    #[test]
    fn a_word_never_mixes_scripts_with_and_without_spaces() {
        assert_eq!(words("日EUの6G協力"), ["日", "eu", "の", "6g", "協力"]);
    }

    #[test]
    fn a_hyphen_is_noted() {
        let after: Vec<bool> = Words::of("a-b - c -d e-f")
            .map(|it| it.after_hyphen)
            .collect();
        assert_eq!(after, [false, true, false, false, false, true]);
    }
}
