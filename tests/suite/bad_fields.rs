//! Invalid fields of events: every violation at once, by field path.

use std::collections::HashSet;

use entente::proto::v1::{
    Amount, Claim, CreateEventRequest, Event, FuzzyDate, Party, PartyType, Place, RelatedEvent,
    Relation, SeriesEntry, Source, Translation, UpdateEventRequest,
};
use tonic::{Code, Status};
use tonic_types::StatusExt as _;

use crate::harness::{Build, Server, assert_invalid_fields, assert_refused, event, source};

/// What a new event is refused with.
pub async fn refusal(server: &Server, event: Event) -> Status {
    let request = CreateEventRequest {
        event: Some(event),
        ..CreateEventRequest::default()
    };
    server
        .publisher()
        .create_event(request)
        .await
        .expect_err("invalid")
}

pub fn date(edtf: &str) -> Option<FuzzyDate> {
    Some(FuzzyDate {
        edtf: edtf.to_owned(),
        ..FuzzyDate::default()
    })
}

pub fn party(r#type: PartyType, country_code: &str, display_name: &str) -> Party {
    Party {
        r#type: r#type.into(),
        country_code: country_code.to_owned(),
        display_name: display_name.to_owned(),
        ..Party::default()
    }
}

#[tokio::test]
async fn every_violation_is_told_at_once_by_its_path() {
    let server = Server::start().await;
    let wrong = Event {
        kind: 0,
        status: 99,
        title: String::new(),
        date: date("2025-13"),
        place: Some(Place {
            country_code: "EU".into(),
            ..Place::default()
        }),
        parties: vec![
            party(PartyType::State, "XX", ""),
            party(PartyType::Company, "JP", ""),
        ],
        topics: vec!["Not Kebab".into()],
        amounts: vec![Amount {
            currency_code: "ZZZ".into(),
            value: "1e5".into(),
            ..Default::default()
        }],
        sources: vec![Source {
            uri: "not a uri".into(),
            credibility: 9,
            ..source("Press")
        }],
        related_events: vec![RelatedEvent {
            relation: 0,
            event: "a".into(),
        }],
        ..event("a")
    };
    let refused = refusal(&server, wrong).await;
    let fields = [
        "event.kind",
        "event.status",
        "event.title",
        "event.date.edtf",
        "event.place.country_code",
        "event.parties[0].country_code",
        "event.parties[1].display_name",
        "event.topics[0]",
        "event.amounts[0].currency_code",
        "event.amounts[0].value",
        "event.amounts[0].qualifier",
        "event.sources[0].id",
        "event.sources[0].uri",
        "event.sources[0].credibility",
        "event.related_events[0].relation",
        "event.related_events[0].event",
    ];
    let told: HashSet<String> = refused
        .get_details_bad_request()
        .expect("violations")
        .field_violations
        .into_iter()
        .map(|violation| violation.field)
        .collect();
    assert_refused(&refused, Code::InvalidArgument, "FIELD_INVALID");
    let silent: Vec<_> = fields
        .iter()
        .filter(|field| !told.contains(**field))
        .collect();
    assert!(
        silent.is_empty(),
        "nothing is said of {silent:?}, only of {told:?}"
    );
    assert_eq!(server.info().await.head_position, 0);
}

#[tokio::test]
async fn each_field_of_an_event_is_bounded() {
    let server = Server::start().await;
    let claim = Claim {
        field_path: "dates".into(),
        claim: "x".into(),
        ..Claim::default()
    };
    let translation = |language: &str| Translation {
        language_code: language.into(),
        title: "Titel".into(),
        ..Translation::default()
    };
    let topics = |count: usize| (0..count).map(|n| format!("t-{n}")).collect();
    for (wrong, fields) in [
        (
            Event {
                title: "x".repeat(501),
                ..event("a")
            },
            &["event.title"][..],
        ),
        (
            Event {
                summary: "x".repeat(8_001),
                ..event("a")
            },
            &["event.summary"],
        ),
        (
            Event {
                notes: "x".repeat(4_001),
                ..event("a")
            },
            &["event.notes"],
        ),
        (
            Event {
                sources: vec![],
                ..event("a")
            },
            &["event.sources"],
        ),
        (
            Event {
                topics: topics(33),
                ..event("a")
            },
            &["event.topics"],
        ),
        (
            Event {
                language_code: "english!".into(),
                ..event("a")
            },
            &["event.language_code"],
        ),
        (
            Event {
                translations: vec![translation("en")],
                ..event("a")
            },
            &["event.translations[0].language_code"],
        ),
        (
            Event {
                end_date: date("2024"),
                ..event("a").on("2025")
            },
            &["event.end_date.edtf"],
        ),
        (
            Event {
                series: Some(SeriesEntry {
                    series: "council".into(),
                    ordinal: -1,
                }),
                ..event("a")
            },
            &["event.series.ordinal"],
        ),
        (
            Event {
                claims: vec![claim],
                ..event("a")
            },
            &[
                "event.claims[0].field_path",
                "event.claims[0].sources",
                "event.claims[0].verdict",
            ],
        ),
        (
            Event {
                sources: vec![source("a"), source("a")],
                ..event("a")
            },
            &["event.sources[1]"],
        ),
        (
            Event {
                name: "events/Not-Kebab".into(),
                ..event("a")
            },
            &["event.name"],
        ),
        (
            Event {
                name: "partnerships/a".into(),
                ..event("a")
            },
            &["event.name"],
        ),
        (
            Event {
                name: String::new(),
                ..event("a")
            },
            &["event_id"],
        ),
    ] {
        let refused = refusal(&server, wrong).await;
        assert_invalid_fields(&refused, fields);
    }
    assert_eq!(server.info().await.head_position, 0);
}

#[tokio::test]
async fn values_that_this_version_does_not_know_are_refused_and_not_dropped() {
    let server = Server::start().await;
    let relation = RelatedEvent {
        relation: 99,
        event: "events/b".into(),
    };
    for (wrong, field) in [
        (
            Event {
                kind: 99,
                ..event("a")
            },
            "event.kind",
        ),
        (
            Event {
                instrument: 99,
                ..event("a")
            },
            "event.instrument",
        ),
        (
            Event {
                step: -1,
                ..event("a")
            },
            "event.step",
        ),
        (
            Event {
                verification: 99,
                ..event("a")
            },
            "event.verification",
        ),
        (
            Event {
                related_events: vec![relation],
                ..event("a")
            },
            "event.related_events[0].relation",
        ),
        (
            Event {
                parties: vec![Party {
                    role: 99,
                    ..party(PartyType::State, "JP", "")
                }],
                ..event("a")
            },
            "event.parties[0].role",
        ),
    ] {
        assert_invalid_fields(&refusal(&server, wrong).await, &[field]);
    }
}

#[tokio::test]
async fn dates_are_read_as_they_are_documented() {
    let server = Server::start().await;
    for edtf in [
        "2026",
        "2022-05",
        "2025-05-12",
        "2023-05-30/2023-05-31",
        "2024/..",
        "2026~",
        "2026?",
        "2026%",
        "2025-21",
        "2025-28",
        "2024-33",
        "2026-40",
        "201X",
        "2025-XX-XX",
        "[..2027]",
        "[2025-07-07..]",
        "[2025..2027]",
    ] {
        let id = edtf
            .bytes()
            .map(|byte| format!("{byte:x}"))
            .collect::<String>();
        server.publish(event(&format!("e-{id}")).on(edtf)).await;
    }
    for edtf in [
        "soon",
        "2025-00",
        "2025-02-30",
        "2025/2024",
        "20250512",
        "[2027..2025]",
        "2026-1X",
        "2026-42",
        "25",
    ] {
        assert_invalid_fields(
            &refusal(&server, event("a").on(edtf)).await,
            &["event.date.edtf"],
        );
    }
}

/// Trial A15. What each rule accepts is a test of the domain.
#[tokio::test]
async fn a15_what_misleads_is_refused_with_everything_else() {
    let server = Server::start().await;
    let related = |event: &str| RelatedEvent {
        relation: Relation::Follows.into(),
        event: format!("events/{event}"),
    };
    let misleading = Event {
        title: "Treaty \u{202E}yad".into(),
        date: date("2035"),
        effective_date: date("2026"),
        end_date: date("2025"),
        parties: vec![party(PartyType::Person, "", "A\u{200B}")],
        sources: vec![Source {
            uri: "javascript:alert(1)".into(),
            ..source("press")
        }],
        // Refused before these are looked at, and all the same told with them.
        partnerships: vec!["partnerships/nowhere".into()],
        topics: vec!["Not Kebab".into()],
        related_events: vec![related("b"), related("b"), related("a")],
        ..event("a")
    };
    let refused = refusal(&server, misleading.clone()).await;
    let fields = [
        "event.title",
        "event.date.edtf",
        "event.effective_date.edtf",
        "event.end_date.edtf",
        "event.parties[0].display_name",
        "event.sources[0].uri",
        "event.partnerships[0]",
        "event.topics[0]",
        "event.related_events[1]",
        "event.related_events[2].event",
    ];
    assert_invalid_fields(&refused, &fields);
    let blank = event("a").titled("\u{200B}");
    assert_invalid_fields(&refusal(&server, blank).await, &["event.title"]);

    server.publish(event("a")).await;
    let update = UpdateEventRequest {
        event: Some(misleading),
        ..UpdateEventRequest::default()
    };
    let refused = server.publisher().update_event(update).await;
    assert_invalid_fields(&refused.expect_err("invalid"), &fields);
}

/// Trial A15.
#[tokio::test]
async fn a15_people_of_one_name_and_offices_of_one_person_are_accepted() {
    let server = Server::start().await;
    let holds = |office: &str| Party {
        office: office.into(),
        ..party(PartyType::Person, "JP", "Suzuki")
    };
    let offices = ["Minister for Digital", "Minister of Justice"];
    let both = Event {
        parties: offices.map(holds).into(),
        ..event("a")
    };
    assert_eq!(server.publish(both).await.parties.len(), 2);
    let twice = Event {
        parties: vec![holds(offices[0]); 2],
        ..event("b")
    };
    let refused = refusal(&server, twice).await;
    assert_invalid_fields(&refused, &["event.parties[1]"]);
}
