//! All violations of a message are reported together, by path.

use super::{change_note, event_content};
use crate::proto::v1;

fn violations(event: v1::Event) -> Vec<(String, String)> {
    let found = event_content(event).expect_err("an event with violations");
    found
        .into_iter()
        .map(|violation| (violation.field, violation.description))
        .collect()
}

fn source(id: &str) -> v1::Source {
    v1::Source {
        id: id.into(),
        ..Default::default()
    }
}

#[test]
fn an_empty_event_violates_every_required_field() {
    let found = violations(v1::Event::default());
    let fields: Vec<_> = found.iter().map(|(field, _)| field.as_str()).collect();
    assert_eq!(fields, ["kind", "status", "title", "sources"]);
    assert!(
        found[0].1.contains("KIND_AGREEMENT, KIND_MEETING"),
        "{}",
        found[0].1
    );
}

#[test]
fn every_violation_is_reported_once_at_its_path() {
    let state = |code: &str| v1::Party {
        r#type: 1,
        country_code: code.into(),
        ..Default::default()
    };
    let date = |edtf: &str| v1::FuzzyDate {
        edtf: edtf.into(),
        ..Default::default()
    };
    let found = violations(v1::Event {
        kind: 99,
        status: 6,
        title: " untidy".into(),
        language_code: "english_".into(),
        translations: vec![v1::Translation::default()],
        date: Some(date("2025-13")),
        previous_dates: vec![date("2024"), date("")],
        place: Some(v1::Place {
            country_code: "EU".into(),
            ..Default::default()
        }),
        parties: vec![state("JP"), v1::Party::default(), state("UK"), state("JP")],
        partnerships: vec!["eu-japan".into()],
        series: Some(v1::SeriesEntry {
            series: "council".into(),
            ordinal: -1,
        }),
        topics: vec!["6g".into(), "Quantum".into(), "6g".into()],
        amounts: vec![v1::Amount {
            value: "1,000".into(),
            ..Default::default()
        }],
        sources: vec![
            v1::Source {
                credibility: 7,
                uri: "example.org".into(),
                ..source("press")
            },
            source("press"),
            v1::Source {
                supports: vec!["dates".into()],
                ..source("")
            },
        ],
        claims: vec![v1::Claim {
            field_path: "date".into(),
            claim: "it was in May".into(),
            sources: vec!["press".into(), "other".into()],
            verdict: 1,
            ..Default::default()
        }],
        related_events: vec![v1::RelatedEvent {
            relation: 1,
            event: "other".into(),
        }],
        annotations: [("Bad Key".to_owned(), "value".to_owned())]
            .into_iter()
            .collect(),
        ..Default::default()
    });
    let mut fields: Vec<_> = found.iter().map(|(field, _)| field.as_str()).collect();
    fields.sort_unstable();
    assert_eq!(
        fields,
        [
            "amounts[0].qualifier",
            "amounts[0].value",
            "annotations[\"Bad Key\"]",
            "claims[0].sources[1]",
            "date.edtf",
            "kind",
            "language_code",
            "parties[1].type",
            "parties[2].country_code",
            "parties[3]",
            "partnerships[0]",
            "place.country_code",
            "previous_dates[1].edtf",
            "related_events[0].event",
            "series.ordinal",
            "sources[0].credibility",
            "sources[0].uri",
            "sources[1]",
            "sources[2].id",
            "sources[2].supports[0]",
            "title",
            "topics[1]",
            "topics[2]",
            "translations[0].language_code",
        ]
    );
}

#[test]
fn a_list_that_is_too_long_is_one_violation() {
    let event = v1::Event {
        kind: 1,
        status: 6,
        title: "a council".into(),
        sources: vec![source("NOT A SLUG"); 65],
        ..Default::default()
    };
    assert_eq!(
        violations(event),
        [(
            "sources".into(),
            "65 entries are too many; at most 64".into()
        )]
    );
}

#[test]
fn languages_that_differ_only_in_case_are_not_silently_merged() {
    let names = [("ja", "日本"), ("JA", "ニッポン")].map(|(tag, name)| (tag.into(), name.into()));
    let party = v1::Party {
        r#type: 1,
        country_code: "JP".into(),
        local_names: names.into_iter().collect(),
        ..Default::default()
    };
    let found = violations(v1::Event {
        kind: 1,
        status: 6,
        title: "a council".into(),
        parties: vec![party],
        sources: vec![source("press")],
        ..Default::default()
    });
    assert_eq!(found.len(), 1, "{found:?}");
    assert!(
        found[0].0.starts_with("parties[0].local_names["),
        "{found:?}"
    );
}

#[test]
fn a_note_refers_to_sources_of_the_event() {
    let note = v1::ChangeNote {
        sources: vec!["press".into()],
        reason: 9,
        ..Default::default()
    };
    let found = change_note(note, &[]).expect_err("no such source and no such reason");
    let fields: Vec<_> = found.as_slice().iter().map(|v| v.field.as_str()).collect();
    assert_eq!(fields, ["reason", "sources[0]"]);
}
