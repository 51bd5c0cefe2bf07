//! The same text in other languages.

use super::{LanguageTag, TextOrigin, Violations, limits::TRANSLATIONS_MAX, text};

/// Title and summary in another language.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Translation {
    /// The language; not that of the original, and once per event.
    pub language_code: LanguageTag,
    /// At most 500 characters.
    pub title: String,
    /// At most 8,000 characters.
    pub summary: String,
    /// Who made it, when known.
    pub origin: Option<TextOrigin>,
}

/// Checks the field `translations` of a text in language `original`.
pub(super) fn check(
    translations: &[Translation],
    original: &LanguageTag,
    violations: &mut Violations,
) {
    text::at_most(
        violations,
        "translations",
        translations.len(),
        TRANSLATIONS_MAX,
    );
    violations.each("translations", translations, |translation, scope| {
        text::line(scope, "title", &translation.title, 500);
        text::prose(scope, "summary", &translation.summary, 8_000);
        if translation.language_code == *original {
            let reason = format!("{original} is the language of the original; change the original");
            scope.add("language_code", reason);
        }
    });
    text::unique(
        violations,
        "translations",
        translations,
        &["language_code"],
        |one, other| one.language_code == other.language_code,
    );
}
