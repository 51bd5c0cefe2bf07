//! The facts that filters check, extracted from messages.

use super::decode::micros;
use crate::{
    domain::{
        AmountQualifier, BodyKind, Day, EventContent, Instrument, Kind, Micros, Mode, PartyType,
        Reason, Relation, Reliability, Role, SourceType, Standing, State, Status, Step, Verdict,
        Verification, Vocabulary,
    },
    filter::{
        AmountFacts, ClaimFacts, DateFacts, Facts, IdentifierFacts, PartyFacts, PlaceFacts,
        QuantityFacts, RelatedFacts, ResourceSort, SourceFacts, TranslationFacts,
    },
    proto::v1,
};

/// Returns the facts of an event whose state, revision, author and note are set.
pub fn event_facts(event: &v1::Event) -> Facts<'_> {
    let place = event.place.as_ref();
    let series = event.series.as_ref();
    Facts {
        name: &event.name,
        sort: ResourceSort::Event,
        awaited: is_awaited(event),
        revision: i64::from(event.revision),
        kind: word::<Kind>(event.kind),
        subkind: &event.subkind,
        instrument: word::<Instrument>(event.instrument),
        step: word::<Step>(event.step),
        status: word::<Status>(event.status),
        state: word::<State>(event.state),
        verification: word::<Verification>(event.verification),
        binding: event.binding,
        exercise: Some(event.exercise),
        parties_incomplete: Some(event.parties_incomplete),
        form: "",
        parties: event.parties.iter().map(party).collect(),
        subjects: event.subjects.iter().map(party).collect(),
        partnerships: &event.partnerships,
        series: series.map_or("", |series| &series.series),
        ordinal: series
            .map(|series| i64::from(series.ordinal))
            .filter(|ordinal| *ordinal != 0),
        topics: &event.topics,
        texts: [&event.title, &event.summary],
        other_words: [&event.instrument_other, &event.step_other],
        language: language(&event.language_code),
        translations: event.translations.iter().map(translation).collect(),
        date: date(event.date.as_ref()),
        announce_date: date(event.announce_date.as_ref()),
        effective_date: date(event.effective_date.as_ref()),
        end_date: date(event.end_date.as_ref()),
        planned_completion_date: date(event.planned_completion_date.as_ref()),
        established: None,
        ended: None,
        dissolved: None,
        is_redacted: false,
        body_kind: "",
        body_names: Vec::new(),
        body_languages: Vec::new(),
        body_country: "",
        known_since: known(event.known_since),
        city: place.map_or("", |place| &place.city),
        country: place.map_or("", |place| &place.country_code),
        mode: place.map_or("", |place| word::<Mode>(place.mode)),
        further_places: event.further_places.iter().map(further_place).collect(),
        amounts: amounts(&event.amounts),
        quantities: event.quantities.iter().map(quantity).collect(),
        identifiers: event.identifiers.iter().map(identifier).collect(),
        successors: &[],
        sources: event.sources.iter().map(source).collect(),
        claims: event.claims.iter().map(claim).collect(),
        related_events: event.related_events.iter().map(related).collect(),
        change_reason: reason(event.change_note.as_ref()),
        author: &event.author,
        annotations: Some(&event.annotations),
    }
}

/// Returns the facts of a partnership whose revision, author and note are set.
pub fn partnership_facts(partnership: &v1::Partnership) -> Facts<'_> {
    Facts {
        name: &partnership.name,
        sort: ResourceSort::Partnership,
        revision: i64::from(partnership.revision),
        known_since: known(partnership.known_since),
        is_redacted: partnership.redacted,
        state: redacted(partnership.redacted),
        form: &partnership.form,
        status: &partnership.status,
        parties: partnership.parties.iter().map(party).collect(),
        // It belongs to itself, so that a watch of a partnership also receives its corrections.
        partnerships: std::slice::from_ref(&partnership.name),
        topics: &partnership.topics,
        texts: [&partnership.display_name, ""],
        language: language(&partnership.language_code),
        translations: partnership.translations.iter().map(translation).collect(),
        established: date(partnership.established.as_ref()),
        ended: date(partnership.ended.as_ref()),
        identifiers: partnership.identifiers.iter().map(identifier).collect(),
        successors: &partnership.successors,
        sources: partnership.sources.iter().map(source).collect(),
        change_reason: reason(partnership.change_note.as_ref()),
        author: &partnership.author,
        ..Facts::default()
    }
}

/// Returns the facts of a body whose revision, author and note are set.
pub fn body_facts(body: &v1::Body) -> Facts<'_> {
    let names = body.names.iter().map(|name| name.text.as_str());
    let languages = body.names.iter().map(|name| language(&name.language_code));
    let own = [body.display_name.as_str()];
    Facts {
        name: &body.name,
        sort: ResourceSort::Body,
        revision: i64::from(body.revision),
        known_since: known(body.known_since),
        is_redacted: body.redacted,
        state: redacted(body.redacted),
        body_kind: word::<BodyKind>(body.kind),
        body_names: own
            .into_iter()
            .chain(names)
            .filter(|name| !name.is_empty())
            .collect(),
        body_languages: languages.collect(),
        body_country: &body.country_code,
        language: match body.display_name.as_str() {
            "" => "",
            _ => language(&body.language_code),
        },
        established: date(body.established.as_ref()),
        dissolved: date(body.dissolved.as_ref()),
        identifiers: body.identifiers.iter().map(identifier).collect(),
        sources: body.sources.iter().map(source).collect(),
        change_reason: reason(body.change_note.as_ref()),
        author: &body.author,
        ..Facts::default()
    }
}

fn party(party: &v1::Party) -> PartyFacts<'_> {
    PartyFacts {
        country: &party.country_code,
        role: word::<Role>(party.role),
        role_other: &party.role_other,
        sort: word::<PartyType>(party.r#type),
        name: &party.display_name,
        body: slug_of(&party.body),
        standings: party
            .standings
            .iter()
            .filter_map(|it| Standing::from_code(it.standing))
            .collect(),
        group: &party.group,
        local_names: &party.local_names,
    }
}

fn slug_of(name: &str) -> &str {
    name.rsplit_once('/').map_or(name, |(_, slug)| slug)
}

fn translation(translation: &v1::Translation) -> TranslationFacts<'_> {
    TranslationFacts {
        language: &translation.language_code,
        texts: [&translation.title, &translation.summary],
    }
}

/// Returns the facts of each amount and of the same amount in other currencies.
fn amounts(amounts: &[v1::Amount]) -> Vec<AmountFacts<'_>> {
    let mut all = Vec::with_capacity(amounts.len());
    for amount in amounts {
        all.push(AmountFacts {
            currency: &amount.currency_code,
            role: &amount.role,
            qualifier: word::<AmountQualifier>(amount.qualifier),
            value: &amount.value,
            is_equivalent: false,
        });
        all.extend(amount.equivalents.iter().map(|it| AmountFacts {
            currency: &it.currency_code,
            role: &amount.role,
            qualifier: word::<AmountQualifier>(it.qualifier),
            value: &it.value,
            is_equivalent: true,
        }));
    }
    all
}

fn further_place(place: &v1::Place) -> PlaceFacts<'_> {
    PlaceFacts {
        city: &place.city,
        country: &place.country_code,
        mode: word::<Mode>(place.mode),
    }
}

fn quantity(quantity: &v1::Quantity) -> QuantityFacts<'_> {
    QuantityFacts {
        measure: &quantity.measure,
        // An empty unit is a count.
        unit: match quantity.unit.as_str() {
            "" => "count",
            unit => unit,
        },
        value: &quantity.value,
    }
}

fn identifier(identifier: &v1::Identifier) -> IdentifierFacts<'_> {
    IdentifierFacts {
        scheme: &identifier.scheme,
        value: &identifier.value,
    }
}

fn source(source: &v1::Source) -> SourceFacts<'_> {
    // An unrated source counts as F.
    let reliability = Reliability::from_code(source.reliability).unwrap_or(Reliability::F);
    SourceFacts {
        id: &source.id,
        sort: word::<SourceType>(source.r#type),
        publisher: &source.publisher,
        reliability: reliability.as_str(),
        language: &source.language_code,
    }
}

fn claim(claim: &v1::Claim) -> ClaimFacts<'_> {
    ClaimFacts {
        verdict: word::<Verdict>(claim.verdict),
        field_path: &claim.field_path,
    }
}

fn related(related: &v1::RelatedEvent) -> RelatedFacts<'_> {
    RelatedFacts {
        event: &related.event,
        relation: word::<Relation>(related.relation),
    }
}

fn reason(note: Option<&v1::ChangeNote>) -> &'static str {
    note.map_or("", |note| word::<Reason>(note.reason))
}

fn language(code: &str) -> &str {
    if code.is_empty() { "en" } else { code }
}

fn word<V: Vocabulary>(code: i32) -> &'static str {
    V::from_code(code).map_or("", |word| word.as_str())
}

/// Returns the bounds of a date as the server computed them.
fn date(date: Option<&v1::FuzzyDate>) -> Option<DateFacts> {
    date.map(|date| (day(&date.earliest), day(&date.latest)))
}

/// Parses YYYY-MM-DD, as every day is written; `None` for an open end of a date.
fn day(text: &str) -> Option<Day> {
    let (year, month, day) = (text.get(..4)?, text.get(5..7)?, text.get(8..)?);
    Day::from_ymd(year.parse().ok()?, month.parse().ok()?, day.parse().ok()?)
}

/// Returns the state of a partnership or body, which is indexed only when it is erased.
fn redacted(is_redacted: bool) -> &'static str {
    match is_redacted {
        true => State::Redacted.as_str(),
        false => "",
    }
}

fn known(time: Option<prost_types::Timestamp>) -> Option<i64> {
    micros(time?).ok().map(|Micros(micros)| micros)
}

fn is_awaited(event: &v1::Event) -> bool {
    let relations = event.related_events.iter();
    let relations = relations.filter_map(|related| Relation::from_code(related.relation));
    Status::from_code(event.status)
        .is_some_and(|status| EventContent::is_awaited(status, relations))
}
