//! Invalid fields of events: every violation at once, by field path.

use std::collections::HashSet;

use entente::proto::v1::{
    Amount, ChangeNote, Claim, CreateEventRequest, Event, FuzzyDate, Partnership, Party, PartyType,
    Place, RelatedEvent, Relation, SeriesEntry, Source, Translation, UpdateEventRequest,
};
use prost_types::FieldMask;
use tonic::{Code, Status};
use tonic_types::StatusExt as _;

use crate::harness::{Build, Server, assert_invalid_fields, assert_refused, event, source};

async fn refusal(server: &Server, event: Event) -> Status {
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

fn date(edtf: &str) -> Option<FuzzyDate> {
    Some(FuzzyDate {
        edtf: edtf.to_owned(),
        ..FuzzyDate::default()
    })
}

fn party(r#type: PartyType, country_code: &str, display_name: &str) -> Party {
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
        "2024-33",
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
        "25",
    ] {
        assert_invalid_fields(
            &refusal(&server, event("a").on(edtf)).await,
            &["event.date.edtf"],
        );
    }
}

#[tokio::test]
async fn an_event_that_is_too_large_as_a_whole_is_refused() {
    let server = Server::start().await;
    let translation = |n: usize| Translation {
        language_code: ["de", "fr", "es", "it", "nl", "pt", "sv", "fi"][n].to_owned(),
        title: "Titel".into(),
        summary: "x".repeat(8_000),
        ..Translation::default()
    };
    let large = Event {
        translations: (0..8).map(translation).collect(),
        ..event("a")
    };
    let refused = refusal(&server, large.clone()).await;
    assert_invalid_fields(&refused, &["event"]);
    assert!(refused.message().contains("49152"), "{refused:?}");
    server.publish(event("a")).await;
    let request = UpdateEventRequest {
        event: Some(large),
        ..UpdateEventRequest::default()
    };
    let refused = server
        .publisher()
        .update_event(request)
        .await
        .expect_err("too large");
    assert_invalid_fields(&refused, &["event"]);
}

#[tokio::test]
async fn an_update_is_held_to_the_same_rules() {
    let server = Server::start().await;
    server.publish(event("a")).await;
    let update = |event, mask: &[&str]| UpdateEventRequest {
        event: Some(event),
        update_mask: Some(FieldMask {
            paths: mask.iter().map(|p| (*p).to_owned()).collect(),
        }),
        ..UpdateEventRequest::default()
    };
    let empty = || Event {
        name: "events/a".into(),
        ..Event::default()
    };
    for (request, fields) in [
        (
            update(empty(), &["title", "sources"]),
            &["event.title", "event.sources"][..],
        ),
        (update(event("a"), &["titel"]), &["update_mask.titel"]),
        (update(event("a"), &["position"]), &["update_mask.position"]),
        (
            update(event("a"), &["sources.id"]),
            &["update_mask.sources.id"],
        ),
        (update(event("A"), &["title"]), &["event.name"]),
        (UpdateEventRequest::default(), &["event"]),
    ] {
        let refused = server
            .publisher()
            .update_event(request)
            .await
            .expect_err("invalid");
        assert_invalid_fields(&refused, fields);
    }
    let note = ChangeNote {
        sources: vec!["nowhere".into()],
        ..ChangeNote::default()
    };
    let request = UpdateEventRequest {
        change_note: Some(note),
        ..update(event("a").titled("New"), &["title"])
    };
    let refused = server
        .publisher()
        .update_event(request)
        .await
        .expect_err("invalid");
    assert_invalid_fields(&refused, &["change_note.sources[0]"]);
    assert_eq!(server.info().await.head_position, 1);
}

#[tokio::test]
async fn an_event_is_not_its_own_relative_or_successor() {
    let server = Server::start().await;
    let relation = Relation::Follows.into();
    let related_events = vec![RelatedEvent {
        relation,
        event: "events/a".into(),
    }];
    let refused = refusal(
        &server,
        Event {
            related_events,
            ..event("a")
        },
    )
    .await;
    assert_invalid_fields(&refused, &["event.related_events[0].event"]);
    server.publish(event("a")).await;
    for other in ["events/a", "events/nowhere", "a"] {
        let request = entente::proto::v1::RetractEventRequest {
            name: "events/a".into(),
            superseded_by: other.into(),
            ..Default::default()
        };
        let refused = server
            .publisher()
            .retract_event(request)
            .await
            .expect_err("invalid");
        assert_invalid_fields(&refused, &["superseded_by"]);
    }
}

#[tokio::test]
async fn request_ids_are_short_and_printable() {
    let server = Server::start().await;
    for request_id in ["with space", "ünïcode", "tab\t", &"x".repeat(101)] {
        let request = CreateEventRequest {
            event: Some(event("a")),
            request_id: request_id.to_owned(),
            ..CreateEventRequest::default()
        };
        let refused = server
            .publisher()
            .create_event(request)
            .await
            .expect_err("invalid");
        assert_invalid_fields(&refused, &["request_id"]);
    }
}

#[tokio::test]
async fn partnerships_are_held_to_their_rules_too() {
    let server = Server::start().await;
    let wrong = Partnership {
        name: "partnerships/p".into(),
        form: "Not Kebab".into(),
        parties: vec![party(PartyType::State, "", "")],
        established: date("soon"),
        ..Partnership::default()
    };
    let request = entente::proto::v1::CreatePartnershipRequest {
        partnership: Some(wrong),
        ..Default::default()
    };
    let refused = server
        .partnerships()
        .create_partnership(request)
        .await
        .expect_err("invalid");
    let fields = [
        "partnership.display_name",
        "partnership.form",
        "partnership.parties[0].country_code",
        "partnership.established.edtf",
        "partnership.sources",
    ];
    assert_invalid_fields(&refused, &fields);
}
