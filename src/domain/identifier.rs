//! Official numbers and other identifiers, and addresses of records about the same thing.

use super::{
    AbsoluteUri, Slug, Violations,
    limits::{IDENTIFIERS_MAX, SAME_AS_MAX},
    text_rules,
};

/// An identifier in a scheme, such as a treaty number.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Identifier {
    /// `celex`, `un-treaty-series`, `wikidata`, `lei`, `ror` and so on.
    pub scheme: Slug,
    /// As its scheme writes it. At most 300 characters.
    pub value: String,
}

/// Checks the field `identifiers`: each identifier, and that none is listed twice.
pub(super) fn check(identifiers: &[Identifier], violations: &mut Violations) {
    let field = "identifiers";
    text_rules::at_most(violations, field, identifiers.len(), IDENTIFIERS_MAX);
    violations.each(field, identifiers, |identifier, scope| {
        text_rules::required(scope, "value", identifier.value.is_empty());
        text_rules::line(scope, "value", &identifier.value, 300);
        text_rules::visible(scope, "value", &identifier.value);
    });
    let keys = ["scheme", "value"];
    text_rules::unique(violations, field, identifiers, &keys, Identifier::eq);
}

/// Checks the field `same_as`: web addresses, none listed twice.
pub(super) fn check_same_as(addresses: &[AbsoluteUri], violations: &mut Violations) {
    text_rules::at_most(violations, "same_as", addresses.len(), SAME_AS_MAX);
    violations.each("same_as", addresses, |address, scope| {
        if !address.is_web() {
            let why =
                "is not a web address; write one that begins with https:// or http://, or leave it out";
            scope.add("", why);
        }
    });
    text_rules::unique(violations, "same_as", addresses, &[], AbsoluteUri::eq);
}
