//! Encodes content as messages, without the output-only fields: these belong to a revision, not to
//! its content.

use super::encode_parts::{
    amount, claim, code, date, identifier, party, place, quantity, related_event, series, slugs,
    source, text, texts, translation,
};
use crate::{
    domain::{ChangeNote, EventContent, PartnershipContent, ResourceName, Slug, Vocabulary},
    proto::v1,
};

/// Encodes the content of an event under its name, with the computed bounds of its dates.
pub fn encode_event(name: &ResourceName, content: &EventContent) -> v1::Event {
    let annotations = content
        .annotations
        .iter()
        .map(|(key, text)| (key.to_string(), text.clone()));
    v1::Event {
        name: name.to_string(),
        kind: content.kind.code(),
        instrument: code(content.instrument),
        step: code(content.step),
        binding: content.binding,
        status: content.status.code(),
        title: content.title.clone(),
        summary: content.summary.clone(),
        language_code: text(content.language_code.as_ref()),
        translations: content.translations.iter().map(translation).collect(),
        date: content.date.as_ref().map(date),
        previous_dates: content.previous_dates.iter().map(date).collect(),
        announce_date: content.announce_date.as_ref().map(date),
        effective_date: content.effective_date.as_ref().map(date),
        end_date: content.end_date.as_ref().map(date),
        place: content.place.as_ref().map(place),
        parties: content.parties.iter().map(party).collect(),
        parties_incomplete: content.parties_incomplete,
        partnerships: partnerships(&content.partnerships),
        series: content.series.as_ref().map(series),
        topics: slugs(&content.topics),
        amounts: content.amounts.iter().map(amount).collect(),
        sources: content.sources.iter().map(source).collect(),
        claims: content.claims.iter().map(claim).collect(),
        related_events: content.related_events.iter().map(related_event).collect(),
        notes: content.notes.clone(),
        annotations: annotations.collect(),
        exercise: content.exercise,
        subkind: text(content.subkind.as_ref()),
        verification: code(content.verification),
        subjects: content.subjects.iter().map(party).collect(),
        further_places: content.further_places.iter().map(place).collect(),
        quantities: content.quantities.iter().map(quantity).collect(),
        planned_completion_date: content.planned_completion_date.as_ref().map(date),
        identifiers: content.identifiers.iter().map(identifier).collect(),
        same_as: texts(&content.same_as),
        instrument_other: content.instrument_other.clone(),
        step_other: content.step_other.clone(),
        ..Default::default()
    }
}

/// Encodes the content of a partnership under its name, with the computed bounds of its dates.
pub fn encode_partnership(name: &ResourceName, content: &PartnershipContent) -> v1::Partnership {
    v1::Partnership {
        name: name.to_string(),
        display_name: content.display_name.clone(),
        language_code: text(content.language_code.as_ref()),
        translations: content.translations.iter().map(translation).collect(),
        form: text(content.form.as_ref()),
        parties: content.parties.iter().map(party).collect(),
        established: content.established.as_ref().map(date),
        topics: slugs(&content.topics),
        status: text(content.status.as_ref()),
        sources: content.sources.iter().map(source).collect(),
        notes: content.notes.clone(),
        ended: content.ended.as_ref().map(date),
        successors: partnerships(&content.successors),
        identifiers: content.identifiers.iter().map(identifier).collect(),
        same_as: texts(&content.same_as),
        ..Default::default()
    }
}

fn partnerships(slugs: &[Slug]) -> Vec<String> {
    let name = |slug: &Slug| ResourceName::Partnership(slug.clone()).to_string();
    slugs.iter().map(name).collect()
}

/// Encodes a change note.
pub fn encode_change_note(note: &ChangeNote) -> v1::ChangeNote {
    v1::ChangeNote {
        reason: code(note.reason),
        text: note.text.clone(),
        sources: slugs(&note.sources),
    }
}
