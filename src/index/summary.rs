//! Counts of a set of positions, grouped by the values of one or more fields.

use std::collections::BTreeMap;

use roaring::RoaringBitmap;

use super::{
    cost::ELEMENT_COST,
    date_spans::Span,
    index::Index,
    lend::{Lend, Part as Slice},
    sums::{AmountSum, SUMS_MAX, add_up},
};
use crate::{
    filter::{Field, Repeated},
    index::Position,
};

/// The maximum number of groups of a summary.
pub const GROUPS_MAX: usize = 20_000;
/// How many positions a summary may look at to find its groups, where each pair of a group and a value
/// counts its positions again: about two seconds.
pub const WORK_MAX: u64 = 200_000_000;

/// How many values are looked up for one body, about.
const NAMES_COST: usize = 16;
/// How many bodies are looked up before the index is given back.
const BODIES_LEN: usize = 1_024;

/// A field to group by.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum GroupBy {
    /// The values of a field with exact values.
    Field(Field),
    /// The bodies as of a position, with the events of which each is a party, by id or by name.
    Body { upto: Position },
    /// The period of the calendar that the whole date lies in.
    Period(Period),
}

/// A period of the calendar to group dates by. A date that crosses its bounds does not say in which
/// period it lies: where the year is certain, its group is that of the year and `XX`, as in `2025-XX`.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Period {
    /// `2025`
    Year,
    /// `2025-H1`
    Half,
    /// `2025-Q2`
    Quarter,
    /// `2025-05`
    Month,
}

impl GroupBy {
    /// Returns the same grouping for a read as of a position.
    pub fn as_of(self, upto: Position) -> GroupBy {
        match self {
            GroupBy::Body { .. } => GroupBy::Body { upto },
            other => other,
        }
    }
}

impl Period {
    /// Returns the group of a date; `None` when not even its year is certain.
    fn group(self, (earliest, latest): Span) -> Option<String> {
        let (first, last) = earliest.zip(latest)?;
        let year = first.year();
        // Most dates are one day.
        if last != first && last.year() != year {
            return None;
        }
        let (letter, months) = match self {
            Period::Year => return Some(format!("{year:04}")),
            Period::Half => ("H", 6),
            Period::Quarter => ("Q", 3),
            Period::Month => ("", 1),
        };
        let [part, last] = [first, last].map(|day| (day.month() - 1) / months + 1);
        Some(match self {
            _ if part != last => format!("{year:04}-XX"),
            Period::Month => format!("{year:04}-{part:02}"),
            _ => format!("{year:04}-{letter}{part}"),
        })
    }
}

/// The events that have one value of each requested field.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Group {
    pub values: Vec<String>,
    /// How many there are.
    pub count: u64,
    /// Their sums of money, if requested.
    pub sums: Vec<AmountSum>,
}

/// All groups, sorted by values.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Groups {
    pub groups: Vec<Group>,
    /// The sums of money of all events, if requested. Each event counts once.
    pub sums: Vec<AmountSum>,
}

/// Whether the amounts of each group are added up.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Summed {
    No,
    Yes,
}

/// Why a summary was given up.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum TooMuch {
    /// There are more groups than [`GROUPS_MAX`].
    Groups,
    /// There are more sums than [`SUMS_MAX`].
    Sums,
    /// Finding the groups takes more work than [`WORK_MAX`].
    Work,
}

impl Index {
    /// Runs [`summarize`] on this index, without sums.
    pub fn summarize(&self, set: &RoaringBitmap, by: &[GroupBy]) -> Result<Vec<Group>, TooMuch> {
        let Ok(summary) = summarize(self, set, by, Summed::No);
        summary.map(|all| all.groups)
    }

    /// Estimates how many values are looked at to add up the amounts of a set in groups.
    pub fn adding_cost(&self, by: &[GroupBy]) -> u64 {
        let amounts = self.elements.of(Repeated::Amounts);
        // An event counts in several groups; once more for the sums of all.
        let times = by.len() as u64 + 1;
        times * (ELEMENT_COST * amounts.owners().len() + amounts.count())
    }

    /// Estimates how many values are looked at to partition a set.
    pub fn parting_cost(&self, by: &[GroupBy]) -> u64 {
        let values = |by: &GroupBy| match by {
            GroupBy::Field(field) => self.postings.count_values(*field),
            GroupBy::Body { .. } => self.bodies.len() * NAMES_COST,
            GroupBy::Period(_) => self.spans.count(Field::Date),
        };
        by.iter().map(values).sum::<usize>() as u64
    }
}

/// Returns every group that is not empty, sorted by values. An event with several values of a field
/// counts in the group of each; one without a value counts in the group of the empty value. Too many
/// groups are noticed while they are counted.
pub fn summarize<L: Lend>(
    lender: &L,
    set: &RoaringBitmap,
    by: &[GroupBy],
    summed: Summed,
) -> Result<Result<Groups, TooMuch>, L::Stop> {
    match groups(lender, set, by, summed) {
        Ok(all) => Ok(Ok(all)),
        Err(Halt::TooMuch(what)) => Ok(Err(what)),
        Err(Halt::Stop(stop)) => Err(stop),
    }
}

enum Halt<S> {
    Stop(S),
    TooMuch(TooMuch),
}

impl<S> From<S> for Halt<S> {
    fn from(stop: S) -> Halt<S> {
        Halt::Stop(stop)
    }
}

/// The positions of a set that have one value of a field.
struct Part {
    value: String,
    at: RoaringBitmap,
}

fn groups<L: Lend>(
    lender: &L,
    set: &RoaringBitmap,
    by: &[GroupBy],
    summed: Summed,
) -> Result<Groups, Halt<L::Stop>> {
    let mut fields = Vec::with_capacity(by.len());
    for by in by {
        fields.push(partition(lender, set, *by)?);
    }
    let mut counting = Counting {
        lender,
        values: Vec::with_capacity(by.len()),
        groups: Vec::new(),
        with_amounts: match summed {
            Summed::No => None,
            Summed::Yes => {
                Some(lender.lend(|index| set & index.elements.of(Repeated::Amounts).owners())?)
            }
        },
        sums: 0,
        work: 0,
        dense: dense(set),
    };
    let total = counting.sums_of(&[set])?;
    let Some((parts, others)) = fields.split_first() else {
        counting.add(set.len(), total.clone())?;
        return Ok(counting.of_all(total));
    };
    for part in parts {
        counting.values.push(&part.value);
        counting.count(&part.at, others)?;
        counting.values.pop();
    }
    Ok(counting.of_all(total))
}

/// Counts one group after another, so that at most one set for each field is in memory.
struct Counting<'a, L> {
    lender: &'a L,
    /// The values of the group that is being counted.
    values: Vec<&'a str>,
    groups: Vec<Group>,
    /// The positions of the set that have amounts, if these are added up.
    with_amounts: Option<RoaringBitmap>,
    /// How many sums there are so far.
    sums: usize,
    work: u64,
    dense: u64,
}

impl<'a, L: Lend> Counting<'a, L> {
    /// Counts a group that is not empty by the remaining fields.
    fn count(&mut self, set: &RoaringBitmap, fields: &'a [Vec<Part>]) -> Result<(), Halt<L::Stop>> {
        let Some((parts, others)) = fields.split_first() else {
            let sums = self.sums_of(&[set])?;
            return self.add(set.len(), sums);
        };
        self.lender.go_on()?;
        let work = self.work_of(set);
        for part in parts {
            self.work(work + self.work_of(&part.at))?;
            self.values.push(&part.value);
            if others.is_empty() {
                // Only the size of the group matters, so its set is not built.
                let count = part.at.intersection_len(set);
                if count > 0 {
                    let sums = self.sums_of(&[&part.at, set])?;
                    self.add(count, sums)?;
                }
            } else {
                let both = &part.at & set;
                if !both.is_empty() {
                    self.count(&both, others)?;
                }
            }
            self.values.pop();
        }
        Ok(())
    }

    /// Adds up the amounts of the positions that are in all of these sets, if requested.
    fn sums_of(&mut self, sets: &[&RoaringBitmap]) -> Result<Vec<AmountSum>, Halt<L::Stop>> {
        let at = match (&self.with_amounts, sets) {
            (Some(all), [first, others @ ..]) => {
                others.iter().fold(all & *first, |at, set| at & *set)
            }
            _ => return Ok(Vec::new()),
        };
        if at.is_empty() {
            return Ok(Vec::new());
        }
        let added = add_up(self.lender, &at)?;
        self.work(added.work)?;
        self.sums += added.sums.len();
        match self.sums > SUMS_MAX {
            true => Err(Halt::TooMuch(TooMuch::Sums)),
            false => Ok(added.sums),
        }
    }

    fn of_all(self, sums: Vec<AmountSum>) -> Groups {
        let groups = self.groups;
        Groups { groups, sums }
    }

    fn work(&mut self, work: u64) -> Result<(), Halt<L::Stop>> {
        self.work += work;
        match self.work > WORK_MAX {
            true => Err(Halt::TooMuch(TooMuch::Work)),
            false => Ok(()),
        }
    }

    fn add(&mut self, count: u64, sums: Vec<AmountSum>) -> Result<(), Halt<L::Stop>> {
        if self.groups.len() == GROUPS_MAX {
            return Err(Halt::TooMuch(TooMuch::Groups));
        }
        let values = self.values.iter().map(|value| (*value).to_owned());
        self.groups.push(Group {
            values: values.collect(),
            count,
            sums,
        });
        Ok(())
    }

    fn work_of(&self, set: &RoaringBitmap) -> u64 {
        2 + set.len().min(self.dense) / 16
    }
}

/// Returns the most that a set can cost, since dense parts of it are stored as bits.
fn dense(set: &RoaringBitmap) -> u64 {
    let pieces = set.max().unwrap_or(0) / (1 << 16) + 1;
    u64::from(pieces) * 1_024
}

/// Partitions a set by the values of one field, with positions without a value under the empty value.
/// Each part becomes at least one group.
fn partition<L: Lend>(
    lender: &L,
    set: &RoaringBitmap,
    by: GroupBy,
) -> Result<Vec<Part>, Halt<L::Stop>> {
    let mut parts = match by {
        GroupBy::Field(field) => by_value(lender, set, field)?,
        GroupBy::Body { upto } => by_body(lender, set, upto)?,
        GroupBy::Period(period) => by_period(lender, set, period)?,
    };
    let rest = parts.iter().fold(set.clone(), |rest, part| rest - &part.at);
    if !rest.is_empty() {
        let value = String::new();
        parts.push(Part { value, at: rest });
    }
    Ok(parts)
}

fn by_value<L: Lend>(
    lender: &L,
    set: &RoaringBitmap,
    field: Field,
) -> Result<Vec<Part>, Halt<L::Stop>> {
    let mut parts: Vec<Part> = Vec::new();
    let mut after: Option<String> = None;
    loop {
        let slice = lender.lend(|index| {
            let mut work = 0;
            for (value, at) in index.postings.values(field, after.as_deref()) {
                work += at.work();
                let at = at.among(set);
                if !at.is_empty() {
                    let value = value.to_owned();
                    parts.push(Part { value, at });
                }
                if work >= L::SLICE || parts.len() > GROUPS_MAX {
                    return Slice::UpTo(value.to_owned());
                }
            }
            Slice::Last
        })?;
        if parts.len() > GROUPS_MAX {
            return Err(Halt::TooMuch(TooMuch::Groups));
        }
        match slice {
            Slice::UpTo(value) => after = Some(value),
            Slice::Last => return Ok(parts),
        }
    }
}

fn by_body<L: Lend>(
    lender: &L,
    set: &RoaringBitmap,
    upto: Position,
) -> Result<Vec<Part>, Halt<L::Stop>> {
    let mut parts = Vec::new();
    let bodies = lender.lend(|index| index.bodies_as_of(upto))?;
    for some in bodies.chunks(BODIES_LEN) {
        lender.lend(|index| {
            for at in some {
                let Some(body) = index.body_at(*at) else {
                    continue;
                };
                let at = index.with_body(body) & set;
                if !at.is_empty() {
                    let value = body.slug.clone();
                    parts.push(Part { value, at });
                }
            }
        })?;
        if parts.len() > GROUPS_MAX {
            return Err(Halt::TooMuch(TooMuch::Groups));
        }
    }
    Ok(parts)
}

fn by_period<L: Lend>(
    lender: &L,
    set: &RoaringBitmap,
    period: Period,
) -> Result<Vec<Part>, Halt<L::Stop>> {
    let mut groups: BTreeMap<String, RoaringBitmap> = BTreeMap::new();
    let mut after: Option<Span> = None;
    loop {
        let slice = lender.lend(|index| {
            let mut work = 0;
            for (span, at) in index.spans.spans_after(Field::Date, after) {
                work += 8 + at.len() / 16;
                let at = at & set;
                if !at.is_empty()
                    && let Some(group) = period.group(span)
                {
                    *groups.entry(group).or_default() |= at;
                }
                if work >= L::SLICE {
                    return Slice::UpTo(span);
                }
            }
            Slice::Last
        })?;
        if groups.len() > GROUPS_MAX {
            return Err(Halt::TooMuch(TooMuch::Groups));
        }
        match slice {
            Slice::UpTo(span) => after = Some(span),
            Slice::Last => break,
        }
    }
    let part = |(value, at)| Part { value, at };
    Ok(groups.into_iter().map(part).collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::edtf;

    /// Trial C7: an event known only by its year counted in January.
    #[test]
    fn c7_a_date_counts_in_the_period_that_it_lies_in_as_a_whole() {
        for (date, groups) in [
            ("2024-05-12", ["2024", "2024-H1", "2024-Q2", "2024-05"]),
            ("2024-12", ["2024", "2024-H2", "2024-Q4", "2024-12"]),
            (
                "2024-01-30/2024-02-02",
                ["2024", "2024-H1", "2024-Q1", "2024-XX"],
            ),
            ("2024-34", ["2024", "2024-H1", "2024-Q2", "2024-XX"]),
            ("2024-41", ["2024", "2024-H2", "2024-XX", "2024-XX"]),
            ("2024-21", ["2024", "2024-XX", "2024-XX", "2024-XX"]),
            ("2024", ["2024", "2024-XX", "2024-XX", "2024-XX"]),
            ("0024-06/0024-07", ["0024", "0024-XX", "0024-XX", "0024-XX"]),
            ("2024-12-31/2025-01-01", [""; 4]),
            ("202X", [""; 4]),
            ("2024-05-12/..", [""; 4]),
            ("[..2027]", [""; 4]),
        ] {
            let span = edtf::parse(date).expect(date);
            let span = (span.earliest, span.latest);
            let found = [Period::Year, Period::Half, Period::Quarter, Period::Month]
                .map(|period| period.group(span).unwrap_or_default());
            assert_eq!(found, groups, "{date}");
        }
    }
}
