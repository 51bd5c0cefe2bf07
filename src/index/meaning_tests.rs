//! S51: filters that give different answers never share a canonical text.

use std::collections::HashMap;

use roaring::RoaringBitmap;

use super::{
    Clock, Scope,
    tests::{filter, index},
};
use crate::random::Random;

/// Terms, some of which mean the same or nearly the same.
const TERMS: [&str; 33] = [
    "party:JP",
    "party = jp",
    "party:GB",
    "party != JP",
    "kind = MEETING",
    "kind:KIND_AGREEMENT",
    "text:\"council 6g\"",
    "text:\"6G Council\"",
    "text:council",
    "organisation:\"university tokyo\"",
    "organisation:university AND organisation:tokyo",
    "date = 2022",
    "date:2022",
    "date = '2022-01-01/2022-12-31'",
    "date < 2023",
    "date <= 2022",
    "date < '2023-01-01/2024'",
    "date > 2022",
    "date >= 2022",
    "-date:*",
    "date:*",
    "revision > 1",
    "revision >= 2",
    "exercise = false",
    "exercise != true",
    "overdue = false",
    "party.role = HOST",
    "party:JP party.role:HOST",
    "party:JP party.role:HOST party:US",
    "amount.value > 999.99",
    "amount.value >= 1000",
    "amount.value > 999.990 AND amount.currency = USD",
    "amount.currency:USD amount.value > 999.99 amount.role:*",
];

fn any_filter(random: &mut Random, depth: usize) -> String {
    match random.below(if depth == 0 { 1 } else { 4 }) {
        0 => TERMS[random.below(TERMS.len())].to_owned(),
        1 => format!("NOT ({})", any_filter(random, depth - 1)),
        _ => {
            let operator = [" AND ", " OR "][random.below(2)];
            let parts = (0..2 + random.below(2)).map(|_| match random.below(2) {
                // Terms side by side can be about one element.
                0 if operator == " AND " => TERMS[random.below(TERMS.len())].to_owned(),
                _ => format!("({})", any_filter(random, depth - 1)),
            });
            parts.collect::<Vec<_>>().join(operator)
        }
    }
}

/// Trial C10.
#[test]
fn s51_filters_with_different_answers_never_have_one_canonical_text() {
    let index = index(600, 200);
    let scope = Scope {
        upto: 600,
        known_at: None,
        clock: Clock::AtCommit,
    };
    let mut random = Random::new(0x51);
    let mut answers: HashMap<String, (String, RoaringBitmap)> = HashMap::new();
    let mut respelled = 0;
    for _ in 0..4_000 {
        let text = any_filter(&mut random, 2);
        let filter = filter(&text);
        let answer = index.select(filter.expr(), scope);
        match answers.get(&filter.canonical()) {
            None => {
                answers.insert(filter.canonical(), (text, answer));
            }
            Some((other, same)) => {
                assert_eq!(&answer, same, "{text}\n{other}\n{}", filter.canonical());
                respelled += usize::from(other != &text);
            }
        }
    }
    assert!(respelled > 100, "{respelled}");
}
