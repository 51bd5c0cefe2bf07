//! Decodes the messages inside events and partnerships.

use super::decode::{
    accept, date, list, map, required, required_word, slug, slug_of, slugs, value, word,
};
use crate::{
    domain::{
        Amount, Claim, Equivalent, Figure, Identifier, Party, PartyStanding, Place, Quantity,
        RelatedEvent, ResourceName, SeriesEntry, Source, Translation, Violations,
        limits::{
            EQUIVALENTS_MAX, IDENTIFIERS_MAX, LOCAL_NAMES_MAX, SOURCES_MAX, STANDINGS_MAX,
            SUPPORTS_MAX,
        },
    },
    proto::v1,
    wire::decode,
};

pub(super) fn translation(from: v1::Translation, found: &mut Violations) -> Translation {
    Translation {
        language_code: required(found, "language_code", &from.language_code, "und"),
        title: from.title,
        summary: from.summary,
        origin: word(found, "origin", from.origin),
    }
}

pub(super) fn party(from: v1::Party, found: &mut Violations) -> Party {
    Party {
        party_type: required_word(found, "type", from.r#type),
        country_code: value(found, "country_code", &from.country_code),
        display_name: from.display_name,
        role: word(found, "role", from.role),
        office: from.office,
        identifiers: map::<String, _>(found, "identifiers", from.identifiers, IDENTIFIERS_MAX),
        local_names: map(found, "local_names", from.local_names, LOCAL_NAMES_MAX),
        body: match from.body.as_str() {
            "" => None,
            name => accept(found, "body", ResourceName::body_slug(name)),
        },
        standings: list(found, "standings", from.standings, STANDINGS_MAX, standing),
        role_other: from.role_other,
        group: value(found, "group", &from.group),
    }
}

fn standing(from: v1::PartyStanding, found: &mut Violations) -> PartyStanding {
    PartyStanding {
        standing: required_word(found, "standing", from.standing),
        since: date(found, "since", from.since),
        note: from.note,
    }
}

pub(super) fn amount(from: v1::Amount, found: &mut Violations) -> Amount {
    Amount {
        currency_code: value(found, "currency_code", &from.currency_code),
        figure: Figure {
            value: value(found, "value", &from.value),
            value_max: value(found, "value_max", &from.value_max),
            qualifier: required_word(found, "qualifier", from.qualifier),
            as_stated: from.as_stated,
        },
        role: value(found, "role", &from.role),
        period: date(found, "period", from.period),
        note: from.note,
        equivalents: list(
            found,
            "equivalents",
            from.equivalents,
            EQUIVALENTS_MAX,
            equivalent,
        ),
    }
}

fn equivalent(from: v1::Equivalent, found: &mut Violations) -> Equivalent {
    Equivalent {
        currency_code: required(found, "currency_code", &from.currency_code, "XXX"),
        value: required(found, "value", &from.value, "0"),
        value_max: value(found, "value_max", &from.value_max),
        qualifier: required_word(found, "qualifier", from.qualifier),
    }
}

pub(super) fn quantity(from: v1::Quantity, found: &mut Violations) -> Quantity {
    Quantity {
        measure: slug(found, "measure", &from.measure),
        figure: Figure {
            value: value(found, "value", &from.value),
            value_max: value(found, "value_max", &from.value_max),
            qualifier: required_word(found, "qualifier", from.qualifier),
            as_stated: from.as_stated,
        },
        unit: value(found, "unit", &from.unit),
        period: date(found, "period", from.period),
        note: from.note,
    }
}

pub(super) fn source(from: v1::Source, found: &mut Violations) -> Source {
    Source {
        id: slug(found, "id", &from.id),
        source_type: word(found, "type", from.r#type),
        publisher: from.publisher,
        title: from.title,
        uri: value(found, "uri", &from.uri),
        language_code: value(found, "language_code", &from.language_code),
        publish_date: date(found, "publish_date", from.publish_date),
        retrieve_time: from
            .retrieve_time
            .and_then(|moment| accept(found, "retrieve_time", decode::timestamp(moment))),
        content_sha256: value(found, "content_sha256", &from.content_sha256),
        reliability: word(found, "reliability", from.reliability),
        credibility: from.credibility,
        supports: list(found, "supports", from.supports, SUPPORTS_MAX, |path, _| {
            path
        }),
        via: from.via,
        file: from.file,
        note: from.note,
        quote_locator: from.quote_locator,
        quote_sha256: value(found, "quote_sha256", &from.quote_sha256),
        verify_time: from
            .verify_time
            .and_then(|moment| accept(found, "verify_time", decode::timestamp(moment))),
    }
}

pub(super) fn identifier(from: v1::Identifier, found: &mut Violations) -> Identifier {
    Identifier {
        scheme: slug(found, "scheme", &from.scheme),
        value: from.value,
    }
}

pub(super) fn claim(from: v1::Claim, found: &mut Violations) -> Claim {
    Claim {
        field_path: from.field_path,
        claim: from.claim,
        sources: slugs(found, "sources", from.sources, SOURCES_MAX),
        verdict: required_word(found, "verdict", from.verdict),
        note: from.note,
    }
}

pub(super) fn related_event(from: v1::RelatedEvent, found: &mut Violations) -> RelatedEvent {
    RelatedEvent {
        relation: required_word(found, "relation", from.relation),
        event: slug_of(found, "event", &from.event, ResourceName::event_slug),
    }
}

pub(super) fn place(from: v1::Place, found: &mut Violations) -> Place {
    Place {
        city: from.city,
        country_code: value(found, "country_code", &from.country_code),
        mode: word(found, "mode", from.mode),
    }
}

pub(super) fn series(from: v1::SeriesEntry, found: &mut Violations) -> SeriesEntry {
    SeriesEntry {
        series: slug(found, "series", &from.series),
        ordinal: from.ordinal,
    }
}
