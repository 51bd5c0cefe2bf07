//! A question has the same answer, whether it borrows the index once or in slices.

use std::{cell::Cell, convert::Infallible};

use super::{
    Clock, GroupBy, Order, OrderBy, Period, Resources, Row, Scope, Summed, TooMuch, changes,
    count_changes,
    index::Index,
    lend::Lend,
    page, select, select_newest, summarize,
    tests::{FILTERS, filter, index},
};
use crate::{domain::Day, filter::Field, proto::v1};

/// Gives the index back after every value.
struct OneByOne<'a> {
    index: &'a Index,
    slices: Cell<usize>,
}

impl<'a> OneByOne<'a> {
    fn of(index: &'a Index) -> OneByOne<'a> {
        OneByOne {
            index,
            slices: Cell::new(0),
        }
    }
}

impl Lend for OneByOne<'_> {
    type Stop = Infallible;

    const SLICE: u64 = 1;

    fn lend<T>(&self, ask: impl FnOnce(&Index) -> T) -> Result<T, Infallible> {
        self.slices.set(self.slices.get() + 1);
        Ok(ask(self.index))
    }

    fn go_on(&self) -> Result<(), Infallible> {
        Ok(())
    }
}

/// Ends every question at its second slice.
struct Impatient<'a>(OneByOne<'a>);

impl Lend for Impatient<'_> {
    type Stop = ();

    const SLICE: u64 = 1;

    fn lend<T>(&self, ask: impl FnOnce(&Index) -> T) -> Result<T, ()> {
        self.go_on()?;
        let Ok(answer) = self.0.lend(ask);
        Ok(answer)
    }

    fn go_on(&self) -> Result<(), ()> {
        if self.0.slices.get() == 0 {
            Ok(())
        } else {
            Err(())
        }
    }
}

const UPTO: u64 = 1_000;

fn scopes() -> [Scope; 3] {
    let today = Clock::Today(Day::from_ymd(2024, 1, 1).expect("a day"));
    [(UPTO, Clock::AtCommit), (UPTO, today), (700, today)].map(|(upto, clock)| Scope {
        upto,
        known_at: None,
        clock,
    })
}

#[test]
fn s52_filters_and_changes_are_the_same_in_slices() {
    let index = index(UPTO as usize, 300);
    for text in FILTERS {
        let filter = filter(text);
        for scope in scopes() {
            let Ok(sliced) = select(&OneByOne::of(&index), filter.expr(), scope);
            assert_eq!(
                sliced,
                index.select(filter.expr(), scope),
                "{text} {scope:?}"
            );
        }
        for range in [(0, UPTO), (100, 400)] {
            for count in [3, usize::MAX] {
                let Ok(sliced) = changes(&OneByOne::of(&index), filter.expr(), range, count);
                let at_once = index.changes(filter.expr(), range.0, range.1, count);
                assert_eq!(sliced, at_once, "{text} {range:?}");
            }
            let Ok(sliced) = count_changes(&OneByOne::of(&index), filter.expr(), range);
            let at_once = index.count_changes(filter.expr(), range.0, range.1);
            assert_eq!(sliced, at_once, "{text} {range:?}");
        }
    }
}

#[test]
fn s52_pages_and_summaries_are_the_same_in_slices() {
    let index = index(9_000, 6_000);
    let scope = Scope {
        upto: 9_000,
        known_at: None,
        clock: Clock::AtCommit,
    };
    let set = index.select_newest(filter("").expr(), Resources::Events, scope);
    for by in [OrderBy::Date, OrderBy::Position, OrderBy::Name] {
        for descending in [false, true] {
            let order = Order { by, descending };
            let mut after: Option<Row> = None;
            for _ in 0..5 {
                let Ok(sliced) = page(&OneByOne::of(&index), &set, order, after, 700);
                assert_eq!(sliced, index.page(&set, order, after, 700), "{order:?}");
                after = sliced.last().copied();
            }
        }
    }
    for by in [
        vec![GroupBy::Period(Period::Year)],
        vec![GroupBy::Field(Field::Party), GroupBy::Period(Period::Month)],
        vec![
            GroupBy::Period(Period::Month),
            GroupBy::Field(Field::Party),
            GroupBy::Field(Field::Kind),
        ],
    ] {
        let lender = OneByOne::of(&index);
        for summed in [Summed::No, Summed::Yes] {
            let Ok(sliced) = summarize(&lender, &set, &by, summed);
            let Ok(at_once) = summarize(&index, &set, &by, summed);
            assert_eq!(sliced, at_once, "{by:?} {summed:?}");
        }
        assert!(lender.slices.get() > 1, "{by:?}");
    }
}

#[test]
fn s52_a_question_ends_with_the_patience_of_its_lender() {
    let index = index(2_000, 1_000);
    let scope = Scope {
        upto: 2_000,
        known_at: None,
        clock: Clock::AtCommit,
    };
    let lender = || Impatient(OneByOne::of(&index));
    let costly = filter("text:\"a\" OR date < 2023");
    let found = select_newest(&lender(), costly.expr(), Resources::Events, scope);
    assert_eq!(found, Err(()));
    let set = index.select_newest(filter("").expr(), Resources::Events, scope);
    let by = [GroupBy::Field(Field::Party), GroupBy::Period(Period::Month)];
    let summary = summarize(&lender(), &set, &by, Summed::Yes);
    assert_eq!(summary, Err(()));
}

/// Trial A4.
#[test]
fn a4_too_many_groups_are_noticed_while_they_are_counted() {
    let mut index = Index::default();
    for n in 0..600 {
        let event = v1::Event {
            name: format!("events/e-{n}"),
            topics: (0..40).map(|at| format!("t-{n}-{at}")).collect(),
            ..v1::Event::default()
        };
        let document = crate::filter::Document::of(&crate::wire::event_facts(&event));
        index.push(&document, n, None);
    }
    let scope = Scope {
        upto: 600,
        known_at: None,
        clock: Clock::AtCommit,
    };
    let set = index.select_newest(filter("").expr(), Resources::Events, scope);
    let by = [GroupBy::Field(Field::Topic), GroupBy::Period(Period::Year)];
    assert_eq!(index.summarize(&set, &by), Err(TooMuch::Groups));
}
