//! How a filter is understood.

use super::filters;
use crate::{
    feed::hints,
    filter::{Filter, Predicate, Schema},
    index::{Clock, Index, Position, Resources, Scope},
    proto::v1,
    rejection::Rejection,
    store::Store,
};

/// Names that one answer may hold.
const SAMPLE_MAX: i32 = 100;

/// `ExplainFilter`
pub fn filter(
    store: &Store,
    request: v1::ExplainFilterRequest,
) -> Result<v1::ExplainFilterResponse, Rejection> {
    let filter = filters::of_list(&request.filter, false)?;
    let count = usize::try_from(request.sample_size).ok();
    let count = count
        .filter(|_| request.sample_size <= SAMPLE_MAX)
        .ok_or_else(|| {
            let why = format!("is {}; send 0 to {SAMPLE_MAX}", request.sample_size);
            Rejection::argument("sample_size", why)
        })?;
    let scope = Scope {
        upto: store.head().position,
        clock: Clock::Today(store.clock().today()),
    };
    let hints = hints(store, &filter, scope.upto);
    let index = store.index();
    let set = index.select_newest(filter.expr(), Resources::Events, scope);
    let sample = set.iter().rev().take(count).map(Position::from);
    Ok(v1::ExplainFilterResponse {
        normalized_filter: filter.normalized().to_owned(),
        indexes_used: filter
            .expr()
            .predicates()
            .map(|part| term(&index, part, scope))
            .collect(),
        matching_events: set.len() as i64,
        sample_events: sample
            .map(|position| index.name(position).to_owned())
            .collect(),
        explanation: filter.explain(),
        hints,
    })
}

fn term(index: &Index, predicate: &Predicate, scope: Scope) -> String {
    let alone = Filter::everything(Schema::Events).and(predicate.clone());
    let found = index.select(alone.expr(), scope).len();
    format!("{}: {found} revisions", alone.normalized())
}
