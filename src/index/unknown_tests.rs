//! Trial C5: a term whose value no record has is reported with the nearest existing value.

use super::{Index, Position};
use crate::{
    filter::{Filter, Schema},
    proto::v1::{Amount, Event, Party, PartyType, RelatedEvent, SeriesEntry, Source},
};

fn event(number: usize) -> Event {
    let party = |r#type: PartyType, code: &str, name: &str| Party {
        r#type: r#type.into(),
        country_code: code.into(),
        display_name: name.into(),
        ..Default::default()
    };
    Event {
        name: format!("events/council-{number}"),
        title: "Ministers meet on semiconductors".into(),
        language_code: "en-GB".into(),
        parties: vec![
            party(PartyType::State, "CN", ""),
            party(PartyType::Organisation, "", "University of Oxford"),
            party(PartyType::Organisation, "", "Tokyo Electron"),
        ],
        partnerships: vec!["partnerships/eu-japan-digital-partnership".into()],
        topics: vec!["semiconductors".into()],
        series: Some(SeriesEntry {
            series: "digital-council".into(),
            ordinal: 1,
        }),
        amounts: vec![Amount {
            currency_code: "JPY".into(),
            role: "funding".into(),
            ..Default::default()
        }],
        sources: vec![Source {
            id: "press".into(),
            publisher: "Nikkei Asia".into(),
            ..Default::default()
        }],
        related_events: vec![RelatedEvent {
            event: "events/council-0".into(),
            ..Default::default()
        }],
        annotations: [("desk".into(), "economy".into())].into(),
        author: "newsroom".into(),
        ..Default::default()
    }
}

fn index() -> Index {
    let mut index = Index::default();
    for number in 1..=3 {
        index.push(
            &crate::filter::Document::of(&crate::wire::event_facts(&event(number))),
            0,
            None,
        );
    }
    index
}

fn hints(index: &Index, text: &str, upto: Position) -> Vec<String> {
    let filter = Filter::parse(text, Schema::Events).unwrap_or_else(|error| panic!("{error}"));
    let unknown = index.unknown(&filter, upto);
    unknown.iter().map(|it| it.hint(Schema::Events)).collect()
}

#[test]
fn c5_an_unknown_value_is_reported_with_the_nearest_existing_one() {
    let index = index();
    for (text, hint) in [
        (
            "topic:semicondutors",
            "topic:semicondutors; did you mean topic:semiconductors?",
        ),
        (
            "partnership:eu-japan-digital-partnerships",
            "partnership:eu-japan-digital-partnerships; did you mean \
             partnership:eu-japan-digital-partnership?",
        ),
        (
            "series = digital-counsel",
            "series = digital-counsel; did you mean series = digital-council?",
        ),
        (
            "name = counsil-2",
            "name = events/counsil-2; did you mean name = events/council-2?",
        ),
        (
            "related:council-9",
            "related:council-9; did you mean related:council-0?",
        ),
        ("amount.currency:USD", "amount.currency:USD"),
        (
            "language:en-US",
            "language:en-US; did you mean language:en?",
        ),
        (
            "source.id:pres",
            "source.id:pres; did you mean source.id:press?",
        ),
        ("party:CH", "party:CH, which is Switzerland"),
        (
            "author = \"Newsroom\"",
            "author = \"Newsroom\"; did you mean author = \"newsroom\"?",
        ),
        (
            "text:semicondutors",
            "text:\"semicondutors\"; did you mean text:\"semiconductors\"?",
        ),
        (
            "organisation:\"university okyo\"",
            "organisation:\"okyo university\", as none has a word that begins with okyo; did you \
             mean organisation:\"tokyo university\"?",
        ),
        (
            "organisation = \"University of Oxfort\"",
            "organisation = \"university of oxfort\"; did you mean organisation = \"university of \
             oxford\"?",
        ),
        (
            "text = \"ministers meet on semicondutors\"",
            "text = \"ministers meet on semicondutors\", as none has the word semicondutors; did you \
             mean text = \"ministers meet on semiconductors\"?",
        ),
        (
            "annotations.disk:*",
            "annotations.disk:*; did you mean annotations.desk:*?",
        ),
        (
            "annotations.desk = econony",
            "annotations.desk = \"econony\"; did you mean annotations.desk = \"economy\"?",
        ),
        ("name = summit-q", "name = events/summit-q"),
        ("text:meti", "text:\"meti\""),
        ("NOT topic:xyzzy", "topic:xyzzy"),
    ] {
        assert_eq!(
            hints(&index, text, 3),
            [format!("no record has {hint}")],
            "{text}"
        );
    }
}

#[test]
fn c5_known_values_and_values_of_the_language_are_not_reported() {
    let index = index();
    for text in [
        "topic:semiconductors AND party:CN AND language:en-gb",
        "kind = POLICY AND state = MERGED AND exercise = true AND place.mode = ONLINE",
        "date = 1999 AND position > 99 AND place.city:*",
        "text:semi AND organisation:\"university electron\"",
        "name = council-2 OR annotations.desk:*",
    ] {
        assert!(hints(&index, text, 3).is_empty(), "{text}");
    }
}

#[test]
fn c5_values_beyond_the_requested_position_are_not_reported() {
    let mut index = index();
    let later = Event {
        topics: vec!["semicondutors-later".into()],
        ..event(4)
    };
    index.push(
        &crate::filter::Document::of(&crate::wire::event_facts(&later)),
        0,
        None,
    );
    for upto in [3, 4] {
        let hints = hints(&index, "topic:semicondutors-late", upto);
        assert_eq!(
            hints[0].contains("semicondutors-later?"),
            upto == 4,
            "{hints:?}"
        );
    }
    assert_eq!(hints(&index, "name = council-4", 3).len(), 1);
    assert!(hints(&index, "name = council-4", 4).is_empty());
}

#[test]
fn c5_hints_and_the_values_compared_are_bounded() {
    let mut index = Index::default();
    for number in 0..20 {
        let event = Event {
            topics: (0..500)
                .map(|n| format!("topic-{number:02}-{n:03}"))
                .collect(),
            ..event(number)
        };
        index.push(
            &crate::filter::Document::of(&crate::wire::event_facts(&event)),
            0,
            None,
        );
    }
    let filter: Vec<String> = (0..100).map(|n| format!("topic:topic-10-{n}00x")).collect();
    let filter = Filter::parse(&filter.join(" OR "), Schema::Events).expect("a filter");
    let unknown = index.unknown(&filter, 20);
    assert_eq!(unknown.len(), 5);
    assert!(unknown.iter().all(|it| it.known.len() <= 500));
    let hint = unknown[1].hint(Schema::Events);
    assert!(hint.ends_with("did you mean topic:topic-10-100?"), "{hint}");
}
