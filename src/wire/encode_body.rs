use super::encode_parts::{code, date, identifier, source, text};
use crate::{
    domain::{BodyContent, BodyName, BodySuccession, ResourceName, Vocabulary as _},
    proto::v1,
};

/// Encodes the content of a body under its name, with the computed bounds of its dates.
pub fn encode_body(name: &ResourceName, content: &BodyContent) -> v1::Body {
    let same_as = content.same_as.iter();
    v1::Body {
        name: name.to_string(),
        kind: content.kind.code(),
        kind_other: content.kind_other.clone(),
        display_name: content.display_name.clone(),
        language_code: text(content.language_code.as_ref()),
        names: content.names.iter().map(body_name).collect(),
        country_code: text(content.country_code.as_ref()),
        established: content.established.as_ref().map(date),
        dissolved: content.dissolved.as_ref().map(date),
        predecessors: content.predecessors.iter().map(succession).collect(),
        successors: content.successors.iter().map(succession).collect(),
        identifiers: content.identifiers.iter().map(identifier).collect(),
        same_as: same_as.map(|address| address.to_string()).collect(),
        sources: content.sources.iter().map(source).collect(),
        notes: content.notes.clone(),
        ..Default::default()
    }
}

fn body_name(from: &BodyName) -> v1::BodyName {
    v1::BodyName {
        text: from.text.clone(),
        language_code: text(from.language_code.as_ref()),
        r#type: code(from.name_type),
        since: from.since.as_ref().map(date),
        until: from.until.as_ref().map(date),
    }
}

fn succession(from: &BodySuccession) -> v1::BodySuccession {
    v1::BodySuccession {
        body: ResourceName::Body(from.body.clone()).to_string(),
        date: from.date.as_ref().map(date),
        note: from.note.clone(),
    }
}
