use std::cmp::Ordering;

use crate::index::Group;

/// The order of the groups of a summary.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum SummaryOrder {
    /// By count; groups with equal counts in ascending order.
    Count { descending: bool },
    /// By group. Groups without a value come last in both directions.
    Group { descending: bool },
}

impl SummaryOrder {
    /// Compares two groups.
    pub(super) fn compare(self, one: &Group, other: &Group) -> Ordering {
        let ((a, m), (b, n)) = ((&one.values, one.count), (&other.values, other.count));
        match self {
            SummaryOrder::Count { descending: true } => n.cmp(&m).then_with(|| a.cmp(b)),
            SummaryOrder::Count { descending: false } => m.cmp(&n).then_with(|| a.cmp(b)),
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

    fn years(order: SummaryOrder) -> Vec<String> {
        let mut groups: Vec<Group> = [("2024", 2), ("", 9), ("2026", 2), ("2025", 3)]
            .map(|(year, count)| Group {
                values: vec![year.to_owned()],
                count,
                sums: Vec::new(),
            })
            .to_vec();
        groups.sort_by(|one, other| order.compare(one, other));
        let years = groups.into_iter().map(|group| group.values[0].clone());
        years.collect()
    }

    /// Trial D7: summaries could not be ordered by time.
    #[test]
    fn d7_groups_come_in_the_order_of_time_and_the_unknown_ones_last() {
        let group = |descending| years(SummaryOrder::Group { descending });
        assert_eq!(group(false), ["2024", "2025", "2026", ""]);
        assert_eq!(group(true), ["2026", "2025", "2024", ""]);
        let count = |descending| years(SummaryOrder::Count { descending });
        assert_eq!(count(true), ["", "2025", "2024", "2026"]);
        assert_eq!(count(false), ["2024", "2026", "2025", ""]);
    }
}
