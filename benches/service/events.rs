//! Events to publish, all different and about 600 bytes long.

use entente::proto::v1::{
    Event, FuzzyDate, Kind, Party, PartyType, Place, Role, Source, SourceType, Status,
};

const KINDS: [Kind; 8] = [
    Kind::Agreement,
    Kind::Meeting,
    Kind::Statement,
    Kind::Programme,
    Kind::Investment,
    Kind::Procurement,
    Kind::Policy,
    Kind::Other,
];
const COUNTRIES: [&str; 12] = [
    "JP", "GB", "SG", "KR", "CA", "FR", "DE", "IT", "US", "IN", "AU", "NZ",
];
const TOPICS: [&str; 5] = [
    "semiconductors",
    "artificial-intelligence",
    "data-flows",
    "submarine-cables",
    "6g",
];

/// One event in 96 is by these two terms, evenly spread.
pub const TWO_TERMS: &str = "kind = MEETING AND host = JP";

/// One event in 240 is by these three terms.
pub const THREE_TERMS: &str = "kind = MEETING AND host = JP AND topic:6g";

/// One event in a thousand.
pub const RARE: &str = "subkind = rare";

/// Length of a large event's notes and annotations.
pub const LARGE_LEN: usize = 36_000;

/// An event of nearly the largest size.
pub fn large(id: &str, number: usize) -> Event {
    let text = |key: usize| {
        (
            format!("k-{key}"),
            format!("{number:08}-{key:02}-").repeat(83),
        )
    };
    Event {
        notes: format!("{number:09}-").repeat(400),
        annotations: (0..32).map(text).collect(),
        ..event(id, number)
    }
}

/// The event with this number. Equal numbers give equal events but for the id.
pub fn event(id: &str, number: usize) -> Event {
    let host = COUNTRIES[number / KINDS.len() % COUNTRIES.len()];
    let guest = COUNTRIES[(number / KINDS.len() + 1 + number % 7) % COUNTRIES.len()];
    let kind = KINDS[number % KINDS.len()];
    let day = format!(
        "20{:02}-{:02}-{:02}",
        18 + number % 8,
        1 + number % 12,
        1 + number % 28
    );
    Event {
        name: format!("events/{id}"),
        kind: kind.into(),
        status: Status::Occurred.into(),
        title: format!("Ministers agree on step {number} of the digital partnership"),
        summary: format!(
            "Officials of {host} and {guest} met to review joint work on digital infrastructure, \
             trusted data and emerging technology. They welcomed progress since the last council, \
             and set out step {number} as the next milestone, to be reached before they meet again."
        ),
        date: Some(FuzzyDate {
            edtf: day,
            ..FuzzyDate::default()
        }),
        place: Some(Place {
            country_code: host.to_owned(),
            ..Place::default()
        }),
        parties: vec![party(host, Role::Host), party(guest, Role::Participant)],
        topics: vec![
            TOPICS[number % TOPICS.len()].to_owned(),
            TOPICS[(number + 1) % TOPICS.len()].to_owned(),
        ],
        sources: vec![source(id)],
        subkind: if number.is_multiple_of(1_000) {
            "rare"
        } else {
            ""
        }
        .to_owned(),
        ..Event::default()
    }
}

fn party(country: &str, role: Role) -> Party {
    Party {
        r#type: PartyType::State.into(),
        country_code: country.to_owned(),
        role: role.into(),
        ..Party::default()
    }
}

fn source(id: &str) -> Source {
    Source {
        id: "ministry".to_owned(),
        r#type: SourceType::Official.into(),
        publisher: "Ministry of Digital Affairs".to_owned(),
        uri: format!("https://ministry.example/news/{id}"),
        ..Source::default()
    }
}
