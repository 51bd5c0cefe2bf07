//! Encodes the messages inside events and partnerships.

use crate::{
    domain::{
        Amount, Claim, Day, Equivalent, FuzzyDate, Identifier, Micros, Moment, Party,
        PartyStanding, Place, Quantity, RelatedEvent, ResourceName, SeriesEntry, Slug, Source,
        Translation, Vocabulary,
    },
    proto::v1,
};

/// Encodes a moment.
pub fn timestamp(moment: Micros) -> prost_types::Timestamp {
    let nanos = moment.0.rem_euclid(1_000_000) * 1_000;
    prost_types::Timestamp {
        seconds: moment.0.div_euclid(1_000_000),
        nanos: i32::try_from(nanos).expect("a part of a second is below 10^9 ns, which fits i32"),
    }
}

/// Returns the number of a word, 0 for `None`.
pub(super) fn code(word: Option<impl Vocabulary>) -> i32 {
    word.map_or(0, Vocabulary::code)
}

/// Returns a value as text, empty for `None`.
pub(super) fn text(value: Option<&impl AsRef<str>>) -> String {
    value.map_or_else(String::new, |value| value.as_ref().to_owned())
}

pub(super) fn slugs(slugs: &[Slug]) -> Vec<String> {
    texts(slugs)
}

pub(super) fn texts(values: &[impl AsRef<str>]) -> Vec<String> {
    values
        .iter()
        .map(|value| value.as_ref().to_owned())
        .collect()
}

pub(super) fn date(date: &FuzzyDate) -> v1::FuzzyDate {
    v1::FuzzyDate {
        edtf: date.edtf().to_owned(),
        as_stated: date.as_stated().to_owned(),
        earliest: day(date.earliest()),
        latest: day(date.latest()),
    }
}

fn day(day: Option<Day>) -> String {
    day.map_or_else(String::new, |day| day.to_string())
}

pub(super) fn translation(from: &Translation) -> v1::Translation {
    v1::Translation {
        language_code: from.language_code.to_string(),
        title: from.title.clone(),
        summary: from.summary.clone(),
        origin: code(from.origin),
    }
}

pub(super) fn party(from: &Party) -> v1::Party {
    let local_names = from
        .local_names
        .iter()
        .map(|(tag, name)| (tag.to_string(), name.clone()));
    v1::Party {
        r#type: from.party_type.code(),
        country_code: text(from.country_code.as_ref()),
        display_name: from.display_name.clone(),
        role: code(from.role),
        office: from.office.clone(),
        identifiers: from.identifiers.clone().into_iter().collect(),
        local_names: local_names.collect(),
        body: from.body.as_ref().map_or_else(String::new, |slug| {
            ResourceName::Body(slug.clone()).to_string()
        }),
        standings: from.standings.iter().map(standing).collect(),
        role_other: from.role_other.clone(),
        group: text(from.group.as_ref()),
    }
}

fn standing(from: &PartyStanding) -> v1::PartyStanding {
    v1::PartyStanding {
        standing: from.standing.code(),
        since: from.since.as_ref().map(date),
        note: from.note.clone(),
    }
}

pub(super) fn amount(from: &Amount) -> v1::Amount {
    v1::Amount {
        currency_code: text(from.currency_code.as_ref()),
        value: text(from.figure.value.as_ref()),
        qualifier: from.figure.qualifier.code(),
        role: text(from.role.as_ref()),
        period: from.period.as_ref().map(date),
        note: from.note.clone(),
        value_max: text(from.figure.value_max.as_ref()),
        as_stated: from.figure.as_stated.clone(),
        equivalents: from.equivalents.iter().map(equivalent).collect(),
    }
}

fn equivalent(from: &Equivalent) -> v1::Equivalent {
    v1::Equivalent {
        currency_code: from.currency_code.to_string(),
        value: from.value.to_string(),
        qualifier: from.qualifier.code(),
        value_max: text(from.value_max.as_ref()),
    }
}

pub(super) fn quantity(from: &Quantity) -> v1::Quantity {
    v1::Quantity {
        measure: from.measure.to_string(),
        value: text(from.figure.value.as_ref()),
        value_max: text(from.figure.value_max.as_ref()),
        unit: text(from.unit.as_ref()),
        qualifier: from.figure.qualifier.code(),
        period: from.period.as_ref().map(date),
        as_stated: from.figure.as_stated.clone(),
        note: from.note.clone(),
    }
}

pub(super) fn source(from: &Source) -> v1::Source {
    v1::Source {
        id: from.id.to_string(),
        r#type: code(from.source_type),
        publisher: from.publisher.clone(),
        title: from.title.clone(),
        uri: text(from.uri.as_ref()),
        language_code: text(from.language_code.as_ref()),
        publish_date: from.publish_date.as_ref().map(date),
        retrieve_time: from.retrieve_time.map(exact_timestamp),
        content_sha256: text(from.content_sha256.as_ref()),
        reliability: code(from.reliability),
        credibility: from.credibility,
        supports: from.supports.clone(),
        via: from.via.clone(),
        file: from.file.clone(),
        note: from.note.clone(),
        quote_locator: from.quote_locator.clone(),
        quote_sha256: text(from.quote_sha256.as_ref()),
        verify_time: from.verify_time.map(exact_timestamp),
    }
}

pub(super) fn identifier(from: &Identifier) -> v1::Identifier {
    v1::Identifier {
        scheme: from.scheme.to_string(),
        value: from.value.clone(),
    }
}

pub(super) fn claim(from: &Claim) -> v1::Claim {
    v1::Claim {
        field_path: from.field_path.clone(),
        claim: from.claim.clone(),
        sources: slugs(&from.sources),
        verdict: from.verdict.code(),
        note: from.note.clone(),
    }
}

pub(super) fn related_event(from: &RelatedEvent) -> v1::RelatedEvent {
    v1::RelatedEvent {
        relation: from.relation.code(),
        event: ResourceName::Event(from.event.clone()).to_string(),
    }
}

pub(super) fn place(from: &Place) -> v1::Place {
    v1::Place {
        city: from.city.clone(),
        country_code: text(from.country_code.as_ref()),
        mode: code(from.mode),
    }
}

pub(super) fn series(from: &SeriesEntry) -> v1::SeriesEntry {
    v1::SeriesEntry {
        series: from.series.to_string(),
        ordinal: from.ordinal,
    }
}

fn exact_timestamp(moment: Moment) -> prost_types::Timestamp {
    prost_types::Timestamp {
        seconds: moment.seconds(),
        nanos: moment.nanos(),
    }
}
