//! Decodes what publishers write: events, partnerships, change notes.

use super::{
    decode::{date, dates, list, map, required_word, slug_of, slugs, value, word},
    decode_body::same_as,
    decode_parts::{
        amount, claim, identifier, party, place, quantity, related_event, series, source,
        translation,
    },
};
use crate::{
    domain::{
        ChangeNote, EventContent, PartnershipContent, ResourceName, Slug, Source, Violations,
        limits::{
            AMOUNTS_MAX, ANNOTATIONS_MAX, CLAIMS_MAX, FURTHER_PLACES_MAX, IDENTIFIERS_MAX,
            PARTIES_MAX, PARTNERSHIPS_MAX, PREVIOUS_DATES_MAX, QUANTITIES_MAX, RELATED_EVENTS_MAX,
            SOURCES_MAX, SUCCESSORS_MAX, TOPICS_MAX, TRANSLATIONS_MAX,
        },
    },
    proto::v1,
};

/// Decodes the content of an event. Its name and the output-only fields are ignored.
///
/// # Errors
/// Returns every violation, by field path.
pub fn event_content(from: v1::Event) -> Result<EventContent, Violations> {
    event_content_with(from, |_, _| ())
}

/// Decodes and checks it with additional `rules`. They see placeholders for values that are already
/// refused; a second violation of such a value is ignored.
///
/// # Errors
/// Returns every violation, by field path.
pub fn event_content_with(
    from: v1::Event,
    rules: impl FnOnce(&EventContent, &mut Violations),
) -> Result<EventContent, Violations> {
    let mut violations = Violations::default();
    let found = &mut violations;
    let content = EventContent {
        kind: required_word(found, "kind", from.kind),
        instrument: word(found, "instrument", from.instrument),
        step: word(found, "step", from.step),
        binding: from.binding,
        status: required_word(found, "status", from.status),
        title: from.title,
        summary: from.summary,
        language_code: value(found, "language_code", &from.language_code),
        translations: list(
            found,
            "translations",
            from.translations,
            TRANSLATIONS_MAX,
            translation,
        ),
        date: date(found, "date", from.date),
        previous_dates: dates(
            found,
            "previous_dates",
            from.previous_dates,
            PREVIOUS_DATES_MAX,
        ),
        announce_date: date(found, "announce_date", from.announce_date),
        effective_date: date(found, "effective_date", from.effective_date),
        end_date: date(found, "end_date", from.end_date),
        place: from
            .place
            .map(|from| found.at("place", |scope| place(from, scope))),
        parties: list(found, "parties", from.parties, PARTIES_MAX, party),
        parties_incomplete: from.parties_incomplete,
        partnerships: partnerships(found, "partnerships", from.partnerships, PARTNERSHIPS_MAX),
        series: from
            .series
            .map(|from| found.at("series", |scope| series(from, scope))),
        topics: slugs(found, "topics", from.topics, TOPICS_MAX),
        amounts: list(found, "amounts", from.amounts, AMOUNTS_MAX, amount),
        sources: list(found, "sources", from.sources, SOURCES_MAX, source),
        claims: list(found, "claims", from.claims, CLAIMS_MAX, claim),
        related_events: list(
            found,
            "related_events",
            from.related_events,
            RELATED_EVENTS_MAX,
            related_event,
        ),
        notes: from.notes,
        annotations: map(found, "annotations", from.annotations, ANNOTATIONS_MAX),
        exercise: from.exercise,
        subkind: value(found, "subkind", &from.subkind),
        verification: word(found, "verification", from.verification),
        subjects: list(found, "subjects", from.subjects, PARTIES_MAX, party),
        further_places: list(
            found,
            "further_places",
            from.further_places,
            FURTHER_PLACES_MAX,
            place,
        ),
        quantities: list(
            found,
            "quantities",
            from.quantities,
            QUANTITIES_MAX,
            quantity,
        ),
        planned_completion_date: date(
            found,
            "planned_completion_date",
            from.planned_completion_date,
        ),
        identifiers: list(
            found,
            "identifiers",
            from.identifiers,
            IDENTIFIERS_MAX,
            identifier,
        ),
        same_as: same_as(found, from.same_as),
        instrument_other: from.instrument_other,
        step_other: from.step_other,
    };
    content.check(found);
    rules(&content, found);
    violations.into_result(content)
}

/// Decodes the content of the partnership with this slug. The name in the message and the output-only
/// fields are ignored.
///
/// # Errors
/// Returns every violation, by field path.
pub fn partnership_content(
    from: v1::Partnership,
    slug: Option<&Slug>,
) -> Result<PartnershipContent, Violations> {
    let mut violations = Violations::default();
    let found = &mut violations;
    let content = PartnershipContent {
        display_name: from.display_name,
        language_code: value(found, "language_code", &from.language_code),
        translations: list(
            found,
            "translations",
            from.translations,
            TRANSLATIONS_MAX,
            translation,
        ),
        form: value(found, "form", &from.form),
        parties: list(found, "parties", from.parties, PARTIES_MAX, party),
        established: date(found, "established", from.established),
        topics: slugs(found, "topics", from.topics, TOPICS_MAX),
        status: value(found, "status", &from.status),
        sources: list(found, "sources", from.sources, SOURCES_MAX, source),
        notes: from.notes,
        ended: date(found, "ended", from.ended),
        successors: partnerships(found, "successors", from.successors, SUCCESSORS_MAX),
        identifiers: list(
            found,
            "identifiers",
            from.identifiers,
            IDENTIFIERS_MAX,
            identifier,
        ),
        same_as: same_as(found, from.same_as),
    };
    content.check(slug, found);
    content.check_new(found);
    violations.into_result(content)
}

/// Decodes a list of names of partnerships.
fn partnerships(
    found: &mut Violations,
    field: &str,
    names: Vec<String>,
    len_max: usize,
) -> Vec<Slug> {
    list(found, field, names, len_max, |name, scope| {
        slug_of(scope, "", &name, ResourceName::partnership_slug)
    })
}

/// Decodes the note of a change; `sources` are those of the resource after the change.
///
/// # Errors
/// Returns every violation, by field path within the note.
pub fn change_note(from: v1::ChangeNote, sources: &[Source]) -> Result<ChangeNote, Violations> {
    let mut violations = Violations::default();
    let found = &mut violations;
    let note = ChangeNote {
        reason: word(found, "reason", from.reason),
        text: from.text,
        sources: slugs(found, "sources", from.sources, SOURCES_MAX),
    };
    note.check(sources, found);
    violations.into_result(note)
}
