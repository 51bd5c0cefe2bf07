//! Statements of sources that disagree, and reasons for changes.

use super::{
    Reason, Slug, Source, Verdict, Violations,
    field_path::{self, EVENT_FIELDS},
    limits::CLAIMS_MAX,
    source, text_rules,
};

/// What some source says about one field, kept when sources disagree.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Claim {
    /// The path of the field, as in update masks.
    pub field_path: String,
    /// What is claimed. At most 2,000 characters.
    pub claim: String,
    /// Ids of the event's sources that make the claim; at least one.
    pub sources: Vec<Slug>,
    /// What became of it.
    pub verdict: Verdict,
    /// Why. At most 2,000 characters.
    pub note: String,
}

/// Why a revision was written.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct ChangeNote {
    /// The sort of reason, if given.
    pub reason: Option<Reason>,
    /// At most 2,000 characters.
    pub text: String,
    /// Ids of the sources that the change rests on.
    pub sources: Vec<Slug>,
}

/// Checks the field `claims` of an event with these `sources`.
pub(super) fn check(claims: &[Claim], sources: &[Source], violations: &mut Violations) {
    text_rules::at_most(violations, "claims", claims.len(), CLAIMS_MAX);
    violations.each("claims", claims, |claim, scope| {
        if let Err(reason) = field_path::check(&claim.field_path, EVENT_FIELDS) {
            scope.add("field_path", reason);
        }
        text_rules::required(scope, "claim", claim.claim.is_empty());
        text_rules::prose(scope, "claim", &claim.claim, 2_000);
        text_rules::required(scope, "sources", claim.sources.is_empty());
        // An event without sources is already refused for that.
        if !sources.is_empty() {
            source::check_references(&claim.sources, sources, scope);
        }
        text_rules::prose(scope, "note", &claim.note, 2_000);
    });
}

impl ChangeNote {
    /// Checks the note on a resource with these `sources`.
    pub fn check(&self, sources: &[Source], violations: &mut Violations) {
        text_rules::prose(violations, "text", &self.text, 2_000);
        source::check_references(&self.sources, sources, violations);
    }
}
