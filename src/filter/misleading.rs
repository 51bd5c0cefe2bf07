//! What means something else to its writer than to the filter and is refused in new filters: wildcards,
//! signs and operators within a text to search for, white space around a value, and seasons without a
//! hemisphere.
//!
//! Stored filters of subscriptions may be older than these rules and are parsed without them.

use crate::domain::{edtf, plain_number};

use super::{
    error::{FilterError, quoted},
    lexer::Operator,
    parser::NO_LISTS,
    schema::{FieldInfo, FieldKind},
    suggest::{any_of, is_grouped, short, written},
    tree::Term,
};

/// Refuses a term that would be misread, and suggests what to write instead.
pub(super) fn check(term: &Term, info: &FieldInfo) -> Result<(), FilterError> {
    match info.kind {
        // White space only separates words.
        FieldKind::Words => check_words(term),
        // Every character is part of the value.
        FieldKind::Exact => Ok(()),
        _ => check_ends(term)
            .and_then(|()| check_stars(term))
            .and_then(|()| check_commas(term, info))
            .and_then(|()| check_seasons(term, info)),
    }
}

/// Refuses white space around a value. Writes refuse it as well, so it would never match.
fn check_ends(term: &Term) -> Result<(), FilterError> {
    let value = &term.value.text;
    if value.trim() == value {
        return Ok(());
    }
    let message = "begins or ends with white space; remove it";
    Err(refused(term, value, message).suggesting(short(written(value.trim()))))
}

fn check_stars(term: &Term) -> Result<(), FilterError> {
    let value = &term.value.text;
    if !value.contains('*') {
        return Ok(());
    }
    let message = "has a *, which is no wildcard; write the whole value";
    Err(refused(term, value, message))
}

fn check_commas(term: &Term, info: &FieldInfo) -> Result<(), FilterError> {
    let value = &term.value.text;
    // A number with separators is refused as a number.
    let is_number = || {
        matches!(info.kind, FieldKind::Decimal | FieldKind::Number)
            && is_grouped(value)
            && plain_number(value).is_some()
    };
    if !value.contains(',') || is_number() {
        return Ok(());
    }
    let any = any_of(&term.field.text, term.operator, value);
    Err(FilterError::new(term.value.offset, value, NO_LISTS).suggesting(any))
}

/// Refuses a season without a hemisphere, which would mean the whole year.
fn check_seasons(term: &Term, info: &FieldInfo) -> Result<(), FilterError> {
    let value = &term.value.text;
    if !matches!(info.kind, FieldKind::Date | FieldKind::Time) {
        return Ok(());
    }
    let Some(instead) = edtf::with_hemispheres(value) else {
        return Ok(());
    };
    let message = "has a season whose months depend on the hemisphere; write months, or a season from 25 \
                   to 28 for the northern and 29 to 32 for the southern hemisphere";
    Err(refused(term, value, message).expecting(instead))
}

fn check_words(term: &Term) -> Result<(), FilterError> {
    let pieces: Vec<&str> = term.value.text.split_whitespace().collect();
    let mut misread = pieces
        .iter()
        .map(|piece| (piece, Misread::of(piece, &pieces)));
    let first = misread.find_map(|(piece, misread)| Some((piece, misread?)));
    match first {
        None => Ok(()),
        Some((piece, misread)) => {
            let instead = misread.instead(term, &pieces);
            Err(refused(term, piece, misread.message()).suggesting(instead))
        }
    }
}

fn refused(term: &Term, what: &str, message: &str) -> FilterError {
    let message = format!("{} {message}", quoted(what));
    FilterError::new(term.value.offset, &term.value.text, message)
}

/// The meaning of a piece of text in other languages.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Misread {
    Wildcard,
    Minus,
    Plus,
    Operator,
}

impl Misread {
    fn of(piece: &str, pieces: &[&str]) -> Option<Misread> {
        if matches!(piece, "AND" | "OR" | "NOT") {
            // In a text all in capitals, it is an ordinary word.
            let is_small = |c: char| c.is_alphabetic() && !c.is_uppercase();
            let is_mixed = pieces.iter().any(|other| other.contains(is_small));
            return is_mixed.then_some(Misread::Operator);
        }
        let begins_word = piece.chars().nth(1).is_some_and(char::is_alphanumeric);
        match piece.chars().next()? {
            _ if piece.contains('*') || has_before_letter(piece, &['?', '%']) => {
                Some(Misread::Wildcard)
            }
            _ if has_before_letter(piece, &['|']) => Some(Misread::Operator),
            '-' | '!' if begins_word => Some(Misread::Minus),
            '+' | '~' if begins_word => Some(Misread::Plus),
            _ => None,
        }
    }

    fn message(self) -> &'static str {
        match self {
            Misread::Wildcard => {
                "has a wildcard, and there are none: a word after : is found by its beginning"
            }
            Misread::Minus => "has a sign, which leaves nothing out: write NOT before a term",
            Misread::Plus => "has a sign, which means nothing: every word must be there anyway",
            Misread::Operator => {
                "is not an operator within a text: write a term for each side of it"
            }
        }
    }

    /// Suggests the filter that was probably meant.
    fn instead(self, term: &Term, pieces: &[&str]) -> Option<String> {
        if !matches!(term.operator, Operator::Equal | Operator::Has) {
            return None;
        }
        let term = |text: &str| format!("{}:{}", term.field.text, written(text));
        let joined = |words: Vec<&str>| (!words.is_empty()).then(|| term(&words.join(" ")));
        let instead = match self {
            Misread::Operator => None,
            Misread::Wildcard => {
                let beginnings: Vec<&str> = pieces.iter().map(|piece| beginning(piece)).collect();
                joined(beginnings).filter(|_| pieces.iter().all(|it| !beginning(it).is_empty()))
            }
            Misread::Plus => joined(pieces.iter().map(|piece| unsigned(piece)).collect()),
            Misread::Minus => {
                let is_minus = |piece: &&str| Misread::of(piece, pieces) == Some(Misread::Minus);
                let (out, wanted): (Vec<&str>, Vec<&str>) =
                    pieces.iter().partition(|it| is_minus(it));
                let out = out
                    .iter()
                    .map(|piece| format!("NOT {}", term(unsigned(piece))));
                let terms: Vec<String> = joined(wanted).into_iter().chain(out).collect();
                Some(terms.join(" AND "))
            }
        };
        instead.and_then(short)
    }
}

/// Whether one of the characters is right before a letter, unlike punctuation, and not after a digit,
/// whose unit it may be.
fn has_before_letter(piece: &str, wanted: &[char]) -> bool {
    let chars: Vec<char> = piece.chars().collect();
    (0..chars.len()).any(|at| {
        let after_digit = at > 0 && chars[at - 1].is_numeric();
        let before_letter = chars.get(at + 1).is_some_and(|c| c.is_alphabetic());
        wanted.contains(&chars[at]) && before_letter && !after_digit
    })
}

/// Returns the text before the first wildcard.
fn beginning(piece: &str) -> &str {
    let end = piece.find(['*', '?', '%']).unwrap_or(piece.len());
    &piece[..end]
}

fn unsigned(piece: &str) -> &str {
    piece.trim_start_matches(['-', '!', '+', '~'])
}
