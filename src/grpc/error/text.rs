//! Clients' own texts, shortened for messages to them.

/// Longest text of a client's own that is repeated to it. Statuses travel in HTTP/2 trailers, which
/// are bounded.
const TEXT_LEN_MAX: usize = 300;

/// Joins words into one text, as many whole ones as fit.
pub(super) fn listed(words: &[String]) -> String {
    let mut listed = String::new();
    for (at, word) in words.iter().enumerate() {
        let separator = if at == 0 { "" } else { ", " };
        if at > 0 && listed.len() + separator.len() + word.len() > TEXT_LEN_MAX {
            return format!("{listed}, …");
        }
        listed.extend([separator, word]);
    }
    short(&listed)
}

/// The text, or its beginning.
pub(super) fn short(text: &str) -> String {
    match text.len() {
        0..=TEXT_LEN_MAX => text.to_owned(),
        _ => format!("{}…", &text[..text.floor_char_boundary(TEXT_LEN_MAX)]),
    }
}
