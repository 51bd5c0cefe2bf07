use std::sync::Arc;

use crate::{
    command::{
        Command, Context, ListFilter, Method, access::Access, no_match_hints, page::SortedPlace,
    },
    domain::Micros,
    filter::{BodiesOfTerm, Filter, Predicate, Schema},
    index::{
        Clock, Index, Lend, Position, Question, Resources, Scope, filter_cost, select,
        select_newest,
    },
    rejection::Rejection,
};

/// Explains how a filter is read and what it matches.
#[derive(Clone, Debug)]
pub(crate) struct ExplainFilter {
    /// Explains what matches in what was known at this time.
    pub known_at: Option<Micros>,
    pub filter: ListFilter,
    /// Maximum number of event names in the answer.
    pub sample_size: usize,
}

/// The explanation of a filter.
#[derive(Clone, Debug)]
pub(crate) struct Explained {
    pub normalized_filter: String,
    /// What each of its terms matches.
    pub by_term: Vec<String>,
    pub matching: u64,
    /// Names of some events that match.
    pub sample: Vec<String>,
    pub explanation: Vec<String>,
    pub hints: Vec<String>,
    pub bodies: Vec<BodiesOfTerm>,
}

impl Command for ExplainFilter {
    const METHOD: Method = Method::ExplainFilter;

    type Answer = Explained;

    async fn run(mut self, access: Access<'_, Self>, _: &Context) -> Result<Explained, Rejection> {
        let today = access.today(self.known_at);
        let scope = Scope {
            upto: access.head().position,
            known_at: self.known_at.map(|Micros(micros)| micros),
            clock: Clock::Today(today),
        };
        self.filter.resolve(access, scope.upto).await?;
        let filter = &self.filter.filter;
        let decided = access.decided(filter.clone(), Resources::Events, scope);
        let explained = access.ask(WriteTerms {
            filter: filter.clone(),
            decided: decided.await?,
            scope,
            count: self.sample_size,
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
                no_match_hints::hints(access, &self.filter, (place, self.known_at)).await?
            }
            _ => access.unknown_terms(filter, scope.upto, self.known_at),
        };
        Ok(Explained {
            normalized_filter: filter.normalized().to_owned(),
            by_term,
            matching,
            sample,
            explanation: filter.explain(),
            hints,
            bodies: filter.bodies().to_vec(),
        })
    }
}

/// What a filter and each of its terms match.
struct WriteTerms {
    filter: Arc<Filter>,
    /// The filter with its phrases decided.
    decided: Arc<Filter>,
    scope: Scope,
    count: usize,
}

struct Found {
    by_term: Vec<String>,
    matching: u64,
    sample: Vec<String>,
}

impl Question for WriteTerms {
    type Answer = Found;

    fn cost(&self, index: &Index) -> u64 {
        2 * filter_cost(index, self.filter.expr(), self.scope.upto)
    }

    fn answer<L: Lend>(&self, lender: &L) -> Result<Found, L::Stop> {
        let (expr, scope) = (self.filter.expr(), self.scope);
        let set = select_newest(lender, self.decided.expr(), Resources::Events, scope)?;
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
    // The texts of all of them would have to be looked at.
    let at_most = if predicate.is_open_phrase() {
        "at most "
    } else {
        ""
    };
    Ok(format!(
        "{}: {at_most}{found} revisions",
        alone.normalized()
    ))
}
