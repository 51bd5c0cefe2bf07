//! Rules for free text and lists. Nothing is trimmed or cut; every flaw is reported.

use super::{Violations, search_words::words_of_name};

/// Checks a text of one line: at most `chars_max` characters, no white space around it, no control
/// characters.
pub(super) fn line(violations: &mut Violations, field: &str, text: &str, chars_max: usize) {
    check(violations, field, text, chars_max, |_| false);
}

/// Checks a text of several lines: as [`line()`], but line feeds and tabs are allowed.
pub(super) fn prose(violations: &mut Violations, field: &str, text: &str, chars_max: usize) {
    check(violations, field, text, chars_max, |c| {
        matches!(c, '\n' | '\t')
    });
}

/// Checks that a name or title has no invisible characters and none that change the writing
/// direction, because with them one text can pass for another.
pub(super) fn visible(violations: &mut Violations, field: &str, text: &str) {
    if let Some((at, bad)) = invisible(text) {
        let code = u32::from(bad);
        violations.add(
            field,
            format!(
                "has the invisible character U+{code:04X} at {}; remove it",
                at + 1
            ),
        );
    }
}

/// Checks that a name has a word, without which no filter finds it.
pub(super) fn worded(violations: &mut Violations, field: &str, text: &str) {
    if !text.is_empty() && !violations.is_refused(field) && words_of_name(text).is_none() {
        violations.add(
            field,
            format!("\"{text}\" has no word; write a name with letters or digits"),
        );
    }
}

/// Returns the first invisible character and the number of characters before it. A joiner or
/// non-joiner after a non-ASCII character does not count: Indic and Arabic scripts and emoji need
/// them.
pub(super) fn invisible(text: &str) -> Option<(usize, char)> {
    if text.is_ascii() {
        return None;
    }
    let mut previous = ' ';
    text.chars().enumerate().find(|(_, c)| {
        let joins = matches!(c, '\u{200C}' | '\u{200D}');
        let previous = std::mem::replace(&mut previous, *c);
        let may_join = !previous.is_ascii() && !previous.is_whitespace();
        is_invisible(*c) && !(joins && may_join && !is_invisible(previous))
    })
}

/// Returns whether `c` is a format character, a filler or a line separator. Variation selectors do
/// not count: they choose how the character before them looks.
fn is_invisible(c: char) -> bool {
    matches!(c,
        '\u{AD}' | '\u{34F}' | '\u{61C}' | '\u{115F}' | '\u{1160}' | '\u{17B4}' | '\u{17B5}'
        | '\u{200B}'..='\u{200F}' | '\u{2028}'..='\u{202E}' | '\u{2060}'..='\u{206F}'
        | '\u{3164}' | '\u{FEFF}' | '\u{FFA0}' | '\u{FFF9}'..='\u{FFFB}'
        | '\u{1BCA0}'..='\u{1BCA3}' | '\u{1D173}'..='\u{1D17A}' | '\u{E0000}'..='\u{E00FF}')
}

/// Checks the words for what is none of a closed list: they must be given for `other`, the name of that
/// value of the field `list` in the API, and for no other value.
pub(super) fn words_of_other(
    violations: &mut Violations,
    field: &str,
    words: &str,
    (list, other, is_other): (&str, &str, bool),
) {
    match (is_other, words.is_empty()) {
        (false, true) => {}
        (false, false) => {
            let why = format!("is for {other}; leave it empty or write {other} as the {list}");
            violations.add(field, why);
        }
        (true, true) => violations.add(field, format!("is required for {other}")),
        (true, false) => {
            line(violations, field, words, 100);
            visible(violations, field, words);
        }
    }
}

/// Checks that a text or list was given, unless it is already refused.
pub(super) fn required(violations: &mut Violations, field: &str, is_empty: bool) {
    if is_empty && !violations.is_refused(field) {
        violations.add(field, "is required");
    }
}

/// Checks the length of a list or map.
pub(super) fn at_most(violations: &mut Violations, field: &str, len: usize, len_max: usize) {
    if len > len_max {
        violations.add(
            field,
            format!("{len} entries are too many; at most {len_max}"),
        );
    }
}

/// Checks that no item of a list is the `same` as an earlier one. Messages name the fields `keys`
/// that are compared, or the item itself when `keys` is empty. Items with an already refused key
/// are skipped.
pub(super) fn unique<T>(
    violations: &mut Violations,
    field: &str,
    items: &[T],
    keys: &[&str],
    same: impl Fn(&T, &T) -> bool,
) {
    let path = |index: usize| format!("{field}[{index}]");
    let is_sound = |violations: &Violations, index: usize| match keys {
        [] => !violations.is_refused(&path(index)),
        keys => !keys
            .iter()
            .any(|key| violations.is_refused(&format!("{}.{key}", path(index)))),
    };
    for (index, item) in items.iter().enumerate() {
        let earlier = items[..index]
            .iter()
            .position(|earlier| same(earlier, item));
        if let Some(first) = earlier
            && is_sound(violations, first)
            && is_sound(violations, index)
        {
            let what = match keys {
                [] => path(first),
                keys => format!("{} of {}", keys.join(", "), path(first)),
            };
            violations.add(&path(index), format!("repeats {what}; list it once"));
        }
    }
}

fn check(
    violations: &mut Violations,
    field: &str,
    text: &str,
    chars_max: usize,
    allowed: impl Fn(char) -> bool,
) {
    if let Some(flaw) = flaw(text, chars_max, allowed) {
        violations.add(field, flaw);
    }
}

fn flaw(text: &str, chars_max: usize, allowed: impl Fn(char) -> bool) -> Option<String> {
    // A text has at least as many bytes as characters, and its byte length is known.
    if text.len() > chars_max {
        let chars = text.chars().count();
        if chars > chars_max {
            return Some(format!(
                "{chars} characters are too many; at most {chars_max}"
            ));
        }
    }
    if text.starts_with(char::is_whitespace) || text.ends_with(char::is_whitespace) {
        return Some("begins or ends with white space; remove it".to_owned());
    }
    if !may_have_controls(text) {
        return None;
    }
    let mut chars = text.chars().enumerate();
    let (at, bad) = chars.find(|(_, c)| c.is_control() && !allowed(*c))?;
    let code = u32::from(bad);
    Some(format!(
        "has the control character U+{code:04X} at {}; remove it",
        at + 1
    ))
}

/// Returns whether any byte can begin a control character. It scans all bytes without an early
/// exit, many at once, because most texts have none.
fn may_have_controls(text: &str) -> bool {
    let begins_one = |byte| byte < b' ' || byte == 0x7F || byte == 0xC2;
    text.bytes()
        .fold(false, |found, byte| found | begins_one(byte))
}

#[cfg(test)]
mod tests {
    use super::*;

    type Rule = fn(&mut Violations, &str, &str, usize);

    fn complaint(rule: Rule, text: &str) -> String {
        let mut violations = Violations::default();
        rule(&mut violations, "title", text, 5);
        violations.to_string()
    }

    #[test]
    fn length_counts_characters_and_not_bytes() {
        assert_eq!(complaint(line, "半導体協定"), "");
        assert_eq!(
            complaint(line, "半導体協定書"),
            "title: 6 characters are too many; at most 5"
        );
    }

    #[test]
    fn white_space_around_a_text_is_refused_and_not_trimmed() {
        for bad in [" a", "a ", "a\n", "\u{3000}a", " "] {
            assert!(complaint(prose, bad).contains("white space"), "{bad:?}");
        }
        assert_eq!(complaint(line, "a b"), "");
    }

    /// Trial A15.
    #[test]
    fn a15_joiners_are_allowed_where_scripts_need_them() {
        for good in [
            "میخواهم",
            "می\u{200C}خواهم",
            "ക്\u{200D}ഷ",
            "ന്\u{200D}",
            "👩\u{200D}💻",
            "❤\u{FE0F}\u{200D}🔥",
            "辻\u{E0100}",
            "Věra Jourová",
        ] {
            assert_eq!(invisible(good), None, "{good:?}");
        }
        for (bad, at) in [
            ("\u{200B}", 0),
            ("a\u{202E}b", 1),
            ("a\u{200D}b", 1),
            ("\u{200C}می", 0),
            ("می\u{200C}\u{200C}خ", 3),
            ("a\u{2028}b", 1),
        ] {
            assert_eq!(invisible(bad).map(|(at, _)| at), Some(at), "{bad:?}");
        }
    }

    #[test]
    fn line_feeds_and_tabs_are_allowed_in_prose_only() {
        assert_eq!(complaint(prose, "a\n\tb"), "");
        assert!(complaint(line, "a\nb").contains("U+000A at 2"));
        assert!(complaint(prose, "a\r\nb").contains("U+000D"));
        assert!(complaint(prose, "a\0b").contains("U+0000"));
        assert!(complaint(prose, "a\u{7f}b").contains("U+007F at 2"));
        assert!(complaint(prose, "a\u{85}b").contains("U+0085 at 2"));
        assert_eq!(complaint(line, "a\u{a0}«b"), "");
    }
}
