/// Returns whether `c` belongs to a script that puts no spaces between words: Han, Hiragana, Katakana with
/// its length mark, Hangul, Thai, Lao, Burmese or Khmer.
///
/// Koreans do put spaces, but endings follow words without one, and compounds are written either way.
pub(super) fn is_unspaced(c: char) -> bool {
    matches!(c,
        '\u{E01}'..='\u{E3A}'
        | '\u{E40}'..='\u{E4E}'
        | '\u{E80}'..='\u{EFF}'
        | '\u{1000}'..='\u{1049}'
        | '\u{1050}'..='\u{109F}'
        | '\u{1100}'..='\u{11FF}'
        | '\u{1780}'..='\u{17D3}'
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

/// Returns whether `c` is a katakana letter or their length mark.
pub(super) fn is_katakana(c: char) -> bool {
    matches!(c, '\u{30A1}'..='\u{30FA}' | '\u{30FC}'..='\u{30FF}' | '\u{31F0}'..='\u{31FF}')
}
