//! `order_by` of lists and summaries.

use crate::{
    command::SummaryOrder,
    index::{Order, OrderBy},
    rejection::Rejection,
};

/// Reads `date`, `position` or `name` with an optional direction; `date desc` when empty.
pub(super) fn of_list(text: &str) -> Result<Order, Rejection> {
    let refused = || {
        let why =
            format!("is {text:?}; send date, position or name, each with an optional asc or desc");
        Rejection::argument("order_by", why)
    };
    let mut words = text.split_ascii_whitespace();
    let by = match words.next() {
        None => {
            return Ok(Order {
                by: OrderBy::Date,
                descending: true,
            });
        }
        Some("date") => OrderBy::Date,
        Some("position") => OrderBy::Position,
        Some("name") => OrderBy::Name,
        Some(_) => return Err(refused()),
    };
    let descending = match words.next() {
        None | Some("asc") => false,
        Some("desc") => true,
        Some(_) => return Err(refused()),
    };
    if words.next().is_some() {
        return Err(refused());
    }
    Ok(Order { by, descending })
}

/// Reads `count` or `group` with an optional direction; `count desc` when empty.
pub(super) fn of_summary(text: &str) -> Result<SummaryOrder, Rejection> {
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_order_reads_with_and_without_direction() {
        let order = |by, descending| Order { by, descending };
        assert_eq!(of_list("").unwrap(), order(OrderBy::Date, true));
        assert_eq!(of_list(" name ").unwrap(), order(OrderBy::Name, false));
        assert_eq!(
            of_list("position  desc").unwrap(),
            order(OrderBy::Position, true)
        );
    }

    #[test]
    fn an_order_of_groups_reads_with_and_without_direction() {
        for (text, order) in [
            ("", SummaryOrder::Count { descending: true }),
            ("count asc", SummaryOrder::Count { descending: false }),
            ("group", SummaryOrder::Group { descending: false }),
            ("group desc", SummaryOrder::Group { descending: true }),
        ] {
            assert_eq!(of_summary(text).unwrap(), order, "{text}");
        }
    }

    #[test]
    fn anything_else_is_refused() {
        for text in ["title", "date down", "date asc name", "date,name"] {
            assert!(of_list(text).is_err(), "{text}");
        }
        for text in ["year", "group down", "count asc group", "asc"] {
            assert!(of_summary(text).is_err(), "{text}");
        }
    }
}
