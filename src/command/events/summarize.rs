use std::sync::Arc;

use super::summary_order::SummaryOrder;
use crate::{
    command::{
        Command, Context, ListFilter, Method, ReadAt, access::Access, no_match_hints,
        page::SortedPlace, rows::Rows,
    },
    filter::Filter,
    index::{
        AmountSum, GROUPS_MAX, Group, GroupBy, Groups, Index, Lend, Position, Question, Resources,
        SUMS_MAX, Scope, Summed, TooMuch, WORK_MAX, filter_cost, select_newest, summarize,
    },
    rejection::Rejection,
};

/// The cost of making one row of the answer, counted like values and positions that are examined.
const ROW_COST: u64 = 8;

/// Counts the events that a filter finds, in groups.
#[derive(Clone, Debug)]
pub(crate) struct SummarizeEvents<R> {
    pub filter: ListFilter,
    pub by: Vec<GroupBy>,
    pub summed: Summed,
    pub order: SummaryOrder,
    pub at: ReadAt,
    pub rows: R,
}

/// A group of events.
#[derive(Clone, Debug)]
pub(crate) struct SummaryRow {
    /// One value per field of the grouping.
    pub values: Vec<String>,
    pub count: u64,
    pub sums: Vec<AmountSum>,
}

/// The groups of events, and the total number of events.
#[derive(Clone, Debug)]
pub(crate) struct Summary<R> {
    pub rows: R,
    pub total: u64,
    pub sums: Vec<AmountSum>,
    pub position: Position,
    pub hints: Vec<String>,
}

impl<R> Command for SummarizeEvents<R>
where
    R: Rows<SummaryRow> + Clone + Sync + 'static,
{
    const METHOD: Method = Method::SummarizeEvents;

    type Answer = Summary<R>;

    async fn run(
        mut self,
        access: Access<'_, Self>,
        context: &Context,
    ) -> Result<Summary<R>, Rejection> {
        let head = self.at.reached(access, context).await?;
        let position = self.at.as_of(access, head)?;
        let place = SortedPlace {
            position,
            today: access.today(self.at.known_at),
            after: None,
        };
        self.filter.resolve(access, position).await?;
        let filter = self.filter.filter.clone();
        let scope = place.scope(self.at.known_at);
        let filter = access.decided(filter, Resources::Events, scope);
        let counted = access.ask(Counted {
            filter: filter.await?,
            by: self.by.iter().map(|by| by.as_of(position)).collect(),
            summed: self.summed,
            order: self.order,
            scope,
            rows: self.rows,
        });
        let (summary, total) = counted.await?;
        let (rows, sums) = summary.map_err(refused)?;
        let hints = match total {
            0 => no_match_hints::hints(access, &self.filter, (place, self.at.known_at)).await?,
            _ => Vec::new(),
        };
        Ok(Summary {
            rows,
            total,
            sums,
            position,
            hints,
        })
    }
}

/// The rows of the answer, their sums, and the number of events in them.
struct Counted<R> {
    /// Its phrases are decided.
    filter: Arc<Filter>,
    by: Vec<GroupBy>,
    summed: Summed,
    order: SummaryOrder,
    scope: Scope,
    /// Begins without rows.
    rows: R,
}

impl<R: Rows<SummaryRow> + Clone> Question for Counted<R> {
    /// Makes the rows on the thread of the search, because many rows take long.
    type Answer = (Result<(R, Vec<AmountSum>), TooMuch>, u64);

    fn cost(&self, index: &Index) -> u64 {
        let found = filter_cost(index, self.filter.expr(), self.scope.upto);
        // With several fields, each value of one is combined with those of the others.
        let parting = index.parting_cost(&self.by);
        let groups = parting.saturating_pow(self.by.len().min(2) as u32);
        let adding = match self.summed {
            Summed::No => 0,
            Summed::Yes => index.adding_cost(&self.by),
        };
        found + groups.saturating_mul(ROW_COST) + adding
    }

    fn answer<L: Lend>(&self, lender: &L) -> Result<Self::Answer, L::Stop> {
        let set = select_newest(lender, self.filter.expr(), Resources::Events, self.scope)?;
        let summary = summarize(lender, &set, &self.by, self.summed)?;
        let summary = summary.map(|Groups { groups, sums }| (self.rows(groups), sums));
        Ok((summary, set.len()))
    }
}

impl<R: Rows<SummaryRow> + Clone> Counted<R> {
    fn rows(&self, mut groups: Vec<Group>) -> R {
        groups.sort_by(|one, other| self.order.compare(one, other));
        let mut rows = self.rows.clone();
        for Group {
            values,
            count,
            sums,
        } in groups
        {
            let row = SummaryRow {
                values,
                count,
                sums,
            };
            if rows.take(row).is_err() {
                break;
            }
        }
        rows
    }
}

fn refused(why: TooMuch) -> Rejection {
    let (what, limit) = match why {
        TooMuch::Groups => ("the summary has too many groups", GROUPS_MAX as u64),
        TooMuch::Sums => ("the summary has too many sums of money", SUMS_MAX as u64),
        TooMuch::Work => (
            "finding the groups of the summary looks at too many positions",
            WORK_MAX,
        ),
    };
    Rejection::TooCostly { what, limit }
}
