//! Trial A11: all words of a comparison are in one name.

use super::{Clock, Index, Position, Scope};
use crate::{
    domain::search_words::{self, SearchWord},
    filter::{Expr, Filter, Predicate, Schema},
    proto::v1::{Event, Party, PartyType, Source},
};

const ORGANISATIONS: &[&[&str]] = &[
    &["University of Tokyo"],
    &["University of Oxford", "Tokyo Electron"],
    &[
        "Tokyo Electron",
        "University of Oxford",
        "University of Tokyo",
    ],
    &["Kyoto University", "Kyoto University"],
    &["—", "Tokyo Institute", "University of Kyoto"],
    &[],
    &["東京大学", "University of Oxford"],
];

const QUERIES: &[&str] = &[
    "University of Tokyo",
    "tok uni",
    "tokyo",
    "university",
    "electron oxford",
    "kyoto university",
    "institute kyoto",
    "東京 oxford",
    "東京大",
    "of of",
];

fn event(number: usize, organisations: &[&str]) -> Event {
    let party = |name: &&str| Party {
        r#type: PartyType::Organisation.into(),
        display_name: (*name).into(),
        ..Default::default()
    };
    Event {
        name: format!("events/e-{number}"),
        parties: organisations.iter().map(party).collect(),
        revision: 1,
        ..Default::default()
    }
}

/// Indexes one event for each row.
fn index(rows: &[&[&str]]) -> Index {
    let mut index = Index::default();
    for (number, row) in rows.iter().enumerate() {
        index.push(
            &crate::filter::Document::of(&crate::wire::event_facts(&event(number, row))),
            0,
            None,
        );
    }
    index
}

fn filter(text: &str) -> Filter {
    Filter::parse(text, Schema::Events).unwrap_or_else(|error| panic!("{text}: {error}"))
}

/// Returns where a filter matches, and checks that sets and single positions agree.
fn found(index: &Index, text: &str, upto: Position) -> Vec<u32> {
    let filter = filter(text);
    let clock = Clock::AtCommit;
    let selected = index.select(
        filter.expr(),
        Scope {
            upto,
            known_at: None,
            clock,
        },
    );
    let one_by_one = (1..=upto).filter(|at| index.matches(filter.expr(), *at, clock));
    let one_by_one: Vec<u32> = one_by_one.map(|at| at as u32).collect();
    assert_eq!(selected.iter().collect::<Vec<_>>(), one_by_one, "{text}");
    one_by_one
}

fn words_of(filter: &Filter) -> &[SearchWord] {
    match filter.expr() {
        Expr::Leaf(Predicate::Words { query, .. }) => query.words(),
        other => panic!("{other:?}"),
    }
}

#[test]
fn a11_all_words_are_found_in_one_name_or_not_at_all() {
    let index = index(ORGANISATIONS);
    for query in QUERIES {
        let text = format!("organisation:\"{query}\"");
        let filter = filter(&text);
        let has = |name: &&str| {
            let (mut folded, mut entries) = (String::new(), Vec::new());
            search_words::index_words(name, &mut folded, &mut entries, |place| place);
            words_of(&filter).iter().all(|wanted| {
                let mut entries = entries.iter().map(|place| &folded[place.clone()]);
                entries.any(|entry| entry.starts_with(&wanted.text))
            })
        };
        let rows = (1..).zip(ORGANISATIONS);
        let expected = rows.filter(|(_, names)| names.iter().any(has));
        let expected: Vec<u32> = expected.map(|(at, _)| at).collect();
        assert_eq!(
            found(&index, &text, ORGANISATIONS.len() as Position),
            expected,
            "{text}"
        );
    }
}

#[test]
fn a11_every_field_with_several_names_looks_at_each_by_itself() {
    let person = |name: &str| Party {
        r#type: PartyType::Person.into(),
        display_name: name.into(),
        ..Default::default()
    };
    let source = |publisher: &str| Source {
        publisher: publisher.into(),
        ..Default::default()
    };
    let event = Event {
        parties: vec![person("John Smith"), person("Anne Brown")],
        sources: vec![source("Ministry of Justice"), source("Kyodo News")],
        ..event(0, &["University of Oxford", "Tokyo Electron"])
    };
    let mut index = Index::default();
    index.push(
        &crate::filter::Document::of(&crate::wire::event_facts(&event)),
        0,
        None,
    );
    for text in [
        "person = \"John Brown\"",
        "source.publisher:\"ministry news\"",
    ] {
        assert!(found(&index, text, 1).is_empty(), "{text}");
    }
    for text in [
        "person = \"John Smith\"",
        "person:brown AND person:smith",
        "source.publisher:\"news kyodo\"",
        // All texts of an event count as one.
        "text:\"John Brown\"",
    ] {
        assert_eq!(found(&index, text, 1), [1], "{text}");
    }
}

/// Trial C2.
#[test]
fn c2_a_whole_name_is_found_whatever_its_place_and_case() {
    let index = index(ORGANISATIONS);
    for (text, expected) in [
        ("organisation = \"university of TOKYO\"", &[1, 3][..]),
        ("organisation = \"University of\"", &[]),
        ("organisation = \"of University Tokyo\"", &[]),
        ("organisation = \"Tokyo Electron\"", &[2, 3]),
        ("organisation = 東京大学", &[7]),
        ("organisation = 東京", &[]),
        ("person = \"University of Tokyo\"", &[]),
        (
            "organisation:* AND organisation != \"University of Oxford\"",
            &[1, 4, 5],
        ),
    ] {
        assert_eq!(found(&index, text, 7), expected, "{text}");
    }
}

#[test]
fn c2_a_whole_name_is_one_entry_with_the_country_of_the_party() {
    let mut event = event(0, &["Ministry of Foreign Affairs"]);
    event.parties[0].country_code = "JP".into();
    let mut index = Index::default();
    let document = crate::filter::Document::of(&crate::wire::event_facts(&event));
    index.push(&document, 0, None);
    let entry = search_words::whole_name("Ministry of Foreign Affairs", "JP");
    let entries = document
        .terms
        .iter()
        .filter(|term| Some(term.value) == entry.as_deref());
    assert_eq!(entries.count(), 1);
    assert_eq!(
        found(&index, "organisation = \"ministry of foreign affairs\"", 1),
        [1]
    );
}

#[test]
fn a_name_without_words_is_no_name() {
    let index = index(ORGANISATIONS);
    assert_eq!(found(&index, "-organisation:*", 7), [6]);
}

#[test]
fn the_index_agrees_with_the_document_of_each_name() {
    let index = index(ORGANISATIONS);
    for (number, names) in ORGANISATIONS.iter().enumerate() {
        let position = number as Position + 1;
        let document =
            crate::filter::Document::of(&crate::wire::event_facts(&event(number, names)));
        assert!(index.agrees(&document, position, None), "{names:?}");
        let more = [*names, &["Another University of Tokyo"]].concat();
        let document =
            crate::filter::Document::of(&crate::wire::event_facts(&event(number, &more)));
        assert!(!index.agrees(&document, position, None), "{more:?}");
    }
}

#[test]
fn s45_redacted_names_are_no_longer_found_and_their_slots_are_reused() {
    let mut index = index(ORGANISATIONS);
    let redacted = crate::filter::Document::of(&crate::wire::event_facts(&event(2, &[])));
    index.replace(&[(3, redacted)]);
    assert_eq!(found(&index, "organisation:\"oxford\"", 7), [2, 7]);
    assert_eq!(found(&index, "organisation:\"tokyo univ\"", 7), [1]);
    // There are more names than slots, so that some must share a slot.
    let names = ["a x", "b x", "c x", "d x", "e x"];
    index.replace(&[(
        3,
        crate::filter::Document::of(&crate::wire::event_facts(&event(2, &names))),
    )]);
    for name in names {
        let text = format!("organisation = \"{name}\"");
        assert_eq!(found(&index, &text, 7), [3], "{text}");
    }
}
