//! `order_by` of summaries.

use std::cmp::Ordering;

use crate::{index::Group, rejection::Rejection};

/// In which order the groups of a summary come.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum SummaryOrder {
    /// By count; equal counts by group, ascending.
    Count { descending: bool },
    /// By group. A value that is not known comes last either way.
    Group { descending: bool },
}

/// Reads `count` or `group` with an optional direction; `count desc` when empty.
pub(super) fn parse(text: &str) -> Result<SummaryOrder, Rejection> {
    let refused = || {
        let why = format!("is {text:?}; send count or group, each with an optional asc or desc");
        Rejection::argument("order_by", why)
    };
    let words: Vec<_> = text.split_ascii_whitespace().collect();
    let descending = match words.get(1) {
        None | Some(&"asc") => false,
        Some(&"desc") => true,
        Some(_) => return Err(refused()),
    };
    match words[..] {
        [] => Ok(SummaryOrder::Count { descending: true }),
        ["count"] | ["count", _] => Ok(SummaryOrder::Count { descending }),
        ["group"] | ["group", _] => Ok(SummaryOrder::Group { descending }),
        _ => Err(refused()),
    }
}

impl SummaryOrder {
    /// Which of two groups comes first.
    pub(super) fn compare(self, (a, m): &Group, (b, n): &Group) -> Ordering {
        match self {
            SummaryOrder::Count { descending: true } => n.cmp(m).then_with(|| a.cmp(b)),
            SummaryOrder::Count { descending: false } => m.cmp(n).then_with(|| a.cmp(b)),
            SummaryOrder::Group { descending } => values(a, b, descending),
        }
    }
}

fn values(one: &[String], other: &[String], descending: bool) -> Ordering {
    let pairs = one.iter().zip(other);
    let value = |(a, b): (&String, &String)| match (a.is_empty(), b.is_empty()) {
        (false, false) if descending => b.cmp(a),
        (false, false) => a.cmp(b),
        (a, b) => a.cmp(&b),
    };
    pairs
        .map(value)
        .find(|order| order.is_ne())
        .unwrap_or(Ordering::Equal)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sorted(order: &str) -> Vec<(String, u64)> {
        let mut groups: Vec<Group> = [("2024", 2), ("", 9), ("2026", 2), ("2025", 3)]
            .map(|(year, count)| (vec![year.to_owned()], count))
            .to_vec();
        let order = parse(order).expect("an order");
        groups.sort_by(|one, other| order.compare(one, other));
        groups
            .into_iter()
            .map(|(values, count)| (values[0].clone(), count))
            .collect()
    }

    fn years(order: &str) -> Vec<String> {
        sorted(order).into_iter().map(|(year, _)| year).collect()
    }

    /// Trial D7: summaries could not be ordered by time.
    #[test]
    fn d7_groups_come_in_the_order_of_time_and_the_unknown_ones_last() {
        assert_eq!(years("group"), ["2024", "2025", "2026", ""]);
        assert_eq!(years("group desc"), ["2026", "2025", "2024", ""]);
        assert_eq!(years(""), ["", "2025", "2024", "2026"]);
        assert_eq!(years("count asc"), ["2024", "2026", "2025", ""]);
    }

    #[test]
    fn anything_else_is_refused() {
        for text in ["year", "group down", "count asc group", "asc"] {
            assert!(parse(text).is_err(), "{text}");
        }
    }
}
