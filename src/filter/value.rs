use crate::domain::{
    CountryCode, CurrencyCode, LanguageTag, ResourceName, Slug, field_path::EVENT_FIELDS,
    with_fitting_example,
};

use super::{
    error::{FilterError, quoted},
    field::Field,
    schema::{FieldInfo, FieldKind, Schema},
    suggest::{country, kebab, nearest, short, written},
    tree::Literal,
    vocabulary::ClosedList,
};

/// Normalises the value of a term to the spelling that [`Predicate::Term`] promises.
///
/// [`Predicate::Term`]: super::Predicate::Term
pub(super) fn normalise(
    info: &FieldInfo,
    literal: &Literal,
    schema: Schema,
) -> Result<String, FilterError> {
    let text = literal.text.trim();
    match info.kind {
        FieldKind::Country => upper_case(text, CountryCode::parse).map(|code| code.to_string()),
        FieldKind::Currency => upper_case(text, CurrencyCode::parse).map(|code| code.to_string()),
        FieldKind::Language => LanguageTag::parse(text).map(|tag| tag.to_string()),
        FieldKind::Slug => slug(text),
        FieldKind::FieldPath => return field_path(info, literal),
        FieldKind::EventSlug => slug(text.strip_prefix("events/").unwrap_or(text)),
        FieldKind::PartnershipSlug => slug(text.strip_prefix("partnerships/").unwrap_or(text)),
        FieldKind::BodySlug => slug(text.strip_prefix("bodies/").unwrap_or(text)),
        FieldKind::ResourceName => resource_name(text, schema),
        _ => match ClosedList::of(info.field) {
            Some(list) => return listed(info, literal, &list),
            None => Ok(literal.text.clone()),
        },
    }
    .map_err(|reason| {
        let meant = match info.kind {
            FieldKind::Slug if info.field == Field::Topic => {
                // Texts have the topics' words in every language.
                kebab(text).or_else(|| short(format!("{}:{}", Field::Text.name(), written(text))))
            }
            FieldKind::Slug => kebab(text),
            FieldKind::Country => country(text),
            _ => None,
        };
        let reason = with_fitting_example(reason, info.name);
        refused(info, literal, reason).suggesting(meant)
    })
}

/// Returns the error for a value that the field refuses for `reason`.
pub(super) fn refused(info: &FieldInfo, literal: &Literal, reason: String) -> FilterError {
    FilterError::new(
        literal.offset,
        &literal.text,
        format!("{}: {reason}", info.name),
    )
}

/// Reads a code in any case; a reason against it quotes what was written.
fn upper_case<T>(text: &str, parse: fn(&str) -> Result<T, String>) -> Result<T, String> {
    parse(&text.to_ascii_uppercase()).or_else(|_| parse(text))
}

fn slug(text: &str) -> Result<String, String> {
    Slug::parse(&text.to_ascii_lowercase())
        .or_else(|_| Slug::parse(text))
        .map(|slug| slug.to_string())
}

fn resource_name(text: &str, schema: Schema) -> Result<String, String> {
    match schema {
        Schema::Events if text.contains('/') => {
            ResourceName::parse(text).map(|name| name.to_string())
        }
        Schema::Events => slug(text).map(|slug| format!("events/{slug}")),
        Schema::Partnerships => {
            let text = text.strip_prefix("partnerships/").unwrap_or(text);
            slug(text).map(|slug| format!("partnerships/{slug}"))
        }
        Schema::Bodies => {
            let text = text.strip_prefix("bodies/").unwrap_or(text);
            slug(text).map(|slug| format!("bodies/{slug}"))
        }
    }
}

/// Parses the path of a field of an event. The part after the first dot only has to be well formed.
fn field_path(info: &FieldInfo, literal: &Literal) -> Result<String, FilterError> {
    let path = literal.text.trim();
    let well_formed = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || "_.".contains(c);
    let first = path.split('.').next().unwrap_or(path);
    if EVENT_FIELDS.contains(&first) && path.chars().all(well_formed) {
        return Ok(path.to_owned());
    }
    Err(unknown(info, literal, EVENT_FIELDS))
}

fn listed(info: &FieldInfo, literal: &Literal, list: &ClosedList) -> Result<String, FilterError> {
    let found = list.find(&literal.text).map(str::to_owned);
    found.ok_or_else(|| unknown(info, literal, &list.names))
}

fn unknown(info: &FieldInfo, literal: &Literal, known: &[&str]) -> FilterError {
    let message = format!("unknown {} {}", info.name, quoted(&literal.text));
    FilterError::new(literal.offset, &literal.text, message)
        .suggesting(nearest(&literal.text, known.iter().copied()).map(str::to_owned))
        .expecting(known.iter().copied())
}
