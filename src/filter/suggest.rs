use crate::domain::{CountryCode, Slug};

use super::{
    error::shorten,
    field::{Field, fields},
    lexer::{Operator, is_word},
    lookup::{OTHER_NAMES, find, info},
    normal,
    schema::{FieldInfo, FieldKind, Schema},
    vocabulary::ClosedList,
};

/// Longest suggestion, in characters.
const SUGGESTION_MAX: usize = 200;
/// Less alike than this, a guess would mislead.
const ALIKE_MIN: f64 = 0.8;
/// Longer texts are not compared, in bytes: it takes the product of both lengths.
const ALIKE_LEN_MAX: usize = 120;
/// There are many countries and words, of which several begin alike.
const COUNTRIES_ALIKE_MIN: f64 = 0.92;
const WORDS_ALIKE_MIN: f64 = 0.9;

/// The candidate most like the text, if any is much like it.
pub(super) fn nearest<'a>(
    text: &str,
    candidates: impl IntoIterator<Item = &'a str>,
) -> Option<&'a str> {
    most_alike(text, candidates, ALIKE_MIN)
}

/// The word most like another, of the many that texts have.
pub(super) fn nearest_word<'a>(
    text: &str,
    candidates: impl IntoIterator<Item = &'a str>,
) -> Option<&'a str> {
    most_alike(text, candidates, WORDS_ALIKE_MIN)
}

fn most_alike<'a>(
    text: &str,
    candidates: impl IntoIterator<Item = &'a str>,
    min: f64,
) -> Option<&'a str> {
    let is_short = |text: &str| text.len() <= ALIKE_LEN_MAX;
    if !is_short(text) {
        return None;
    }
    let text = text.to_lowercase();
    let likeness = |it: &str| strsim::jaro_winkler(&text, &it.to_lowercase());
    let candidates = candidates.into_iter().filter(|it| is_short(it));
    candidates
        .map(|it| (likeness(it), it))
        .filter(|(likeness, _)| *likeness >= min)
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
    let country = CountryCode::parse(text).or_else(|_| CountryCode::named(text).ok_or(()));
    match country {
        Ok(country) => format!("{}:{country}", Field::Party.name()),
        Err(_) => format!(
            "{}:{}",
            Field::Text.name(),
            normal::in_quotes(&shorten(text, 60))
        ),
    }
}

/// What to write for several values of one field with commas between them.
pub(super) fn any_of(field: &str, operator: Operator, list: &str) -> Option<String> {
    let term = |value| match operator {
        Operator::Has => format!("{field}:{value}"),
        operator => format!("{field} {} {value}", operator.symbol()),
    };
    let between = match operator {
        Operator::NotEqual => " AND ",
        _ => " OR ",
    };
    let terms: Vec<String> = listed(list).map(|value| term(written(value))).collect();
    (terms.len() > 1)
        .then_some(terms)
        .and_then(|terms| short(format!("({})", terms.join(between))))
}

/// The values of a list with commas between them, perhaps in brackets.
pub(super) fn listed(list: &str) -> impl Iterator<Item = &str> {
    let list = list.trim_matches(['[', ']', '{', '}']);
    list.split(',')
        .map(str::trim)
        .filter(|value| !value.is_empty())
}

/// A value as it can stand in a filter.
pub(super) fn written(value: &str) -> String {
    let is_bare = value.chars().all(is_word)
        && !value.starts_with('-')
        && !matches!(value, "AND" | "OR" | "NOT");
    match is_bare {
        true => value.to_owned(),
        false => normal::in_quotes(value),
    }
}

/// The code of the country whose name was probably meant.
pub(super) fn country(text: &str) -> Option<String> {
    let named = CountryCode::named(text).map(|code| code.to_string());
    let alike = || {
        let names = CountryCode::names().map(|(name, _)| name);
        let name = most_alike(text, names, COUNTRIES_ALIKE_MIN)?;
        CountryCode::named(name).map(|code| code.to_string())
    };
    named.or_else(alike)
}

/// A suggestion that is not too long for an error: a part of one would mislead.
pub(super) fn short(suggestion: String) -> Option<String> {
    Some(suggestion).filter(|text| text.chars().count() <= SUGGESTION_MAX)
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
