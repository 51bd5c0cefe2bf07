//! Hints for lists and counts in which nothing matches.

use std::sync::Arc;

use super::{
    access::Access, command::Command, list_filter::ListFilter, listed::Listed, page::SortedPlace,
};
use crate::{
    domain::Micros,
    index::{Order, OrderBy, Resources},
    rejection::Rejection,
};

/// Returns hints for a filter that matches nothing at a position.
pub(super) async fn hints<C: Command>(
    access: Access<'_, C>,
    filter: &ListFilter,
    (place, known_at): (SortedPlace, Option<Micros>),
) -> Result<Vec<String>, Rejection> {
    let mut hints = access.hints(&filter.filter, place.position);
    let all = access.resolved(filter.with_retracted()?, place.position)?;
    // With the same filter the answer would be the same.
    if all.canonical() != filter.filter.canonical() {
        let all = access.decide(Arc::new(all), Resources::Events, place.scope(known_at));
        let Some(all) = all.await? else {
            return Ok(hints);
        };
        let listed = access.ask(Listed {
            filter: all,
            resources: Resources::Events,
            order: Order {
                by: OrderBy::Position,
                descending: false,
            },
            place: SortedPlace {
                after: None,
                ..place
            },
            known_at,
            count: 0,
        });
        let (_, gone) = listed.await?;
        hints.extend((gone > 0).then(|| left_out(gone)));
    }
    Ok(hints)
}

fn left_out(gone: u64) -> String {
    let (found, them) = match gone {
        1 => ("event that is retracted, redacted or merged matches", "it"),
        _ => (
            "events that are retracted, redacted or merged match",
            "them",
        ),
    };
    format!("{gone} {found}; list {them} with show_retracted (--show-retracted)")
}
