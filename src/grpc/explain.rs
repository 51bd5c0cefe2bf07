//! How a filter is understood.

use std::sync::Arc;

use super::{filters, nothing, page::SortedPlace};
use crate::{
    feed::hints,
    filter::{Filter, Predicate, Schema},
    index::{
        Clock, Index, Lend, Position, Question, Resources, Scope, filter_cost, select,
        select_newest,
    },
    proto::v1,
    rejection::Rejection,
    store::Store,
};

/// Names that one answer may hold.
const SAMPLE_MAX: i32 = 100;

/// `ExplainFilter`
pub(super) async fn filter(
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
    let today = store.clock().today();
    let scope = Scope {
        upto: store.head().position,
        clock: Clock::Today(today),
    };
    let filter = Arc::new(filter);
    let explained = store.ask(Explained {
        filter: filter.clone(),
        scope,
        count,
    });
    let Found {
        by_term,
        matching,
        sample,
    } = explained.await?;
    let hints = match matching {
        0 => {
            let place = SortedPlace {
                position: scope.upto,
                today,
                after: None,
            };
            nothing::hints(store, &filter, &request.filter, place).await?
        }
        _ => hints(store, &filter, scope.upto),
    };
    Ok(v1::ExplainFilterResponse {
        normalized_filter: filter.normalized().to_owned(),
        indexes_used: by_term,
        matching_events: matching as i64,
        sample_events: sample,
        explanation: filter.explain(),
        hints,
    })
}

/// What a filter and each of its terms find.
struct Explained {
    filter: Arc<Filter>,
    scope: Scope,
    count: usize,
}

struct Found {
    by_term: Vec<String>,
    matching: u64,
    sample: Vec<String>,
}

impl Question for Explained {
    type Answer = Found;

    fn cost(&self, index: &Index) -> u64 {
        2 * filter_cost(index, self.filter.expr(), self.scope.upto)
    }

    fn answer<L: Lend>(&self, lender: &L) -> Result<Found, L::Stop> {
        let (expr, scope) = (self.filter.expr(), self.scope);
        let set = select_newest(lender, expr, Resources::Events, scope)?;
        let terms = expr.predicates().map(|part| term(lender, part, scope));
        let by_term = terms.collect::<Result<_, _>>()?;
        let sample = lender.lend(|index| {
            let sample = set.iter().rev().take(self.count).map(Position::from);
            let names = sample.map(|position| index.name(position).to_owned());
            names.collect()
        })?;
        Ok(Found {
            by_term,
            matching: set.len(),
            sample,
        })
    }
}

fn term<L: Lend>(lender: &L, predicate: &Predicate, scope: Scope) -> Result<String, L::Stop> {
    let alone = Filter::everything(Schema::Events).and(predicate.clone());
    let found = select(lender, alone.expr(), scope)?.len();
    Ok(format!("{}: {found} revisions", alone.normalized()))
}
