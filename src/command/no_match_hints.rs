//! Hints for lists and counts in which nothing matches.

use std::sync::Arc;

use super::{
    access::Access, command::Command, list_filter::ListFilter, listed::Listed, page::SortedPlace,
};
use crate::{
    domain::Micros,
    filter::{Filter, Schema},
    index::{Order, OrderBy, Resources},
    rejection::Rejection,
};

/// Returns hints for a filter that matches no event at a position.
pub(super) async fn hints<C: Command>(
    access: Access<'_, C>,
    filter: &ListFilter,
    at: (SortedPlace, Option<Micros>),
) -> Result<Vec<String>, Rejection> {
    let mut hints = access.hints(&filter.filter, at.0.position, at.1);
    let all = access.resolved(filter.with_retracted()?, at.0.position);
    let all = all.await?;
    // With the same filter the answer would be the same.
    if all.canonical() != filter.filter.canonical() {
        let gone = count(access, all, Resources::Events, at).await?;
        hints.extend((gone > 0).then(|| left_out(gone)));
    }
    hints.extend(elsewhere(access, filter, at).await?);
    Ok(hints)
}

/// Returns a hint if partnerships or bodies match, which have lists of their own.
async fn elsewhere<C: Command>(
    access: Access<'_, C>,
    filter: &ListFilter,
    at: (SortedPlace, Option<Micros>),
) -> Result<Option<String>, Rejection> {
    let mut found = Vec::new();
    for (schema, resources, [one, more, method, command]) in [
        (
            Schema::Partnerships,
            Resources::Partnerships,
            [
                "partnership",
                "partnerships",
                "ListPartnerships",
                "entente partnerships",
            ],
        ),
        (
            Schema::Bodies,
            Resources::Bodies,
            ["body", "bodies", "ListBodies", "entente bodies"],
        ),
    ] {
        let Some(filter) = filter.of(schema) else {
            continue;
        };
        let filter = access.resolved(filter, at.0.position).await?;
        let count = count(access, filter, resources, at).await?;
        let (name, verb) = match count {
            0 => continue,
            1 => (one, "matches"),
            _ => (more, "match"),
        };
        found.push(format!(
            "{count} {name} {verb}; list with {method} ({command})"
        ));
    }
    Ok((!found.is_empty()).then(|| format!("no event matches, but {}", found.join(", and "))))
}

/// Counts the newest revisions that match; 0 if the filter's phrases are too common.
async fn count<C: Command>(
    access: Access<'_, C>,
    filter: Filter,
    resources: Resources,
    (place, known_at): (SortedPlace, Option<Micros>),
) -> Result<u64, Rejection> {
    let filter = access.decide(Arc::new(filter), resources, place.scope(known_at));
    let Some(filter) = filter.await? else {
        return Ok(0);
    };
    let listed = access.ask(Listed {
        filter,
        resources,
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
    let (_, count) = listed.await?;
    Ok(count)
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
