//! One partnership.

use super::{
    AbsoluteUri, FuzzyDate, Identifier, LanguageTag, Party, ResourceName, Slug, Source,
    Translation, Violations,
    field_path::PARTNERSHIP_FIELDS,
    identifier,
    limits::{SUCCESSORS_MAX, TOPICS_MAX},
    party, source, text_rules, translation,
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
    /// When it ended.
    pub ended: Option<FuzzyDate>,
    /// Slugs of the partnerships that replaced it, which may not have been published yet.
    pub successors: Vec<Slug>,
    /// Official numbers and other identifiers.
    pub identifiers: Vec<Identifier>,
    /// Web addresses of records elsewhere about the same thing.
    pub same_as: Vec<AbsoluteUri>,
}

impl PartnershipContent {
    /// Returns the language of the name.
    pub fn language(&self) -> LanguageTag {
        self.language_code
            .clone()
            .unwrap_or_else(LanguageTag::english)
    }

    /// Returns the bodies and partnerships that it names, each with its field.
    pub fn references(&self) -> Vec<(String, ResourceName)> {
        let bodies = self.parties.iter().enumerate().filter_map(|(at, party)| {
            let body = party.body.clone()?;
            Some((format!("parties[{at}].body"), ResourceName::Body(body)))
        });
        let successors = self.successors.iter().enumerate().map(|(at, slug)| {
            let partnership = ResourceName::Partnership(slug.clone());
            (format!("successors[{at}]"), partnership)
        });
        bodies.chain(successors).collect()
    }

    /// Checks every rule that the types of the fields do not ensure, for the partnership with this slug.
    pub fn check(&self, slug: Option<&Slug>, violations: &mut Violations) {
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
        if let Some(ended) = &self.ended {
            violations.at("ended", |scope| ended.check(scope));
        }
        FuzzyDate::check_order(
            violations,
            ("established", self.established.as_ref()),
            ("ended", self.ended.as_ref()),
        );
        self.check_successors(slug, violations);
        identifier::check(&self.identifiers, violations);
        identifier::check_same_as(&self.same_as, violations);
    }

    fn check_successors(&self, own: Option<&Slug>, violations: &mut Violations) {
        let (field, successors) = ("successors", &self.successors);
        text_rules::at_most(violations, field, successors.len(), SUCCESSORS_MAX);
        violations.each(field, successors, |successor, scope| {
            if own == Some(successor) {
                scope.add("", "is the partnership itself; name what replaced it");
            }
        });
        text_rules::unique(violations, field, successors, &[], Slug::eq);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Trial F9.
    #[test]
    fn f9_a_partnership_ends_after_it_began_and_is_not_its_own_successor() {
        let slug = |text: &str| Slug::parse(text).expect(text);
        let complaints = |ended: &str, successors: &[&str]| {
            let content = PartnershipContent {
                display_name: "A dialogue".into(),
                language_code: None,
                translations: Vec::new(),
                form: None,
                parties: Vec::new(),
                established: FuzzyDate::new("2022-05", "").ok(),
                topics: Vec::new(),
                status: None,
                sources: vec![Source::new(slug("press"))],
                notes: String::new(),
                ended: FuzzyDate::new(ended, "").ok(),
                successors: successors.iter().map(|it| slug(it)).collect(),
                identifiers: Vec::new(),
                same_as: Vec::new(),
            };
            let mut violations = Violations::default();
            content.check(Some(&slug("dialogue")), &mut violations);
            let fields = violations.into_iter().map(|violation| violation.field);
            fields.collect::<Vec<_>>().join(" ")
        };
        assert_eq!(complaints("2025", &["council", "talks"]), "");
        // It may have ended later in that year.
        assert_eq!(complaints("2022", &[]), "");
        assert_eq!(complaints("2022-04", &[]), "ended.edtf");
        assert_eq!(complaints("", &["dialogue"]), "successors[0]");
        assert_eq!(complaints("", &["council", "council"]), "successors[1]");
    }
}
