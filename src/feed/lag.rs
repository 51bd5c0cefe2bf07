//! How far a subscription is behind.

use crate::{
    filter::{Filter, Schema},
    index::Position,
    store::{Cursor, Store, StoreError},
};

use super::admit::with_watch_defaults;

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

/// The lag of a subscription now. The whole index is looked at for each filter that applies; who asks
/// for many of them does so where that may take its time.
pub fn lag(store: &Store, cursor: &Cursor) -> Result<Lag, StoreError> {
    let head = store.head().position;
    let mut lag = Lag {
        head,
        ..Lag::default()
    };
    let mut at = cursor.acked;
    while at < head {
        let (filter, end) = filter_after(cursor, at)?;
        let upto = end.min(head);
        let (changes, first) = store.index().count_changes(filter.expr(), at, upto);
        lag.changes += changes;
        lag.first = lag.first.or(first);
        at = upto;
    }
    Ok(lag)
}

/// The first change that is not acknowledged.
pub fn first_unacked(store: &Store, cursor: &Cursor) -> Result<Option<Position>, StoreError> {
    let head = store.head().position;
    let mut at = cursor.acked;
    while at < head {
        let (filter, end) = filter_after(cursor, at)?;
        let (hits, reached) = store.index().changes(filter.expr(), at, end.min(head), 1);
        if let Some(first) = hits.first() {
            return Ok(Some(first.position));
        }
        at = reached;
    }
    Ok(None)
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
