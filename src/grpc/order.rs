//! `order_by`

use crate::{
    index::{Order, OrderBy},
    rejection::Rejection,
};

/// Reads `date`, `position` or `name` with an optional direction; `date desc` when empty.
pub(super) fn parse(text: &str) -> Result<Order, Rejection> {
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

/// The one way to write it.
pub(super) fn order_text(order: Order) -> String {
    let by = match order.by {
        OrderBy::Date => "date",
        OrderBy::Position => "position",
        OrderBy::Name => "name",
    };
    format!("{by} {}", if order.descending { "desc" } else { "asc" })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_order_reads_with_and_without_direction() {
        assert_eq!(order_text(parse("").unwrap()), "date desc");
        assert_eq!(order_text(parse(" name ").unwrap()), "name asc");
        assert_eq!(
            order_text(parse("position  desc").unwrap()),
            "position desc"
        );
    }

    #[test]
    fn anything_else_is_refused() {
        for text in ["title", "date down", "date asc name", "date,name"] {
            assert!(parse(text).is_err(), "{text}");
        }
    }
}
