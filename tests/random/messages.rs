//! Between what a sequence says and the messages of the service.

use entente::{
    client::Start,
    proto::v1::{
        Body, BodyKind, BodyName, ChangeType, Event, EventChange, FuzzyDate, Kind as EventKind,
        Match, Partnership, Party, PartyType, Source, State as EventState, Status as EventStatus,
    },
};
use prost_types::FieldMask;

use crate::{
    model::{self, Change, Content, Crossing, Kind, Seen, State, topics},
    operation::{COUNTRIES, DATES, FIELDS, NAMES, Named, PARTIES, SOURCES, Said, TITLES},
};

pub fn event_name(event: usize) -> String {
    format!("events/e{event}")
}

pub fn partnership_name(partnership: usize) -> String {
    format!("partnerships/p{partnership}")
}

pub fn body_name(body: usize) -> String {
    format!("bodies/b{body}")
}

pub fn subscription_name(subscription: usize) -> String {
    format!("subscriptions/s{subscription}")
}

pub fn event(name: &str, said: &Said) -> Event {
    let title = said.title.map(|title| TITLES[title].to_owned());
    let desk = said
        .desk
        .map(|desk| ("desk".to_owned(), format!("d{desk}")));
    Event {
        name: name.to_owned(),
        kind: kind(said.meeting).into(),
        status: match said.source {
            Some(_) => EventStatus::Occurred.into(),
            None => 0,
        },
        binding: said.binding,
        title: title.unwrap_or_default(),
        date: said.date.map(|date| FuzzyDate {
            edtf: DATES[date].0.to_owned(),
            ..FuzzyDate::default()
        }),
        topics: topics(said.topics).into_iter().map(str::to_owned).collect(),
        sources: said.source.map(source).into_iter().collect(),
        annotations: desk.into_iter().collect(),
        parties_incomplete: said.parties_incomplete,
        parties: parties(said.parties),
        ..Event::default()
    }
}

fn parties(bits: usize) -> Vec<Party> {
    let named = PARTIES.iter().enumerate();
    let named = named.filter(|(at, _)| bits >> at & 1 != 0);
    let party = |(_, named): (usize, &Named)| match *named {
        Named::State(code, role) => Party {
            r#type: PartyType::State.into(),
            country_code: code.to_owned(),
            role: role.into(),
            ..Party::default()
        },
        Named::Body(body) => Party {
            r#type: PartyType::Organisation.into(),
            body: body_name(body),
            ..Party::default()
        },
        Named::Text(name, country) => Party {
            r#type: PartyType::Organisation.into(),
            display_name: NAMES[name].to_owned(),
            country_code: country.to_owned(),
            ..Party::default()
        },
    };
    named.map(party).collect()
}

pub fn partnership(name: &str, bits: usize) -> Partnership {
    Partnership {
        name: name.to_owned(),
        display_name: "The partnership".to_owned(),
        topics: topics(bits).into_iter().map(str::to_owned).collect(),
        sources: vec![source(0)],
        ..Partnership::default()
    }
}

/// A body, or what is left of it when it has no names.
pub fn body(name: &str, names: usize, country: Option<usize>) -> Body {
    let mut names = model::names(names).into_iter();
    let usual = names.next();
    let others = names.map(|text| BodyName {
        text: text.to_owned(),
        ..BodyName::default()
    });
    Body {
        name: name.to_owned(),
        kind: usual.map_or(0, |_| BodyKind::Government.into()),
        display_name: usual.unwrap_or_default().to_owned(),
        names: others.collect(),
        country_code: country.map_or("", |country| COUNTRIES[country]).to_owned(),
        sources: usual.map(|_| source(0)).into_iter().collect(),
        ..Body::default()
    }
}

/// What is wrong with a body as the server has it.
pub fn body_difference(found: &Body, change: &Change, position: i64) -> Option<String> {
    let content = &change.content;
    let expected = Body {
        revision: change.revision,
        position,
        redacted: change.state == State::Redacted,
        ..body(&change.name, content.names, content.country)
    };
    let found_alone = Body {
        etag: String::new(),
        create_time: None,
        update_time: None,
        author: String::new(),
        ..found.clone()
    };
    (found_alone != expected).then(|| format!("{found:?} instead of {change:?} at {position}"))
}

fn source(source: usize) -> Source {
    Source {
        id: SOURCES[source].to_owned(),
        ..Source::default()
    }
}

fn kind(meeting: Option<bool>) -> EventKind {
    match meeting {
        None => EventKind::Unspecified,
        Some(true) => EventKind::Meeting,
        Some(false) => EventKind::Statement,
    }
}

/// None when the server is to take the fields that are set.
pub fn mask(bits: usize) -> Option<FieldMask> {
    let named = FIELDS.iter().enumerate();
    let named = named.filter(|(at, _)| bits >> at & 1 != 0);
    let paths = named.map(|(_, field)| (*field).to_owned()).collect();
    (bits != 0).then_some(FieldMask { paths })
}

/// What is wrong with an event as the server has it.
pub fn difference(found: &Event, change: &Change, position: i64) -> Option<String> {
    let Content {
        binding,
        title,
        date,
        desk,
        meeting,
        parties_incomplete,
        parties,
        ..
    } = change.content;
    let said = Said {
        binding,
        title,
        date,
        topics: change.content.topics,
        source: None,
        desk,
        meeting,
        parties_incomplete,
        parties,
    };
    let state = match change.state {
        State::Active => EventState::Active,
        State::Retracted => EventState::Retracted,
        State::Redacted => EventState::Redacted,
        State::Merged => EventState::Merged,
    };
    let mut expected = event(&change.name, &said);
    expected.state = state.into();
    expected.revision = change.revision;
    expected.position = position;
    expected.superseded_by.clone_from(&change.superseded_by);
    expected.known_since = change.since.map(timestamp);
    let sources = found.sources.iter().map(|source| source.id.as_str());
    let related = found.related_events.iter().map(|link| link.event.clone());
    let found_alone = Event {
        name: found.name.clone(),
        kind: found.kind,
        binding: found.binding,
        title: found.title.clone(),
        date: found.date.as_ref().map(|date| FuzzyDate {
            edtf: date.edtf.clone(),
            ..FuzzyDate::default()
        }),
        topics: found.topics.clone(),
        annotations: found.annotations.clone(),
        parties_incomplete: found.parties_incomplete,
        parties: found.parties.clone(),
        state: found.state,
        revision: found.revision,
        position: found.position,
        superseded_by: found.superseded_by.clone(),
        known_since: found.known_since,
        ..Event::default()
    };
    let is_same = found_alone == expected
        && sources.collect::<std::collections::BTreeSet<_>>() == change.content.source_names()
        && related.collect::<std::collections::BTreeSet<_>>() == change.content.duplicate_of;
    (!is_same).then(|| format!("{found:?} instead of {change:?} at {position}"))
}

pub fn seen(change: &EventChange) -> Seen {
    let (name, position) = match (&change.event, &change.partnership, &change.body) {
        (Some(event), ..) => (event.name.clone(), event.position),
        (_, Some(partnership), _) => (partnership.name.clone(), partnership.position),
        (.., Some(body)) => (body.name.clone(), body.position),
        _ => (String::new(), 0),
    };
    Seen {
        position,
        name,
        kind: match change.r#type() {
            ChangeType::Created | ChangeType::Unspecified => Kind::Created,
            ChangeType::Updated => Kind::Updated,
            ChangeType::Retracted => Kind::Retracted,
            ChangeType::Restored => Kind::Restored,
            ChangeType::Redacted => Kind::Redacted,
            ChangeType::Existing => Kind::Existing,
            ChangeType::Merged => Kind::Merged,
        },
        crossing: match change.r#match() {
            Match::Entered | Match::Unspecified => Crossing::Entered,
            Match::Stayed => Crossing::Stayed,
            Match::Left => Crossing::Left,
        },
        changed: change
            .changed_fields
            .iter()
            .flat_map(|mask| mask.paths.iter().cloned())
            .collect(),
    }
}

pub fn micros(time: Option<prost_types::Timestamp>) -> i64 {
    time.map_or(0, |time| {
        time.seconds * 1_000_000 + i64::from(time.nanos) / 1_000
    })
}

pub fn timestamp(micros: i64) -> prost_types::Timestamp {
    prost_types::Timestamp {
        seconds: micros.div_euclid(1_000_000),
        nanos: (micros.rem_euclid(1_000_000) * 1_000) as i32,
    }
}

pub fn start_time(micros: i64) -> Start {
    let since = std::time::Duration::from_micros(micros.unsigned_abs());
    Start::Time(std::time::UNIX_EPOCH + since)
}
