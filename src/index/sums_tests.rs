//! Trial F6: sums of money, compared with what the events themselves add up to.

use std::collections::BTreeMap;

use super::{
    AmountSum, Clock, GroupBy, Groups, Index, Period, Resources, SUMS_MAX, Scope, Summed, TooMuch,
    summarize,
    tests::{amount, filter},
};
use crate::{
    domain::{DecimalSum, OrderedDecimal},
    filter::{Document, Field},
    proto::v1::{Amount, Event, Party},
    random::Random,
    wire::event_facts,
};

const UPTO: u64 = 400;

fn amounts(number: usize, amounts: Vec<Amount>) -> Event {
    Event {
        name: format!("events/e-{number}"),
        amounts,
        revision: 1,
        ..Default::default()
    }
}

fn money(currency: &str, value: &str, qualifier: i32, role: &str) -> Amount {
    Amount {
        currency_code: currency.into(),
        value: value.into(),
        qualifier,
        role: role.into(),
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

fn summary(index: &Index, by: &[GroupBy], upto: u64) -> Result<Groups, TooMuch> {
    let clock = Clock::AtCommit;
    let set = index.select_newest(
        filter("").expr(),
        Resources::Events,
        Scope {
            upto,
            known_at: None,
            clock,
        },
    );
    let Ok(summary) = summarize(index, &set, by, Summed::Yes);
    summary
}

fn sum(currency: &str, role: &str, value: &str, exact: u64, inexact: u64) -> AmountSum {
    AmountSum {
        currency: currency.into(),
        role: role.into(),
        value: value.into(),
        exact,
        inexact,
    }
}

#[test]
fn f6_exact_amounts_are_added_and_others_are_counted() {
    let events = [
        amounts(
            1,
            vec![
                money("USD", "0.10", 1, "grant"),
                // The same once more is another amount.
                money("USD", "0.10", 1, "grant"),
                money("USD", "5", 2, "grant"),
                money("JPY", "9007199254740993", 1, ""),
            ],
        ),
        amounts(
            2,
            vec![
                money("USD", "0.1", 1, "grant"),
                money("USD", "7", 1, "loan"),
            ],
        ),
        amounts(
            3,
            vec![
                money("EUR", "3", 3, "grant"),
                money("EUR", "4", 4, "grant"),
                money("", "8", 1, "grant"),
                money("EUR", "1000", 1, "context"),
            ],
        ),
        amounts(4, Vec::new()),
    ];
    let Groups {
        groups,
        sums: total,
    } = summary(&index(&events), &[GroupBy::Field(Field::Name)], 4).expect("few");
    let expected = [
        sum("", "grant", "0", 0, 1),
        sum("EUR", "grant", "0", 0, 2),
        sum("JPY", "", "9007199254740993", 1, 0),
        sum("USD", "grant", "0.3", 3, 1),
        sum("USD", "loan", "7", 1, 0),
    ];
    assert_eq!(total, expected);
    // There are no terms for names, so that all are in the group without a value.
    assert_eq!((groups.len(), groups[0].count), (1, 4));
    assert_eq!(groups[0].sums, expected);
}

#[test]
fn f6_sums_of_groups_are_those_of_their_events() {
    let mut random = Random::new(0xf6);
    let events: Vec<Event> = (0..UPTO as usize)
        .map(|number| {
            let mut event = amounts(
                number % 300,
                (0..random.below(5)).map(|_| amount(&mut random)).collect(),
            );
            for code in ["JP", "EU"] {
                if random.below(2) == 0 {
                    event.parties.push(Party {
                        country_code: code.into(),
                        ..Default::default()
                    });
                }
            }
            event.kind = 1 + random.below(3) as i32;
            event
        })
        .collect();
    // The newest revisions.
    let newest: BTreeMap<&str, &Event> = events.iter().map(|it| (it.name.as_str(), it)).collect();
    let scan = |wanted: &dyn Fn(&Event) -> bool| {
        let mut sums: BTreeMap<(&str, &str), (DecimalSum, u64, u64)> = BTreeMap::new();
        let found = newest.values().filter(|event| wanted(event));
        for amount in found.flat_map(|event| &event.amounts) {
            if amount.role == "context" {
                continue;
            }
            let key = (amount.currency_code.as_str(), amount.role.as_str());
            let (sum, exact, inexact) = sums.entry(key).or_default();
            if amount.qualifier == 1 && !amount.currency_code.is_empty() {
                sum.add(&OrderedDecimal::parse(&amount.value).expect("decimal"), 1);
                *exact += 1;
            } else {
                *inexact += 1;
            }
        }
        let sums = sums.into_iter();
        let sums = sums.map(|((currency, role), (value, exact, inexact))| {
            sum(currency, role, &value.to_string(), exact, inexact)
        });
        sums.collect::<Vec<_>>()
    };
    let index = index(&events);
    for by in [
        &[GroupBy::Field(Field::Party)][..],
        &[GroupBy::Field(Field::Party), GroupBy::Field(Field::Kind)],
    ] {
        let Groups {
            groups,
            sums: total,
        } = summary(&index, by, UPTO).expect("few");
        assert_eq!(total, scan(&|_| true));
        for group in groups {
            let kind = group.values.get(1);
            let is_in = |event: &Event| {
                let mut codes = event
                    .parties
                    .iter()
                    .map(|party| party.country_code.as_str());
                let code = group.values[0].as_str();
                let has_party = match code {
                    "" => event.parties.is_empty(),
                    code => codes.any(|one| one == code),
                };
                let name = event.kind().as_str_name();
                has_party && kind.is_none_or(|kind| name == format!("KIND_{kind}"))
            };
            assert_eq!(group.sums, scan(&is_in), "{:?}", group.values);
        }
    }
}

#[test]
fn f6_too_many_sums_are_refused() {
    let roles = |number: usize| {
        let sums = (0..60).map(|at| money("USD", "1", 1, &format!("r-{number}-{at}")));
        amounts(number, sums.collect())
    };
    let events: Vec<Event> = (0..SUMS_MAX / 60 + 1).map(roles).collect();
    let refused = summary(
        &index(&events),
        &[GroupBy::Period(Period::Year)],
        events.len() as u64,
    );
    assert_eq!(refused, Err(TooMuch::Sums));
}
