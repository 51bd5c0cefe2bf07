//! Trials C6, F5 and F6: terms on one element of a repeated field, compared with a look at every event.

use super::{Clock, Index, Position, Scope, tests::amount};
use crate::{
    filter::{Document, Filter, Schema},
    proto::v1::{Amount, Event, Party, PartyType, Role, Source, SourceType, State},
    random::Random,
    wire::event_facts,
};

fn party(code: &str, role: Role) -> Party {
    Party {
        country_code: code.into(),
        r#type: PartyType::State.into(),
        role: role.into(),
        ..Default::default()
    }
}

fn money(currency: &str, value: &str) -> Amount {
    Amount {
        currency_code: currency.into(),
        value: value.into(),
        qualifier: 1,
        ..Default::default()
    }
}

fn source(publisher: &str, r#type: SourceType) -> Source {
    Source {
        publisher: publisher.into(),
        r#type: r#type.into(),
        ..Default::default()
    }
}

fn event(number: usize) -> Event {
    Event {
        name: format!("events/e-{number}"),
        revision: 1,
        ..Default::default()
    }
}

fn index(events: &[Event]) -> Index {
    let mut index = Index::default();
    for event in events {
        index.push(&Document::of(&event_facts(event)), 0, None);
    }
    index
}

/// Returns the positions that a filter selects, which must also match one by one.
fn found(index: &Index, text: &str, upto: Position) -> Vec<u32> {
    let filter = Filter::parse(text, Schema::Events).unwrap_or_else(|why| panic!("{text}: {why}"));
    let clock = Clock::AtCommit;
    let selected = index.select(
        filter.expr(),
        Scope {
            upto,
            known_at: None,
            clock,
        },
    );
    for position in 1..=upto {
        let matches = index.matches(filter.expr(), position, clock);
        assert_eq!(
            matches,
            selected.contains(position as u32),
            "{text} at {position}"
        );
    }
    selected.iter().collect()
}

#[test]
fn f6_a_dollar_and_five_billion_yen_are_not_a_billion_dollars() {
    let events = [
        Event {
            amounts: vec![money("USD", "1"), money("JPY", "5000000000")],
            ..event(1)
        },
        Event {
            amounts: vec![money("JPY", "1"), money("USD", "5000000000.00")],
            ..event(2)
        },
        Event {
            amounts: vec![money("USD", "1000000000")],
            ..event(3)
        },
        event(4),
    ];
    let index = index(&events);
    let found = |text| found(&index, text, 4);
    assert_eq!(
        found("amount.value >= 1000000000 AND amount.currency = USD"),
        [2, 3]
    );
    assert_eq!(
        found("(amount.value >= 1000000000 AND resource = EVENT) AND amount.currency = USD"),
        [1, 2, 3]
    );
    assert_eq!(found("amount.value > 1 AND amount.value < 5000000000"), [3]);
    assert_eq!(
        found("amount.value > 5000000000 OR amount.value = 1"),
        [1, 2]
    );
    assert_eq!(
        found("amount.value < 5 AND NOT amount.currency = USD"),
        [0; 0]
    );
    assert_eq!(found("-amount.value:*"), [4]);
}

#[test]
fn f5_each_of_several_values_has_the_other_parts() {
    use Role::{Host, Signatory, Unspecified};
    let with = |number, parties: &[(&str, Role)]| Event {
        parties: parties
            .iter()
            .map(|(code, role)| party(code, *role))
            .collect(),
        ..event(number)
    };
    let events = [
        with(1, &[("JP", Signatory), ("EU", Signatory)]),
        with(2, &[("JP", Signatory), ("EU", Unspecified)]),
        with(3, &[("JP", Host), ("EU", Signatory), ("US", Signatory)]),
        with(4, &[("JP", Host), ("JP", Signatory), ("EU", Signatory)]),
        with(5, &[("JP", Signatory)]),
    ];
    let index = index(&events);
    let found = |text| found(&index, text, 5);
    assert_eq!(
        found("party:JP AND party:EU AND party.role = SIGNATORY"),
        [1, 4]
    );
    assert_eq!(
        found("(party:JP AND party.role = HOST) AND (party:EU AND party.role = SIGNATORY)"),
        [3, 4]
    );
    assert_eq!(
        found("(party:US OR party:EU) AND party.role = SIGNATORY"),
        [1, 3, 4]
    );
    assert_eq!(found("NOT (party:JP AND party.role = SIGNATORY)"), [3]);
    assert_eq!(found("party:JP AND party:EU"), [1, 2, 3, 4]);
}

#[test]
fn c6_words_of_a_publisher_belong_to_one_source() {
    use SourceType::{Official, Press};
    let with = |number, sources: &[(&str, SourceType)]| Event {
        sources: sources
            .iter()
            .map(|(name, sort)| source(name, *sort))
            .collect(),
        ..event(number)
    };
    let events = [
        with(1, &[("Nikkei Asia", Press), ("Cabinet Office", Official)]),
        with(2, &[("Nikkei Asia", Official), ("Asahi", Press)]),
        with(3, &[("Nikkei", Press), ("Asia Times", Press)]),
        with(4, &[("東京新聞", Press), ("Nikkei Asia", Official)]),
    ];
    let index = index(&events);
    let found = |text| found(&index, text, 4);
    assert_eq!(
        found("source.publisher:\"asia nik\" AND source.type = PRESS"),
        [1]
    );
    assert_eq!(
        found("source.publisher:nikkei AND source.type = PRESS"),
        [1, 3]
    );
    assert_eq!(found("source.publisher:新聞 AND source.type = PRESS"), [4]);
}

/// A scan of the amounts themselves.
#[test]
fn f6_random_amounts_are_found_as_a_scan_finds_them() {
    let mut random = Random::new(0xf6);
    let events: Vec<Event> = (0..500)
        .map(|number| Event {
            amounts: (0..random.below(4)).map(|_| amount(&mut random)).collect(),
            ..event(number)
        })
        .collect();
    let index = index(&events);
    type Wanted = fn(&Amount, f64) -> bool;
    let filters: [(&str, Wanted); 4] = [
        (
            "amount.currency = USD AND amount.value >= 1000",
            |it, value| it.currency_code == "USD" && value >= 1000.0,
        ),
        (
            "amount.currency:* AND amount.value < 1.25 AND amount.role = investment",
            |it, value| !it.currency_code.is_empty() && value < 1.25 && it.role == "investment",
        ),
        (
            "(amount.currency = EUR OR amount.value = 0) AND amount.qualifier = EXACT",
            |it, value| (it.currency_code == "EUR" || value == 0.0) && it.qualifier == 1,
        ),
        // As floats, both are one number.
        (
            "amount.value > 9007199254740992 AND amount.currency = JPY",
            |it, _| it.value == "9007199254740993" && it.currency_code == "JPY",
        ),
    ];
    for (text, wanted) in filters {
        let is_found = |event: &Event| {
            let mut amounts = event.amounts.iter();
            amounts.any(|it| wanted(it, it.value.parse().expect("a number")))
        };
        let scanned = (1..).zip(&events).filter(|(_, event)| is_found(event));
        let scanned: Vec<u32> = scanned.map(|(position, _)| position).collect();
        assert!(scanned.len() > 5, "{text}");
        assert_eq!(found(&index, text, 500), scanned, "{text}");
    }
}

#[test]
fn f6_a_replaced_revision_leaves_none_of_its_elements() {
    let with = |number: usize| Event {
        amounts: vec![
            money("USD", &format!("7712345678901{number}")),
            money("JPY", "5"),
        ],
        parties: vec![party("JP", Role::Host), party("EU", Role::Signatory)],
        ..event(number)
    };
    let mut index = index(&[with(1), with(2), with(3)]);
    let redacted = Event {
        state: State::Redacted.into(),
        ..event(2)
    };
    index.replace(&[(2, Document::of(&event_facts(&redacted)))]);
    assert!(!format!("{:?}", index.elements).contains("77123456789012"));
    assert!(!format!("{:?}", index.postings).contains("77123456789012"));
    let kept = "party:JP AND party.role = HOST";
    assert_eq!(found(&index, kept, 3), [1, 3]);
    assert_eq!(found(&index, "amount.value = 77123456789012", 3), [0; 0]);
    // A replacement with content has its elements again, between those of the others.
    index.replace(&[(2, Document::of(&event_facts(&with(2))))]);
    assert_eq!(found(&index, kept, 3), [1, 2, 3]);
    assert_eq!(
        found(
            &index,
            "amount.value = 77123456789012 AND amount.currency = USD",
            3
        ),
        [2]
    );
    assert_eq!(
        found(
            &index,
            "amount.value = 77123456789012 AND amount.currency = JPY",
            3
        ),
        [0; 0]
    );
    for (position, number) in (1..).zip(1..=3) {
        assert!(index.agrees(&Document::of(&event_facts(&with(number))), position, None));
    }
}
