use std::sync::Arc;

use super::page::SortedPlace;
use crate::{
    domain::Micros,
    filter::Filter,
    index::{
        Index, Lend, Order, Question, Resources, Row, filter_cost, order_cost, page, select_newest,
    },
};

/// The rows of a sorted list after a place, and the total number of rows.
pub(super) struct Listed {
    /// Its phrases are decided.
    pub filter: Arc<Filter>,
    pub resources: Resources,
    pub order: Order,
    pub place: SortedPlace,
    /// Lists what was known at this time.
    pub known_at: Option<Micros>,
    pub count: usize,
}

impl Question for Listed {
    type Answer = (Vec<Row>, u64);

    fn cost(&self, index: &Index) -> u64 {
        let found = filter_cost(index, self.filter.expr(), self.place.position);
        found + order_cost(index, self.order)
    }

    fn answer<L: Lend>(&self, lender: &L) -> Result<Self::Answer, L::Stop> {
        let scope = self.place.scope(self.known_at);
        let set = select_newest(lender, self.filter.expr(), self.resources, scope)?;
        let rows = page(lender, &set, self.order, self.place.after, self.count)?;
        Ok((rows, set.len()))
    }
}
