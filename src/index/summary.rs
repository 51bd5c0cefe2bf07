//! Counts of a set of positions by the values of one field or several.

use std::collections::BTreeMap;

use roaring::RoaringBitmap;

use super::index::Index;
use crate::{domain::Day, filter::Field};

/// By what events are counted.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum GroupBy {
    /// The values of a field that has exact ones.
    Field(Field),
    /// Of the first possible day of the date: `2025`.
    Year,
    /// Of the first possible day of the date: `2025-05`.
    Month,
}

/// Values, in the order of the fields asked for, and how many events have them all.
pub type Group = (Vec<String>, u64);

impl Index {
    /// Every group that is not empty, by values. An event with several values of a field counts in
    /// each of their groups, one with none in the group of the empty value.
    pub fn summarize(&self, set: &RoaringBitmap, by: &[GroupBy]) -> Vec<Group> {
        let Some((last, others)) = by.split_last() else {
            return vec![(Vec::new(), set.len())];
        };
        let mut groups = vec![(Vec::new(), set.clone())];
        for by in others {
            let parts = self.partition(set, *by);
            groups = groups
                .iter()
                .flat_map(|group| refine(group, &parts))
                .collect();
        }
        let parts = self.partition(set, *last);
        groups
            .iter()
            .flat_map(|group| counts(group, &parts))
            .collect()
    }

    /// The set by the values of one field, those without any under the empty value.
    fn partition(&self, set: &RoaringBitmap, by: GroupBy) -> Vec<Part> {
        let mut parts: Vec<Part> = match by {
            GroupBy::Field(field) => {
                let values = self.postings.values(field);
                values
                    .map(|(value, at)| (value.to_owned(), at.among(set)))
                    .collect()
            }
            GroupBy::Year => self.by_first_day(set, |day| format!("{:04}", day.year())),
            GroupBy::Month => {
                self.by_first_day(set, |day| format!("{:04}-{:02}", day.year(), day.month()))
            }
        };
        parts.retain(|(_, at)| !at.is_empty());
        let rest = parts.iter().fold(set.clone(), |rest, (_, at)| rest - at);
        if !rest.is_empty() {
            parts.push((String::new(), rest));
        }
        parts
    }

    fn by_first_day(&self, set: &RoaringBitmap, label: impl Fn(Day) -> String) -> Vec<Part> {
        let mut labels: BTreeMap<String, RoaringBitmap> = BTreeMap::new();
        for ((earliest, latest), at) in self.spans.spans_of(Field::Date) {
            if let Some(first) = earliest.or(latest) {
                *labels.entry(label(first)).or_default() |= at & set;
            }
        }
        labels.into_iter().collect()
    }
}

type Part = (String, RoaringBitmap);

fn refine(
    (values, set): &(Vec<String>, RoaringBitmap),
    parts: &[Part],
) -> Vec<(Vec<String>, RoaringBitmap)> {
    let both = |(value, at): &Part| (with(values, value), at & set);
    parts
        .iter()
        .map(both)
        .filter(|(_, at): &(_, RoaringBitmap)| !at.is_empty())
        .collect()
}

/// What refining would leave, which is not made.
fn counts((values, set): &(Vec<String>, RoaringBitmap), parts: &[Part]) -> Vec<Group> {
    let both = |(value, at): &Part| (with(values, value), at.intersection_len(set));
    parts
        .iter()
        .map(both)
        .filter(|(_, count)| *count > 0)
        .collect()
}

fn with(values: &[String], value: &str) -> Vec<String> {
    values.iter().cloned().chain([value.to_owned()]).collect()
}
