//! The fields of the resources themselves, by their paths as in update masks: the name of each in
//! filters, or what to use instead.

use std::iter::successors;

use super::{
    field::Field::{self, *},
    lookup::{find, info},
    schema::{FieldInfo, Schema},
};

/// What filters offer for a field of a resource.
enum Path {
    /// The same field under another name.
    Same(Field),
    /// Fields that are related, but not the same.
    Near(&'static [Field]),
    /// Nothing; these lie beside it.
    Not(&'static [Field]),
}
use Path::{Near, Not, Same};

/// What to use instead of a name that is not a filter field.
pub(super) enum Instead {
    /// At least one of these fields.
    Fields(Vec<&'static str>),
    /// Nothing; these lie beside it.
    Nothing(Vec<&'static str>),
}

/// Returns the field with this path in the resource.
pub(super) fn same(path: &str, schema: Schema) -> Option<&'static FieldInfo> {
    match of(path)? {
        Same(field) => info(schema, *field),
        Near(_) | Not(_) => None,
    }
}

/// Returns what to use instead of a path or its nearest parent. Names may be spelled as in JSON.
pub(super) fn instead(path: &str, schema: Schema) -> Option<Instead> {
    let path = snake_case(path);
    let mut prefixes = successors(Some(path.as_str()), |path| Some(path.rsplit_once('.')?.0));
    prefixes.find_map(|path| {
        if let Some(info) = find(schema, path) {
            return Some(Instead::Fields(vec![info.name]));
        }
        let (fields, is_about) = match of(path)? {
            Same(field) => (std::slice::from_ref(field), true),
            Near(fields) => (*fields, true),
            Not(fields) => (*fields, false),
        };
        let names = fields.iter().filter_map(|field| info(schema, *field));
        let names: Vec<_> = names.map(|info| info.name).collect();
        Some(match is_about && !names.is_empty() {
            true => Instead::Fields(names),
            false => Instead::Nothing(names),
        })
    })
}

fn of(path: &str) -> Option<&'static Path> {
    let row = PATHS.iter().find(|(known, _)| *known == path);
    row.map(|(_, path)| path)
}

fn snake_case(path: &str) -> String {
    let mut snake = String::with_capacity(path.len());
    for c in path.chars() {
        if c.is_ascii_uppercase() && snake.ends_with(|c: char| c.is_ascii_lowercase()) {
            snake.push('_');
        }
        snake.push(c.to_ascii_lowercase());
    }
    snake
}

const SOURCE: &[Field] = &[
    SourceId,
    SourceType,
    SourcePublisher,
    SourceReliability,
    SourceLanguage,
];
const SUBJECT: &[Field] = &[Subject, SubjectName, SubjectBody, Text];
const PARTY: &[Field] = &[Party, PartyType, PartyRole, Organisation, Person];
const PLACE: &[Field] = &[PlaceCity, PlaceCountry, PlaceMode];
const QUANTITY: &[Field] = &[QuantityMeasure, QuantityUnit, QuantityValue];
const AMOUNT: &[Field] = &[AmountCurrency, AmountValue, AmountQualifier, AmountRole];
const CLAIM: &[Field] = &[ClaimField, ClaimVerdict];

/// Paths of events and partnerships that are not filter fields. A path that is missing here is treated
/// like its parent.
const PATHS: &[(&str, Path)] = &[
    ("title", Near(&[Text])),
    ("display_name", Near(&[Text])),
    ("summary", Near(&[Text])),
    ("notes", Not(&[Text])),
    ("language_code", Near(&[Language])),
    ("translations", Near(&[Text, Language])),
    ("translations.language_code", Near(&[Language])),
    ("translations.title", Near(&[Text])),
    ("translations.summary", Near(&[Text])),
    ("translations.origin", Not(&[])),
    ("previous_dates", Not(&[Date])),
    ("place", Near(PLACE)),
    ("place.country_code", Same(PlaceCountry)),
    ("parties", Near(PARTY)),
    ("parties.type", Same(PartyType)),
    ("parties.country_code", Same(Party)),
    ("parties.display_name", Near(&[Organisation, Person, Text])),
    ("parties.role", Same(PartyRole)),
    ("parties.office", Not(&[Person])),
    ("parties.identifiers", Not(PARTY)),
    ("parties.local_names", Near(&[Organisation, Person, Text])),
    ("parties.body", Same(Body)),
    ("parties.standings", Near(&[PartyStanding])),
    ("parties.standings.standing", Same(PartyStanding)),
    ("parties.standings.since", Not(&[PartyStanding])),
    ("parties.standings.note", Not(&[PartyStanding])),
    ("parties.role_other", Near(&[Text])),
    ("parties.group", Same(PartyGroup)),
    ("subjects", Near(SUBJECT)),
    ("subjects.country_code", Same(Subject)),
    ("subjects.display_name", Near(&[SubjectName, Text])),
    ("subjects.local_names", Near(&[SubjectName, Text])),
    ("subjects.type", Not(SUBJECT)),
    ("subjects.office", Not(SUBJECT)),
    ("subjects.identifiers", Not(SUBJECT)),
    ("subjects.body", Same(SubjectBody)),
    ("instrument_other", Near(&[Text])),
    ("step_other", Near(&[Text])),
    ("further_places", Near(PLACE)),
    ("further_places.city", Same(PlaceCity)),
    ("further_places.country_code", Same(PlaceCountry)),
    ("further_places.mode", Same(PlaceMode)),
    ("partnerships", Same(Partnership)),
    ("series.series", Same(Series)),
    ("series.ordinal", Same(Ordinal)),
    ("topics", Same(Topic)),
    ("amounts", Near(AMOUNT)),
    ("amounts.currency_code", Same(AmountCurrency)),
    ("amounts.value", Same(AmountValue)),
    ("amounts.qualifier", Same(AmountQualifier)),
    ("amounts.role", Same(AmountRole)),
    ("amounts.period", Not(AMOUNT)),
    ("amounts.note", Not(AMOUNT)),
    ("amounts.value_max", Not(AMOUNT)),
    ("amounts.as_stated", Not(AMOUNT)),
    ("amounts.equivalents", Not(AMOUNT)),
    ("quantities", Near(QUANTITY)),
    ("quantities.measure", Same(QuantityMeasure)),
    ("quantities.unit", Same(QuantityUnit)),
    ("quantities.value", Same(QuantityValue)),
    ("quantities.value_max", Not(QUANTITY)),
    ("quantities.qualifier", Not(QUANTITY)),
    ("quantities.period", Not(QUANTITY)),
    ("quantities.as_stated", Not(QUANTITY)),
    ("quantities.note", Not(QUANTITY)),
    ("identifiers", Near(&[Identifier, IdentifierScheme])),
    ("identifiers.value", Same(Identifier)),
    ("identifiers.scheme", Same(IdentifierScheme)),
    ("same_as", Not(&[Identifier])),
    ("successors", Same(Successor)),
    ("sources", Near(SOURCE)),
    ("sources.id", Same(SourceId)),
    ("sources.type", Same(SourceType)),
    ("sources.publisher", Same(SourcePublisher)),
    ("sources.title", Not(SOURCE)),
    ("sources.uri", Not(SOURCE)),
    ("sources.language_code", Same(SourceLanguage)),
    ("sources.publish_date", Not(SOURCE)),
    ("sources.retrieve_time", Not(SOURCE)),
    ("sources.content_sha256", Not(SOURCE)),
    ("sources.reliability", Same(SourceReliability)),
    ("sources.credibility", Not(&[SourceReliability])),
    ("sources.supports", Not(SOURCE)),
    ("sources.via", Not(&[SourcePublisher])),
    ("sources.file", Not(SOURCE)),
    ("sources.note", Not(SOURCE)),
    ("sources.quote_locator", Not(SOURCE)),
    ("sources.quote_sha256", Not(SOURCE)),
    ("sources.verify_time", Not(SOURCE)),
    ("claims", Near(CLAIM)),
    ("claims.field_path", Same(ClaimField)),
    ("claims.claim", Not(CLAIM)),
    ("claims.sources", Not(CLAIM)),
    ("claims.verdict", Same(ClaimVerdict)),
    ("claims.note", Not(CLAIM)),
    ("related_events", Near(&[Related, RelatedRelation])),
    ("related_events.relation", Same(RelatedRelation)),
    ("related_events.event", Same(Related)),
    ("etag", Not(&[Revision])),
    ("retract_time", Not(&[UpdateTime, State])),
    ("change_note", Near(&[ChangeReason])),
    ("change_note.reason", Same(ChangeReason)),
    ("change_note.text", Not(&[ChangeReason])),
    ("change_note.sources", Not(&[ChangeReason])),
    // Of partnerships; of events it is a field.
    ("author", Not(&[])),
    ("superseded_by", Not(&[State, Related])),
    ("event_count", Not(&[])),
    ("redacted", Not(&[])),
    ("kind", Near(&[BodyKind, Form])),
    ("date", Near(&[Established])),
    ("kind_other", Not(&[BodyKind])),
    ("names", Near(&[Organisation, Text])),
    ("names.language_code", Near(&[Language])),
    ("names.type", Not(&[Organisation])),
    ("names.since", Not(&[Organisation])),
    ("names.until", Not(&[Organisation])),
    ("country_code", Near(&[Party])),
    ("predecessors", Not(&[])),
];
