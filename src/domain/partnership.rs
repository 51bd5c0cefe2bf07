//! One partnership.

use super::{
    FuzzyDate, LanguageTag, Party, Slug, Source, Translation, Violations,
    field_path::PARTNERSHIP_FIELDS, limits::TOPICS_MAX, party, source, text_rules, translation,
};

/// What its publisher says about one partnership. The fields are those of `entente.v1.Partnership`.
/// An empty text or `None` means that the field is not set.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct PartnershipContent {
    /// Required. At most 500 characters.
    pub display_name: String,
    /// The language of the name; `None` means English.
    pub language_code: Option<LanguageTag>,
    /// The name (as title) and a description (as summary) in other languages.
    pub translations: Vec<Translation>,
    /// `partnership`, `treaty`, `dialogue` and so on.
    pub form: Option<Slug>,
    /// The parties of the relationship, and those that lead the work.
    pub parties: Vec<Party>,
    /// When it was set up.
    pub established: Option<FuzzyDate>,
    /// Topics, from the publisher's own list.
    pub topics: Vec<Slug>,
    /// `active`, `in-negotiation` and so on.
    pub status: Option<Slug>,
    /// At least one.
    pub sources: Vec<Source>,
    /// At most 4,000 characters.
    pub notes: String,
}

impl PartnershipContent {
    /// Returns the language of the name.
    pub fn language(&self) -> LanguageTag {
        self.language_code
            .clone()
            .unwrap_or_else(LanguageTag::english)
    }

    /// Checks every rule that the types of the fields do not ensure.
    pub fn check(&self, violations: &mut Violations) {
        text_rules::required(violations, "display_name", self.display_name.is_empty());
        text_rules::line(violations, "display_name", &self.display_name, 500);
        translation::check(&self.translations, &self.language(), violations);
        party::check(&self.parties, violations);
        if let Some(established) = &self.established {
            violations.at("established", |scope| established.check(scope));
        }
        text_rules::at_most(violations, "topics", self.topics.len(), TOPICS_MAX);
        text_rules::unique(violations, "topics", &self.topics, &[], Slug::eq);
        source::check(&self.sources, PARTNERSHIP_FIELDS, violations);
        text_rules::prose(violations, "notes", &self.notes, 4_000);
    }
}
