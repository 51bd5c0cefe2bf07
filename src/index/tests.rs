//! Compares the index with a scan of every revision.

use roaring::RoaringBitmap;

use super::{
    Clock, Crossing, Group, GroupBy, Index, Order, OrderBy, Period, Position, Resources, Row, Scope,
};
use crate::{
    domain::Day,
    filter::{Expr, Field, Filter, Schema},
    proto::v1,
    random::Random,
};

const KINDS: [v1::Kind; 3] = [v1::Kind::Meeting, v1::Kind::Agreement, v1::Kind::Statement];
const PARTIES: [&str; 4] = ["JP", "GB", "US", "EU"];
const TITLES: [&str; 4] = [
    "Council on 6G",
    "Talks on chips",
    "半導体に関する覚書",
    "Quantum letter",
];

/// Names of organisations, people and publishers.
const NAMES: [&str; 6] = [
    "University of Tokyo",
    "University of Oxford",
    "Tokyo Electron",
    "東京大学",
    "John Brown",
    "—",
];

/// Values of amounts, some of which are one number.
const VALUES: [&str; 9] = [
    "1000",
    "1000.00",
    "999.99",
    "0",
    "-0.5",
    "1.25",
    "5000000000.50",
    "9007199254740993",
    "9007199254740992",
];

pub(super) const FILTERS: [&str; 41] = [
    "",
    "name = e-7 OR name = e-8",
    "kind = MEETING",
    "party:JP AND kind = AGREEMENT",
    "party:JP OR party:GB",
    "NOT party:JP",
    "party:JP AND NOT (kind = MEETING OR party:US)",
    "text:\"半導体\"",
    "text:cou",
    "date >= \"2022\" AND date < \"2023-06\"",
    "-date:*",
    "revision > 1",
    "position > 1000 AND date:\"2023\"",
    "organisation:\"university tokyo\"",
    "organisation:tok OR person:\"john\"",
    "person:\"of university\" AND NOT organisation:\"東京\"",
    "person = \"University of Oxford\" OR organisation = \"東京 大学\"",
    "source.publisher != \"john BROWN\" AND revision > 1",
    "text = council OR text = 半導体",
    "text:councils",
    "text = chip",
    "source.publisher:\"tokyo univ\"",
    "-organisation:* AND source.publisher:*",
    "organisation:\"electron university\"",
    "party:JP AND party.role = HOST",
    "party:JP AND party:EU AND party.role = SIGNATORY",
    "(party:JP OR party:GB) AND party.role:* AND kind = MEETING",
    "NOT (party:US AND party.type = UNION)",
    "party.type = COMPANY AND party.role = HOST",
    "(party:JP AND kind = MEETING) AND party.role = HOST",
    "amount.value >= 1000 AND amount.currency = USD",
    "amount.value > -1 AND amount.value < 1.5",
    "amount.value = 0",
    "amount.value != 1000",
    "amount.currency = JPY AND (amount.value > 1000 OR amount.qualifier = MORE_THAN)",
    "amount.role:* AND amount.value <= 5000000000.5 AND NOT amount.currency:EUR",
    "source.publisher:tokyo AND source.type = PRESS",
    "source.publisher:\"university\" AND (source.type = OFFICIAL OR source.reliability = B)",
    "claim.verdict = DISPUTED AND claim.field = date",
    "related:e-1 AND related.relation = FOLLOWS",
    "related.relation = FOLLOWS AND NOT (related:e-1 AND related.relation = EXTENDS)",
];

/// Builds an index of random revisions of `resources` events.
pub(super) fn index(revisions: usize, resources: usize) -> Index {
    let mut random = Random::new(0x5eed);
    let mut index = Index::default();
    let mut numbers = vec![0; resources];
    for at in 0..revisions {
        let resource = random.below(resources);
        numbers[resource] += 1;
        let event = event(&mut random, resource, numbers[resource]);
        index.push(
            &crate::filter::Document::of(&crate::wire::event_facts(&event)),
            at as i64 * 10,
            None,
        );
    }
    index
}

fn event(random: &mut Random, resource: usize, revision: i32) -> v1::Event {
    let year = 2020 + random.below(5);
    let (earliest, latest) = match random.below(4) {
        0 => (String::new(), String::new()),
        1 => (format!("{year}-01-01"), format!("{year}-12-31")),
        2 => (String::new(), format!("{year}-12-31")),
        _ => {
            let day = format!(
                "{year}-{:02}-{:02}",
                1 + random.below(12),
                1 + random.below(28)
            );
            (day.clone(), day)
        }
    };
    let mut parties = PARTIES.to_vec();
    parties.retain(|_| random.below(2) == 0);
    let mut party = |code: &str| v1::Party {
        country_code: code.into(),
        role: random.below(4) as i32,
        r#type: 1 + random.below(2) as i32,
        ..Default::default()
    };
    let mut parties: Vec<v1::Party> = parties.into_iter().map(&mut party).collect();
    for _ in 0..random.below(5) {
        parties.push(named(random));
    }
    v1::Event {
        name: format!("events/e-{resource}"),
        kind: KINDS[random.below(3)].into(),
        title: TITLES[random.below(4)].into(),
        parties,
        sources: (0..random.below(4)).map(|_| published(random)).collect(),
        amounts: (0..random.below(4)).map(|_| amount(random)).collect(),
        claims: (0..random.below(3)).map(|_| claim(random)).collect(),
        related_events: (0..random.below(3)).map(|_| related(random)).collect(),
        date: Some(v1::FuzzyDate {
            earliest,
            latest,
            ..Default::default()
        }),
        revision,
        ..Default::default()
    }
}

fn named(random: &mut Random) -> v1::Party {
    v1::Party {
        r#type: 3 + random.below(3) as i32,
        display_name: NAMES[random.below(6)].into(),
        local_names: [("ja".into(), NAMES[random.below(6)].into())].into(),
        role: random.below(4) as i32,
        ..Default::default()
    }
}

pub(super) fn amount(random: &mut Random) -> v1::Amount {
    v1::Amount {
        currency_code: ["USD", "JPY", "EUR", ""][random.below(4)].into(),
        value: VALUES[random.below(VALUES.len())].into(),
        qualifier: 1 + random.below(4) as i32,
        role: ["", "investment", "context"][random.below(3)].into(),
        ..Default::default()
    }
}

fn claim(random: &mut Random) -> v1::Claim {
    v1::Claim {
        verdict: random.below(4) as i32,
        field_path: ["date", "title", ""][random.below(3)].into(),
        ..Default::default()
    }
}

fn related(random: &mut Random) -> v1::RelatedEvent {
    v1::RelatedEvent {
        event: format!("events/e-{}", random.below(4)),
        relation: random.below(6) as i32,
    }
}

fn published(random: &mut Random) -> v1::Source {
    v1::Source {
        publisher: NAMES[random.below(6)].into(),
        r#type: random.below(4) as i32,
        reliability: random.below(4) as i32,
        ..Default::default()
    }
}

pub(super) fn filter(text: &str) -> Filter {
    Filter::parse(text, Schema::Events).unwrap_or_else(|error| panic!("{text}: {error}"))
}

fn today() -> Day {
    Day::from_ymd(2024, 1, 1).unwrap()
}

#[test]
fn a_filter_selects_the_positions_that_match_one_by_one() {
    let index = index(3_000, 900);
    for text in FILTERS {
        let filter = filter(text);
        for upto in [0, 1, 1_700, 3_000] {
            let scope = Scope {
                upto,
                known_at: None,
                clock: Clock::AtCommit,
            };
            let selected = index.select(filter.expr(), scope);
            let one_by_one = (1..=upto)
                .filter(|position| index.matches(filter.expr(), *position, Clock::AtCommit))
                .map(|position| position as u32);
            assert_eq!(
                selected,
                RoaringBitmap::from_iter(one_by_one),
                "{text} up to {upto}"
            );
        }
    }
}

#[test]
fn the_newest_revisions_as_of_a_position_are_those_of_an_index_that_ends_there() {
    let whole = index(2_000, 300);
    for upto in [1, 10, 777, 2_000] {
        let scope = Scope {
            upto,
            known_at: None,
            clock: Clock::AtCommit,
        };
        let ended = index(upto as usize, 300);
        assert_eq!(
            whole.select_newest(&Expr::All, Resources::Events, scope),
            ended.select_newest(&Expr::All, Resources::Events, scope),
        );
    }
}

#[test]
fn s22_changes_are_the_same_however_many_are_looked_up_at_a_time() {
    let index = index(3_000, 900);
    for text in FILTERS {
        let filter = filter(text);
        let (at_once, reached) = index.changes(filter.expr(), 0, 3_000, usize::MAX);
        assert_eq!(reached, 3_000);
        let mut in_steps = Vec::new();
        let mut after = 0;
        while after < 3_000 {
            // Short ranges are evaluated change by change, long ones as sets.
            let upto = (after + 100).min(3_000);
            let (hits, reached) = index.changes(filter.expr(), after, upto, 7);
            in_steps.extend(hits);
            after = reached;
        }
        assert_eq!(at_once, in_steps, "{text}");
        for (after, upto) in [
            (0, 3_000),
            (0, 1_700),
            (1_000, 3_000),
            (2_900, 3_000),
            (9, 9),
        ] {
            let counted = index.count_changes(filter.expr(), after, upto);
            let mut positions = at_once.iter().map(|hit| hit.position);
            let first = positions.find(|at| *at > after).filter(|at| *at <= upto);
            let rest = positions.take_while(|at| *at <= upto).count() as u64;
            let expected = (first.map_or(0, |_| 1 + rest), first);
            assert_eq!(counted, expected, "{text} after {after} up to {upto}");
        }
        for hit in at_once {
            let matches = |at: Position| index.matches(filter.expr(), at, Clock::AtCommit);
            let before = hit.previous.is_some_and(matches);
            let expected = match (before, matches(hit.position)) {
                (false, _) => Crossing::Entered,
                (true, true) => Crossing::Stayed,
                (true, false) => Crossing::Left,
            };
            assert_eq!(hit.crossing, expected, "{text} at {}", hit.position);
        }
    }
}

#[test]
fn pages_of_any_size_make_up_the_sorted_list_in_every_order() {
    // Large enough for the orders that walk an index instead of sorting.
    let index = index(9_000, 6_000);
    let scope = Scope {
        upto: 9_000,
        known_at: None,
        clock: Clock::AtCommit,
    };
    for text in ["", "party:JP", "party:JP AND kind = MEETING"] {
        let set = index.select_newest(filter(text).expr(), Resources::Events, scope);
        for by in [OrderBy::Date, OrderBy::Position, OrderBy::Name] {
            for descending in [false, true] {
                let order = Order { by, descending };
                let sorted = sorted(&index, &set, order);
                let mut paged: Vec<Row> = Vec::new();
                loop {
                    let page = index.page(&set, order, paged.last().copied(), 997);
                    if page.is_empty() {
                        break;
                    }
                    paged.extend(page);
                }
                let paged: Vec<Position> = paged.iter().map(|row| row.position).collect();
                assert_eq!(paged, sorted, "{text} by {order:?}");
            }
        }
    }
}

/// Sorts a set. Undated events come last in either direction.
fn sorted(index: &Index, set: &RoaringBitmap, order: Order) -> Vec<Position> {
    let mut sorted: Vec<u32> = set.iter().collect();
    let date = |at: &u32| index.columns.at(*at).date;
    match order.by {
        OrderBy::Position => {}
        OrderBy::Name => sorted.sort_by_key(|at| index.name_at(*at).to_owned()),
        OrderBy::Date => {
            sorted.sort_by_key(|at| (date(at).0.or(date(at).1), date(at).1.unwrap_or(Day::MAX)));
        }
    }
    if order.descending {
        sorted.reverse();
    }
    if order.by == OrderBy::Date {
        sorted.sort_by_key(|at| date(at) == (None, None));
    }
    sorted.into_iter().map(Position::from).collect()
}

#[test]
fn a_summary_counts_each_event_in_each_of_its_groups() {
    let index = index(2_000, 1_000);
    let scope = Scope {
        upto: 2_000,
        known_at: None,
        clock: Clock::AtCommit,
    };
    let set = index.select_newest(&Expr::All, Resources::Events, scope);
    let by = [GroupBy::Field(Field::Party), GroupBy::Period(Period::Year)];
    let groups = index.summarize(&set, &by).expect("few");
    for Group { values, count, .. } in &groups {
        let party = match values[0].as_str() {
            "" => "-party:*".to_owned(),
            party => format!("party:{party}"),
        };
        let inside = index.select_newest(filter(&party).expr(), Resources::Events, scope);
        let year = |at: &u32| {
            let (earliest, latest) = index.columns.at(*at).date;
            let years = earliest
                .zip(latest)
                .map(|days| (days.0.year(), days.1.year()));
            years
                .filter(|(first, last)| first == last)
                .map(|(year, _)| year.to_string())
                .unwrap_or_default()
        };
        let counted = inside.iter().filter(|at| year(at) == values[1]).count() as u64;
        assert_eq!(*count, counted, "{values:?}");
    }
    let kinds = index.summarize(&set, &[GroupBy::Field(Field::Kind)]);
    let kinds = kinds.expect("few");
    assert_eq!(
        kinds.iter().map(|group| group.count).sum::<u64>(),
        set.len()
    );
}

#[test]
fn an_awaited_event_is_overdue_from_the_day_after_its_last_possible_day() {
    let mut index = Index::default();
    let event = v1::Event {
        name: "events/e".into(),
        status: v1::Status::Scheduled.into(),
        date: Some(v1::FuzzyDate {
            earliest: "2023-12-01".into(),
            latest: "2023-12-31".into(),
            ..Default::default()
        }),
        ..Default::default()
    };
    index.push(
        &crate::filter::Document::of(&crate::wire::event_facts(&event)),
        0,
        None,
    );
    let overdue = filter("overdue = true");
    let selected = |day| {
        let scope = Scope {
            upto: 1,
            known_at: None,
            clock: Clock::Today(day),
        };
        index.select(overdue.expr(), scope).len()
    };
    assert_eq!(selected(Day::from_ymd(2023, 12, 31).unwrap()), 0);
    assert_eq!(selected(today()), 1);
    assert!(index.is_overdue_at(1, today()));
    // On the day of its commit, in 1970, it was not overdue.
    assert!(!index.matches(overdue.expr(), 1, Clock::AtCommit));
}
