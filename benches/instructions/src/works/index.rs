use std::path::Path;

use entente::{
    domain::Day,
    filter::{Document, Field, Filter, Schema},
    index::{Clock, GroupBy, Index, Order, OrderBy, Period, Position, Resources, Scope},
    wire::{EventMessage, ResourceMessage as _},
};

use super::{Work, nothing};
use crate::{
    Failure,
    events::{THREE_TERMS, event},
    request::counted,
    stores,
};

const EVENTS: usize = 20_000;
const QUESTIONS: usize = 20;
/// Rows of a page, and one more, which tells whether there is another page.
const PAGE_LEN: usize = 51;

/// What a commit and a start add to the index.
pub const PUSH: Work = Work {
    name: "index",
    piece: "an event's document added to an index, up to 20,000 of them",
    pieces: EVENTS as u64,
    prepare: nothing,
    run: push,
};

/// What ListEvents asks the index.
pub const PAGE: Work = Work {
    name: "page",
    piece: "a filter of three terms read, and its first page of 20,000 events",
    pieces: QUESTIONS as u64,
    prepare: nothing,
    run: page,
};

/// What SummarizeEvents asks it.
pub const SUMMARY: Work = Work {
    name: "summary",
    piece: "20,000 events counted by party and year",
    pieces: QUESTIONS as u64,
    prepare: nothing,
    run: summary,
};

fn push(_: &Path) -> Result<(), Failure> {
    let documents = documents()?;
    let index = counted(|| index(&documents));
    check(index.name(EVENTS as Position), "events/e-19999")
}

fn page(_: &Path) -> Result<(), Failure> {
    let index = index(&documents()?);
    let order = Order {
        by: OrderBy::Date,
        descending: true,
    };
    let ask = || {
        let filter = Filter::parse(THREE_TERMS, Schema::Events)?;
        let set = index.select_newest(filter.expr(), Resources::Events, scope());
        Ok::<_, Failure>(index.page(&set, order, None, PAGE_LEN))
    };
    let page = ask()?;
    counted(|| (0..QUESTIONS).try_for_each(|_| ask().map(drop)))?;
    check(page.len(), PAGE_LEN)
}

fn summary(_: &Path) -> Result<(), Failure> {
    let index = index(&documents()?);
    let everything = Filter::everything(Schema::Events);
    let by = [GroupBy::Field(Field::Party), GroupBy::Period(Period::Year)];
    let ask = || {
        let set = index.select_newest(everything.expr(), Resources::Events, scope());
        index.summarize(&set, &by)
    };
    let groups = ask().map_err(|_| "too many groups")?;
    counted(|| (0..QUESTIONS).for_each(|_| drop(ask())));
    // Twelve countries in eight years.
    check(groups.len(), 96)
}

fn index(documents: &[Document]) -> Index {
    let mut index = Index::default();
    for (micros, document) in (0..).zip(documents) {
        index.push(document, micros, None);
    }
    index
}

fn documents() -> Result<Vec<Document>, Failure> {
    let document = |number| {
        let event = stores::checked(event(&format!("e-{number}"), number))?;
        Ok(EventMessage::from(event).document())
    };
    (0..EVENTS).map(document).collect()
}

fn scope() -> Scope {
    Scope {
        upto: EVENTS as Position,
        known_at: None,
        clock: Clock::Today(Day::MAX),
    }
}

fn check<T: PartialEq<U> + std::fmt::Debug, U: std::fmt::Debug>(
    found: T,
    expected: U,
) -> Result<(), Failure> {
    if found == expected {
        return Ok(());
    }
    Err(format!("found {found:?} where {expected:?} was expected").into())
}
