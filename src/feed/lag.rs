//! How far a subscription is behind.

use crate::{
    filter::{Filter, Schema},
    index::Position,
    store::{Cursor, Store, StoreError},
};

use super::admit::with_watch_defaults;

/// Changes looked up in the index at a time, so that the writer never waits long.
const HITS_MAX: usize = 16_384;

/// What a consumer has to do.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub struct Lag {
    /// The newest durable position.
    pub head: Position,
    /// Matching changes that are not acknowledged.
    pub changes: u64,
    /// Position of the first of them.
    pub first: Option<Position>,
}

/// The lag of a subscription now.
pub fn lag(store: &Store, cursor: &Cursor) -> Result<Lag, StoreError> {
    count(store, cursor, HITS_MAX, usize::MAX)
}

/// The first change that is not acknowledged.
pub fn first_unacked(store: &Store, cursor: &Cursor) -> Result<Option<Position>, StoreError> {
    Ok(count(store, cursor, 1, 1)?.first)
}

/// The filter for the change after a position, with its defaults written out, and up to where it
/// applies.
pub fn filter_after(cursor: &Cursor, position: Position) -> Result<(Filter, Position), StoreError> {
    let (text, upto) = cursor.segment_after(position);
    let damaged = |error: crate::filter::FilterError| StoreError::DamagedSubscription {
        name: cursor.name(),
        what: error.to_string(),
    };
    let filter = Filter::parse(text, Schema::Events).map_err(damaged)?;
    Ok((with_watch_defaults(filter), upto))
}

/// Counts up to `enough`, looking up `batch` changes at a time.
fn count(store: &Store, cursor: &Cursor, batch: usize, enough: usize) -> Result<Lag, StoreError> {
    let head = store.head().position;
    let mut lag = Lag {
        head,
        ..Lag::default()
    };
    let mut at = cursor.acked;
    while at < head && lag.changes < enough as u64 {
        let (filter, end) = filter_after(cursor, at)?;
        let index = store.index();
        let (hits, reached) = index.changes(filter.expr(), at, end.min(head), batch);
        lag.first = lag.first.or(hits.first().map(|hit| hit.position));
        lag.changes += hits.len() as u64;
        at = reached;
    }
    Ok(lag)
}
