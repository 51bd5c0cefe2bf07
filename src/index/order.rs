//! A page of a set of positions, in one of the orders that lists have.

use std::{cmp::Ordering, ops::Bound};

use roaring::RoaringBitmap;

use super::{
    date_spans::Span,
    index::{Index, narrow},
    lend::{Lend, Part},
};
use crate::{domain::Day, filter::Field, index::Position};

/// Sets up to this size are sorted; for larger ones an ordered index is walked.
const SORTED_MAX: u64 = 4_096;
/// How many names are walked before the index is given back.
const NAMES_MAX: u64 = 4_096;

/// The sort key of a list.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub enum OrderBy {
    /// First possible day, then last possible day: more precise dates come first. Undated events come
    /// last in either direction.
    Date,
    Position,
    Name,
}

/// The order of a list. Equal keys are sorted by position, in the same direction.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub struct Order {
    pub by: OrderBy,
    pub descending: bool,
}

/// The first and last possible day, by which dates are sorted.
pub type DateKey = (Day, Day);

/// A row of a sorted list. It carries its sort key, since a redaction erases an event's date, and the
/// next page must still begin after a row that was redacted meanwhile.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Row {
    pub position: Position,
    /// `None` without a date, and in lists that are not sorted by date.
    pub date: Option<DateKey>,
}

impl Index {
    /// Returns up to `count` rows of `set` in this order, beginning after `after`. The set holds at
    /// most one revision of each resource.
    pub fn page(
        &self,
        set: &RoaringBitmap,
        order: Order,
        after: Option<Row>,
        count: usize,
    ) -> Vec<Row> {
        let page = match order.by {
            OrderBy::Position => by_position(set, order.descending, position_of(after), count),
            OrderBy::Date if set.len() > SORTED_MAX => self.by_date(set, order, after, count),
            OrderBy::Name if set.len() > SORTED_MAX && count > 0 => {
                let mut page = Vec::with_capacity(count);
                let after = position_of(after).map(|after| self.name_at(after));
                self.by_name(set, order.descending, after, u64::MAX, (&mut page, count));
                page
            }
            _ => return self.sorted(set, order, after, count),
        };
        page.into_iter().map(|at| self.row(at, order)).collect()
    }

    fn row(&self, at: u32, order: Order) -> Row {
        let date = match order.by {
            OrderBy::Date => date_key(self.columns.at(at).date),
            OrderBy::Position | OrderBy::Name => None,
        };
        Row {
            position: at.into(),
            date,
        }
    }

    fn sorted(
        &self,
        set: &RoaringBitmap,
        order: Order,
        after: Option<Row>,
        count: usize,
    ) -> Vec<Row> {
        let compare = |a: &Row, b: &Row| self.compare(*a, *b, order);
        let follows = |row: &Row| after.is_none_or(|after| compare(row, &after).is_gt());
        // The sort key of each is looked up once.
        let rows = set.iter().map(|at| self.row(at, order));
        let mut page = Vec::with_capacity(set.len() as usize);
        page.extend(rows.filter(follows));
        if page.len() > count {
            page.select_nth_unstable_by(count, compare);
            page.truncate(count);
        }
        page.sort_unstable_by(compare);
        page
    }

    fn compare(&self, a: Row, b: Row, order: Order) -> Ordering {
        let by_key = match order.by {
            OrderBy::Position => Ordering::Equal,
            OrderBy::Name => {
                let name = |row: Row| self.name_at(narrow(row.position));
                name(a).cmp(name(b))
            }
            OrderBy::Date => match (a.date, b.date) {
                // Undated rows come last in either direction.
                (Some(_), None) => return Ordering::Less,
                (None, Some(_)) => return Ordering::Greater,
                (a, b) => a.cmp(&b),
            },
        };
        directed(by_key.then(a.position.cmp(&b.position)), order.descending)
    }

    /// Walks the existing dates until the page is full.
    fn by_date(
        &self,
        set: &RoaringBitmap,
        order: Order,
        after: Option<Row>,
        count: usize,
    ) -> Vec<u32> {
        let mut spans: Vec<_> = self
            .spans
            .spans_of(Field::Date)
            .filter_map(|(span, positions)| Some((date_key(span)?, positions)))
            .collect();
        spans.sort_unstable_by(|(a, _), (b, _)| directed(a.cmp(b), order.descending));
        let reached = after.and_then(|after| after.date);
        let after = position_of(after);
        let begin = match (after, reached) {
            (None, _) => 0,
            (Some(_), Some(reached)) => spans
                .partition_point(|(key, _)| directed(key.cmp(&reached), order.descending).is_lt()),
            (Some(_), None) => spans.len(),
        };
        let mut page = Vec::with_capacity(count);
        let mut rest = begin;
        while rest < spans.len() && page.len() < count {
            // Different spans can have equal keys, and their positions are then sorted together.
            let key = spans[rest].0;
            let end = rest
                + spans[rest..]
                    .iter()
                    .take_while(|(other, _)| *other == key)
                    .count();
            let same: RoaringBitmap = spans[rest..end]
                .iter()
                .fold(RoaringBitmap::new(), |all, (_, at)| all | (*at & set));
            let after = after.filter(|_| Some(key) == reached);
            page.extend(by_position(
                &same,
                order.descending,
                after,
                count - page.len(),
            ));
            rest = end;
        }
        if page.len() < count {
            let dated = self.spans.with_any(Field::Date);
            let undated = dated.map_or_else(|| set.clone(), |dated| set - dated);
            let after = after.filter(|_| reached.is_none());
            page.extend(by_position(
                &undated,
                order.descending,
                after,
                count - page.len(),
            ));
        }
        page
    }

    /// Walks the existing names behind `after` until the page is full or the work is used up. The set may
    /// hold any revision of a resource.
    fn by_name(
        &self,
        set: &RoaringBitmap,
        descending: bool,
        after: Option<&str>,
        work: u64,
        (page, count): (&mut Vec<u32>, usize),
    ) -> Part<String> {
        let after = after.map_or(Bound::Unbounded, Bound::Excluded);
        let upto = set.max().unwrap_or(0);
        let member = |newest: u32| {
            let mut revision = self.columns.revision_as_of(newest, upto);
            while let Some(position) = revision
                && !set.contains(position)
            {
                let previous = self.columns.at(position).previous;
                revision = (previous != 0).then_some(previous);
            }
            revision
        };
        let mut done = 0;
        let mut walk = |newest: u32| {
            page.extend(member(newest));
            done += 1;
            let stops = page.len() == count || done == work;
            stops.then(|| Part::UpTo(self.name_at(newest).to_owned()))
        };
        let stopped = if descending {
            let newest = self.newest_between(Bound::Unbounded, after);
            newest.rev().find_map(&mut walk)
        } else {
            let newest = self.newest_between(after, Bound::Unbounded);
            newest.into_iter().find_map(&mut walk)
        };
        stopped.unwrap_or(Part::Last)
    }
}

/// Returns up to `count` rows of `set` in this order, beginning after `after`. The set holds at most
/// one revision of each resource.
pub fn page<L: Lend>(
    lender: &L,
    set: &RoaringBitmap,
    order: Order,
    after: Option<Row>,
    count: usize,
) -> Result<Vec<Row>, L::Stop> {
    if order.by != OrderBy::Name || set.len() <= SORTED_MAX || count == 0 {
        return lender.lend(|index| index.page(set, order, after, count));
    }
    let name = |row| lender.lend(|index: &Index| index.name_at(row).to_owned());
    let mut after = position_of(after).map(name).transpose()?;
    let mut page = Vec::with_capacity(count);
    loop {
        let part = lender.lend(|index| {
            let page = (&mut page, count);
            index.by_name(set, order.descending, after.as_deref(), NAMES_MAX, page)
        })?;
        match part {
            Part::UpTo(name) if page.len() < count => after = Some(name),
            _ => break,
        }
    }
    let row = |at: u32| Row {
        position: at.into(),
        date: None,
    };
    Ok(page.into_iter().map(row).collect())
}

fn position_of(row: Option<Row>) -> Option<u32> {
    row.map(|row| narrow(row.position))
}

fn by_position(
    set: &RoaringBitmap,
    descending: bool,
    after: Option<u32>,
    count: usize,
) -> Vec<u32> {
    match (descending, after) {
        (false, None) => set.iter().take(count).collect(),
        (false, Some(after)) => set.range(after.saturating_add(1)..).take(count).collect(),
        (true, None) => set.iter().rev().take(count).collect(),
        (true, Some(after)) => set.range(..after).rev().take(count).collect(),
    }
}

/// Returns the sort key of a date; `None` if there is no date. If one end of a span is open, the other
/// stands for both.
fn date_key((earliest, latest): Span) -> Option<DateKey> {
    let first = earliest.or(latest)?;
    Some((first, latest.unwrap_or(Day::MAX)))
}

fn directed(ordering: Ordering, descending: bool) -> Ordering {
    if descending {
        ordering.reverse()
    } else {
        ordering
    }
}
