//! Decodes bodies.

use std::iter;

use bytes::Bytes;
use prost::Message as _;

use super::{
    decode::{date, list, required, required_word, slug_of, value, word},
    decode_parts::{identifier, source},
};
use crate::{
    domain::{
        AbsoluteUri, BodyContent, BodyName, BodySuccession, ResourceName, Slug, Violations,
        limits::{BODY_NAMES_MAX, BODY_SUCCESSIONS_MAX, IDENTIFIERS_MAX, SAME_AS_MAX, SOURCES_MAX},
    },
    proto::v1,
};

/// Returns all names of an encoded body; none if it cannot be decoded.
pub fn names_of_body(body: Bytes) -> Vec<String> {
    let body = v1::Body::decode(body).unwrap_or_default();
    let others = body.names.into_iter().map(|name| name.text);
    iter::once(body.display_name).chain(others).collect()
}

/// Decodes the content of the body with this slug. The name in the message and the output-only fields
/// are ignored.
///
/// # Errors
/// Returns every violation, by field path.
pub fn body_content(from: v1::Body, slug: Option<&Slug>) -> Result<BodyContent, Violations> {
    let mut violations = Violations::default();
    let found = &mut violations;
    let succession_max = BODY_SUCCESSIONS_MAX;
    let content = BodyContent {
        kind: required_word(found, "kind", from.kind),
        kind_other: from.kind_other,
        display_name: from.display_name,
        language_code: value(found, "language_code", &from.language_code),
        names: list(found, "names", from.names, BODY_NAMES_MAX, name),
        country_code: value(found, "country_code", &from.country_code),
        established: date(found, "established", from.established),
        dissolved: date(found, "dissolved", from.dissolved),
        predecessors: list(
            found,
            "predecessors",
            from.predecessors,
            succession_max,
            succession,
        ),
        successors: list(
            found,
            "successors",
            from.successors,
            succession_max,
            succession,
        ),
        identifiers: list(
            found,
            "identifiers",
            from.identifiers,
            IDENTIFIERS_MAX,
            identifier,
        ),
        same_as: same_as(found, from.same_as),
        sources: list(found, "sources", from.sources, SOURCES_MAX, source),
        notes: from.notes,
    };
    content.check(slug, found);
    violations.into_result(content)
}

/// Decodes the field `same_as`.
pub(super) fn same_as(found: &mut Violations, addresses: Vec<String>) -> Vec<AbsoluteUri> {
    list(
        found,
        "same_as",
        addresses,
        SAME_AS_MAX,
        |address, scope| required(scope, "", &address, "https://invalid.example"),
    )
}

fn name(from: v1::BodyName, found: &mut Violations) -> BodyName {
    BodyName {
        text: from.text,
        language_code: value(found, "language_code", &from.language_code),
        name_type: word(found, "type", from.r#type),
        since: date(found, "since", from.since),
        until: date(found, "until", from.until),
    }
}

fn succession(from: v1::BodySuccession, found: &mut Violations) -> BodySuccession {
    BodySuccession {
        body: slug_of(found, "body", &from.body, ResourceName::body_slug),
        date: date(found, "date", from.date),
        note: from.note,
    }
}
