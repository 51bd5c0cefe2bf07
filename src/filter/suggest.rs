use crate::domain::{CountryCode, Slug};

use super::{
    error::shorten,
    fields::{OTHER_NAMES, fields, find, info},
    normal,
    schema::{Field, FieldInfo, FieldKind, Schema},
    vocabulary::ClosedList,
};

/// Less alike than this, a guess would mislead.
const ALIKE_MIN: f64 = 0.8;

/// The candidate most like the text, if any is much like it.
pub(super) fn nearest<'a>(
    text: &str,
    candidates: impl IntoIterator<Item = &'a str>,
) -> Option<&'a str> {
    let text = text.to_lowercase();
    candidates
        .into_iter()
        .map(|candidate| {
            (
                strsim::jaro_winkler(&text, &candidate.to_lowercase()),
                candidate,
            )
        })
        .filter(|(likeness, _)| *likeness >= ALIKE_MIN)
        .max_by(|(a, _), (b, _)| a.total_cmp(b))
        .map(|(_, candidate)| candidate)
}

/// The field that was probably meant.
pub(super) fn field(text: &str, schema: Schema) -> Option<String> {
    let lower = text.to_ascii_lowercase();
    OTHER_NAMES
        .iter()
        .find(|(name, _)| *name == lower)
        .and_then(|(_, field)| info(schema, *field))
        .map(|info| info.name)
        .or_else(|| nearest(text, fields(schema).iter().map(|info| info.name)))
        .map(|name| match name == Field::Annotations.name() {
            true => format!("{name}.my-key"),
            false => name.to_owned(),
        })
}

/// The term that was probably meant by a value alone.
pub(super) fn term(text: &str, schema: Schema) -> String {
    if let Some(info) = find(schema, text) {
        return started(info);
    }
    let listed = fields(schema)
        .iter()
        .filter(|info| info.kind == FieldKind::Enum);
    for info in listed {
        if let Some(value) = ClosedList::of(info.field).and_then(|list| list.find(text)) {
            return format!("{} = {value}", info.name);
        }
    }
    match CountryCode::parse(text) {
        Ok(country) => format!("{}:{country}", Field::Party.name()),
        Err(_) => format!(
            "{}:{}",
            Field::Text.name(),
            normal::in_quotes(&shorten(text, 60))
        ),
    }
}

fn started(info: &FieldInfo) -> String {
    match info.kind {
        FieldKind::Flag => format!("{} = true", info.name),
        _ if info.always_set => format!("{} = …", info.name),
        _ => format!("{}:*", info.name),
    }
}

/// The text as a slug, if it has the makings of one.
pub(super) fn kebab(text: &str) -> Option<String> {
    let lower = text.to_ascii_lowercase();
    let words = lower.split(|c: char| !c.is_ascii_alphanumeric());
    let words: Vec<&str> = words.filter(|word| !word.is_empty()).collect();
    Slug::parse(&words.join("-"))
        .ok()
        .map(|slug| slug.to_string())
}
