use crate::domain::{self, CountryCode, Slug};

use super::{
    error::{FilterError, quoted, shorten},
    field::{Field, fields},
    lexer::{Operator, is_word},
    lookup::{OTHER_NAMES, find, info},
    normal,
    schema::{FieldInfo, FieldKind, Schema},
    vocabulary::ClosedList,
};

/// The maximum length of a suggestion, in characters.
const SUGGESTION_MAX: usize = 200;
/// The minimum similarity of a guess; a less similar one would mislead.
const ALIKE_MIN: f64 = 0.8;
/// The maximum length of compared texts, in bytes: comparing takes the product of both lengths.
const ALIKE_LEN_MAX: usize = 120;
/// There are many countries and words with similar beginnings, so these need more similarity.
const COUNTRIES_ALIKE_MIN: f64 = 0.92;
const WORDS_ALIKE_MIN: f64 = 0.9;

/// Returns the candidate most similar to the text, if any is similar enough.
pub(super) fn nearest<'a>(
    text: &str,
    candidates: impl IntoIterator<Item = &'a str>,
) -> Option<&'a str> {
    most_alike(text, candidates, ALIKE_MIN)
}

/// Returns the most similar of the many words in texts.
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

/// Returns the field that was probably meant.
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

/// Returns the term that was probably meant by a single value.
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

/// Returns what to write instead of several values of one field with commas.
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

/// Splits a list at commas, with or without brackets.
pub(super) fn listed(list: &str) -> impl Iterator<Item = &str> {
    let list = list.trim_matches(['[', ']', '{', '}']);
    list.split(',')
        .map(str::trim)
        .filter(|value| !value.is_empty())
}

/// Returns the error for a number that is written with separators, a currency or a word, after a field
/// with numbers.
pub(super) fn plain_number(field: &str, text: &str, offset: usize) -> Option<FilterError> {
    let is_number = |schema: &Schema| {
        let kind = find(*schema, field).map(|info| info.kind);
        matches!(kind, Some(FieldKind::Decimal | FieldKind::Number))
    };
    let schemas = [Schema::Events, Schema::Partnerships, Schema::Bodies];
    // The paths of fields end so, as in amounts.value.
    if !field.ends_with(".value") && !schemas.iter().any(is_number) {
        return None;
    }
    let meant = domain::plain_number(text)?;
    let message = format!("{field}: {} is not a plain number", quoted(text));
    Some(FilterError::new(offset, text, message).suggesting(meant))
}

/// Returns whether the commas in a text group the digits of a number. Otherwise a list is as likely.
pub(super) fn is_grouped(text: &str) -> bool {
    text.rsplit_once(',').is_some_and(|(_, last)| {
        let after = last.trim_start_matches(|c: char| c.is_ascii_digit());
        last.contains('.') || last.len() - after.len() == 3
    })
}

/// Returns a value as it is written in a filter, in quotes if needed.
pub(super) fn written(value: &str) -> String {
    let is_bare = value.chars().all(is_word)
        && !value.starts_with('-')
        && !matches!(value, "AND" | "OR" | "NOT");
    match is_bare {
        true => value.to_owned(),
        false => normal::in_quotes(value),
    }
}

/// Returns the code of the country whose name was probably meant.
pub(super) fn country(text: &str) -> Option<String> {
    let named = CountryCode::named(text).map(|code| code.to_string());
    let alike = || {
        let names = CountryCode::names().map(|(name, _)| name);
        let name = most_alike(text, names, COUNTRIES_ALIKE_MIN)?;
        CountryCode::named(name).map(|code| code.to_string())
    };
    named.or_else(alike)
}

/// Drops a suggestion that is too long for an error, since a part of it would mislead.
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

/// Returns the text as a slug, if it can be one.
pub(super) fn kebab(text: &str) -> Option<String> {
    let lower = text.to_ascii_lowercase();
    let words = lower.split(|c: char| !c.is_ascii_alphanumeric());
    let words: Vec<&str> = words.filter(|word| !word.is_empty()).collect();
    Slug::parse(&words.join("-"))
        .ok()
        .map(|slug| slug.to_string())
}
