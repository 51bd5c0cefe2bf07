//! Sources of facts, and references to them.

use super::{
    AbsoluteUri, FuzzyDate, LanguageTag, Moment, Reliability, Sha256Hex, Slug, SourceType,
    Violations, field_path,
    limits::{SOURCES_MAX, SUPPORTS_MAX},
    text_rules,
};

/// Where a fact came from. Only its existence is required: address, date and title may be unknown.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Source {
    /// Unique in the resource; claims and change notes refer to it.
    pub id: Slug,
    /// Who is behind it, when known.
    pub source_type: Option<SourceType>,
    /// At most 300 characters.
    pub publisher: String,
    /// At most 500 characters.
    pub title: String,
    /// Its address, which may no longer exist.
    pub uri: Option<AbsoluteUri>,
    /// Its language.
    pub language_code: Option<LanguageTag>,
    /// When it was published.
    pub publish_date: Option<FuzzyDate>,
    /// When it was retrieved.
    pub retrieve_time: Option<Moment>,
    /// Digest of the retrieved bytes.
    pub content_sha256: Option<Sha256Hex>,
    /// How reliable it is in general; unset reads as F.
    pub reliability: Option<Reliability>,
    /// Admiralty credibility of what it says, 1 (confirmed) to 6 (cannot be judged); 0 reads as 6.
    pub credibility: i32,
    /// Paths of the fields that it supports; empty means all.
    pub supports: Vec<String>,
    /// The site that holds the copy that was read, when it is not the publisher's. At most 300
    /// characters.
    pub via: String,
    /// The file that holds the copy that was read. At most 300 characters.
    pub file: String,
    /// At most 2,000 characters.
    pub note: String,
    /// Where in the document the evidence stands. At most 300 characters.
    pub quote_locator: String,
    /// Digest of the words there.
    pub quote_sha256: Option<Sha256Hex>,
    /// When the document was last checked and still said the same.
    pub verify_time: Option<Moment>,
}

/// Checks the field `sources` of a resource with these `fields`: there is at least one source, and
/// ids are unique.
pub(super) fn check(sources: &[Source], fields: &[&str], violations: &mut Violations) {
    text_rules::required(violations, "sources", sources.is_empty());
    text_rules::at_most(violations, "sources", sources.len(), SOURCES_MAX);
    violations.each("sources", sources, |source, scope| {
        source.check(fields, scope)
    });
    text_rules::unique(violations, "sources", sources, &["id"], |one, other| {
        one.id == other.id
    });
}

/// Checks that the list `sources` of a claim or note refers to sources that exist.
pub(super) fn check_references(ids: &[Slug], sources: &[Source], violations: &mut Violations) {
    text_rules::at_most(violations, "sources", ids.len(), SOURCES_MAX);
    violations.each("sources", ids, |id, scope| {
        if !sources.iter().any(|source| source.id == *id) {
            scope.add(
                "",
                format!("no source has the id {id}; add the source or correct the id"),
            );
        }
    });
}

impl Source {
    /// Returns a source with nothing but an id.
    pub fn new(id: Slug) -> Self {
        Self {
            id,
            source_type: None,
            publisher: String::new(),
            title: String::new(),
            uri: None,
            language_code: None,
            publish_date: None,
            retrieve_time: None,
            content_sha256: None,
            reliability: None,
            credibility: 0,
            supports: Vec::new(),
            via: String::new(),
            file: String::new(),
            note: String::new(),
            quote_locator: String::new(),
            quote_sha256: None,
            verify_time: None,
        }
    }

    fn check(&self, fields: &[&str], violations: &mut Violations) {
        text_rules::line(violations, "publisher", &self.publisher, 300);
        text_rules::line(violations, "title", &self.title, 500);
        if let Some(date) = &self.publish_date {
            violations.at("publish_date", |scope| date.check(scope));
        }
        if !(0..=6).contains(&self.credibility) {
            let reason = format!(
                "{} is not on the Admiralty scale; write 1 to 6",
                self.credibility
            );
            violations.add("credibility", reason);
        }
        text_rules::at_most(violations, "supports", self.supports.len(), SUPPORTS_MAX);
        violations.each("supports", &self.supports, |path, scope| {
            if let Err(reason) = field_path::check(path, fields) {
                scope.add("", reason);
            }
        });
        text_rules::line(violations, "via", &self.via, 300);
        text_rules::line(violations, "file", &self.file, 300);
        text_rules::prose(violations, "note", &self.note, 2_000);
        if !self.quote_locator.is_empty() {
            text_rules::line(violations, "quote_locator", &self.quote_locator, 300);
            text_rules::visible(violations, "quote_locator", &self.quote_locator);
        }
    }
}
