//! How the letters of a text are compared: one form for every way to write the same letter.

use unicode_normalization::UnicodeNormalization as _;

use super::scripts::{is_katakana, is_unspaced};

/// Characters that count as others, though Unicode does not decompose them. In order.
const FOLDS: &[(char, &str)] = &[
    // Latin letters with a stroke, ligatures and letters of one language: on other keyboards they are
    // typed like this.
    ('æ', "ae"), // Danish, Norwegian, Icelandic: Æ is written out where it is missing.
    ('ð', "d"),  // Icelandic, as in passports.
    ('ø', "o"),  // Danish, Norwegian.
    ('þ', "th"), // Icelandic, as in passports.
    ('đ', "d"),  // Croatian, Vietnamese.
    ('ħ', "h"),  // Maltese.
    ('ı', "i"),  // Turkish: the capital letter is that of i.
    ('ĸ', "k"),  // Greenlandic, before its reform.
    ('ł', "l"),  // Polish.
    ('ŋ', "n"),  // Sami.
    ('œ', "oe"), // French.
    ('ŧ', "t"),  // Sami.
    ('ə', "a"),  // Azerbaijani: Əliyev is written Aliyev.
    ('\u{640}', ""), // Arabic: it stretches a word and is no letter.
    ('‐', "-"),  // The hyphen that is no minus; that which does not break becomes it.
    // Old forms of Han characters, as in Taiwan and in names, whose new form is the same in Japan and China,
    // and forms of names that Japanese write for each other. Unicode keeps them apart because standards
    // did.
    ('來', "来"),
    ('冨', "富"),
    ('區', "区"),
    ('參', "参"),
    ('國', "国"),
    ('學', "学"),
    ('寶', "宝"),
    ('將', "将"),
    ('廣', "広"),
    ('德', "徳"),
    ('惠', "恵"),
    ('數', "数"),
    ('會', "会"),
    ('櫻', "桜"),
    ('澤', "沢"),
    ('濱', "浜"),
    ('濵', "浜"),
    ('獨', "独"),
    ('當', "当"),
    ('眞', "真"),
    ('臺', "台"),
    ('與', "与"),
    ('萬', "万"),
    ('號', "号"),
    ('邉', "辺"),
    ('邊', "辺"),
    ('醫', "医"),
    ('雙', "双"),
    ('體', "体"),
    ('髙', "高"),
    ('點', "点"),
    ('黨', "党"),
    ('齊', "斉"),
    ('齋', "斎"),
    ('龍', "竜"),
    ('﨑', "崎"), // Unicode counts it among the compatibility forms, but gives none.
    ('𠮷', "吉"),
];

/// Returns the text with every letter in the form in which letters are compared.
///
/// Compatibility forms become plain ones (NFKD, then NFC), so that `６Ｇ` is `6g` and half-width katakana
/// are katakana. Case is folded in full, so that `ß` is `ss` and a final sigma a sigma. Characters that
/// are not to be seen are dropped, and so are marks on Latin, Greek and Cyrillic letters, and a middle
/// dot between katakana.
pub(super) fn folded(text: &str) -> String {
    let mut folded = String::new();
    fold_into(text, &mut folded);
    folded
}

/// Appends the text in that form.
pub(super) fn fold_into(text: &str, texts: &mut String) {
    if text.is_ascii() {
        // Most texts are ASCII and need no decomposition, which is most of the work.
        let begin = texts.len();
        texts.push_str(text);
        texts[begin..].make_ascii_lowercase();
        return;
    }
    let mut folded = String::with_capacity(text.len());
    let shown = text.chars().filter(|c| !is_ignorable(*c)).map(grouping);
    for c in shown.nfkd() {
        fold(c, |c| {
            if !is_mark(c) {
                folded.push(c);
            }
        });
    }
    append_without_dots(folded.nfc(), texts);
}

/// Calls `put` with the characters that stand for one.
fn fold(c: char, mut put: impl FnMut(char)) {
    if c.is_ascii() {
        put(c.to_ascii_lowercase());
    } else if is_unspaced(c) || !c.is_alphabetic() {
        replace(c, put);
    } else {
        // Unicode folds case to what lower, upper and lower case lead to.
        let lower = c.to_lowercase().flat_map(char::to_uppercase);
        lower
            .flat_map(char::to_lowercase)
            .for_each(|c| replace(c, &mut put));
    }
}

fn replace(c: char, mut put: impl FnMut(char)) {
    match FOLDS.binary_search_by_key(&c, |(from, _)| *from) {
        Ok(at) => FOLDS[at].1.chars().for_each(put),
        Err(_) => put(c),
    }
}

/// Returns a comma for the spaces that group digits, which are separators elsewhere as well.
fn grouping(c: char) -> char {
    match c {
        '\u{A0}' | '\u{2007}' | '\u{2009}' | '\u{202F}' => ',',
        c => c,
    }
}

/// Appends a text without the middle dots between katakana, which are written or left out at will.
fn append_without_dots(chars: impl Iterator<Item = char>, texts: &mut String) {
    let mut after_katakana = false;
    let mut chars = chars.peekable();
    while let Some(c) = chars.next() {
        let is_dot =
            c == '・' && after_katakana && chars.peek().is_some_and(|next| is_katakana(*next));
        if !is_dot {
            texts.push(c);
            after_katakana = is_katakana(c);
        }
    }
}

/// Returns whether `c` is a mark of the scripts whose words are found without their marks.
fn is_mark(c: char) -> bool {
    ('\u{300}'..='\u{36F}').contains(&c)
}

/// Returns whether `c` is by default not shown, such as a soft hyphen, a joiner of zero width or a
/// variation selector.
fn is_ignorable(c: char) -> bool {
    matches!(c,
        '\u{AD}'
        | '\u{34F}'
        | '\u{61C}'
        | '\u{115F}'..='\u{1160}'
        | '\u{17B4}'..='\u{17B5}'
        | '\u{180B}'..='\u{180F}'
        | '\u{200B}'..='\u{200F}'
        | '\u{202A}'..='\u{202E}'
        | '\u{2060}'..='\u{206F}'
        | '\u{3164}'
        | '\u{FE00}'..='\u{FE0F}'
        | '\u{FEFF}'
        | '\u{FFA0}'
        | '\u{FFF0}'..='\u{FFF8}'
        | '\u{1BCA0}'..='\u{1BCA3}'
        | '\u{1D173}'..='\u{1D17A}'
        | '\u{E0000}'..='\u{E0FFF}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_is_in_order_and_leads_to_what_stays() {
        assert!(FOLDS.is_sorted_by_key(|(from, _)| *from));
        for (from, to) in FOLDS {
            assert_eq!(folded(to), *to, "{from}");
        }
    }

    #[test]
    fn every_character_of_unicode_folds_once_and_in_either_case() {
        for c in (0x80..=0x10_FFFF).filter_map(char::from_u32) {
            let once = folded(&c.to_string());
            assert_eq!(folded(&once), once, "U+{:04X}", c as u32);
            let (upper, lower) = (c.to_uppercase().collect::<String>(), c.to_lowercase());
            assert_eq!(folded(&upper), once, "U+{:04X}", c as u32);
            assert_eq!(
                folded(&lower.collect::<String>()),
                once,
                "U+{:04X}",
                c as u32
            );
        }
    }

    #[test]
    fn c3_letters_are_compared_in_one_form() {
        for (text, same) in [
            ("STRASSBURGER", "Straßburger"),
            ("ΕΝΩΣΗΣ", "Ένωσης"),
            ("Łódź", "lodz"),
            ("Ørsted", "orsted"),
            ("cœur", "COEUR"),
            ("Đorđe", "dorde"),
            ("Diyarbakır", "DIYARBAKIR"),
            ("Þórður", "thordur"),
            ("Marsaxlokk Ħal", "marsaxlokk hal"),
            ("Digi\u{AD}tal", "digital"),
            ("zero\u{200B}width", "zerowidth"),
            ("葛\u{E0100}城", "葛城"),
            ("宮﨑", "宮崎"),
            ("渡邉", "渡辺"),
            ("マイクロン・テクノロジー", "ﾏｲｸﾛﾝﾃｸﾉﾛｼﾞｰ"),
            ("12\u{202F}000", "12,000"),
            ("semi\u{2011}conductor", "semi-conductor"),
        ] {
            assert_eq!(folded(text), folded(same), "{text}");
        }
        for (text, other) in [("日・EU", "日EU"), ("かき", "がぎ"), ("हद", "हिंदी")]
        {
            assert_ne!(folded(text), folded(other), "{text}");
        }
    }
}
