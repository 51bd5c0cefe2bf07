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
    let filter = Filter::parse_kept(text, Schema::Events).map_err(damaged)?;
    Ok((with_watch_defaults(filter), upto))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        proto::v1,
        store::{CursorChange, NewCursor, StoreOptions},
    };

    fn open(home: &tempfile::TempDir) -> Store {
        let options = StoreOptions {
            directory: home.path().join("store"),
            cache_bytes: 8 << 20,
            clock: Default::default(),
        };
        Store::open(options).expect("a store")
    }

    #[tokio::test]
    async fn d10_a_subscription_goes_on_though_its_filter_would_be_refused_today() {
        let home = tempfile::tempdir().expect("a temporary directory");
        let store = open(&home);
        let kept = NewCursor {
            filter: "text:-quantum AND party:\" JP\"".to_owned(),
            view: v1::View::Full,
            idle_ttl: None,
            after: 0,
            request: None,
        };
        let made = store.change_cursor("old", CursorChange::Create(kept)).await;
        made.expect("a healthy store");
        store.close();
        drop(store);
        let store = open(&home);
        let cursor = store.cursors().get("old").expect("it was answered");
        assert_eq!(lag(&store, &cursor).expect("it is read").changes, 0);
        let (filter, _) = filter_after(&cursor, 0).expect("it is read");
        assert!(
            filter
                .normalized()
                .starts_with("text:\"quantum\" AND party:JP")
        );
    }
}
