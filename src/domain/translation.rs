//! Translations of title and summary.

use super::{LanguageTag, TextOrigin, Violations, limits::TRANSLATIONS_MAX, text_rules};

/// Title and summary in another language.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Translation {
    /// The language; unique, and not that of the original.
    pub language_code: LanguageTag,
    /// At most 500 characters.
    pub title: String,
    /// At most 8,000 characters.
    pub summary: String,
    /// Who made it, when known.
    pub origin: Option<TextOrigin>,
}

/// Checks the field `translations` of a text whose language is `original`.
pub(super) fn check(
    translations: &[Translation],
    original: &LanguageTag,
    violations: &mut Violations,
) {
    text_rules::at_most(
        violations,
        "translations",
        translations.len(),
        TRANSLATIONS_MAX,
    );
    violations.each("translations", translations, |translation, scope| {
        text_rules::line(scope, "title", &translation.title, 500);
        text_rules::prose(scope, "summary", &translation.summary, 8_000);
        if translation.language_code == *original {
            let reason = format!("{original} is the language of the original; change the original");
            scope.add("language_code", reason);
        }
    });
    text_rules::unique(
        violations,
        "translations",
        translations,
        &["language_code"],
        |one, other| one.language_code == other.language_code,
    );
}
