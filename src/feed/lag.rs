//! How far a subscription is behind.

use std::iter;

use crate::{
    filter::{Filter, Schema},
    index::{Index, Lend, Position, Question, changes_cost, count_changes},
    store::{Cursor, Store, StoreError},
};

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

/// The changes behind a position to which one filter of a subscription applies.
pub(super) struct Segment {
    /// The filter with its defaults. Its names are not resolved.
    pub filter: Filter,
    /// The position as of which its names are resolved.
    pub resolved: Position,
    range: (Position, Position),
}

/// The changes that wait for a consumer under one filter.
struct Waiting {
    filter: Filter,
    range: (Position, Position),
}

impl Waiting {
    /// Returns the part of a range up to which the phrases of the filter are decided, and the rest, in
    /// which every change with the words of a phrase counts as having it.
    fn parts(
        filter: Filter,
        decided: Filter,
        (after, end): (Position, Position),
        upto: Position,
    ) -> impl Iterator<Item = Waiting> {
        let decided = Waiting {
            filter: decided,
            range: (after, upto),
        };
        let rest = (upto < end).then_some(Waiting {
            filter,
            range: (upto, end),
        });
        iter::once(decided).chain(rest)
    }
}

impl Question for Waiting {
    type Answer = (u64, Option<Position>);

    const IS_PATIENT: bool = true;

    fn cost(&self, index: &Index) -> u64 {
        changes_cost(index, self.filter.expr(), self.range)
    }

    fn answer<L: Lend>(&self, lender: &L) -> Result<Self::Answer, L::Stop> {
        count_changes(lender, self.filter.expr(), self.range)
    }
}

/// The lag of a subscription now. Of changes with the words of a phrase only the first are looked at; the
/// others count as having it. The whole index is looked at for each filter that applies; who asks
/// for many of them lets others work in between.
pub async fn lag(store: &Store, cursor: &Cursor) -> Result<Lag, StoreError> {
    let head = store.head().position;
    let mut lag = Lag {
        head,
        ..Lag::default()
    };
    for segment in segments(cursor, head) {
        let Segment {
            filter,
            resolved,
            range,
        } = segment?;
        let filter = store.resolve_kept(filter, resolved).await?;
        let (decided, upto) = store.decide_changes(&filter, range).await?;
        let parts = Waiting::parts(filter, decided, range, upto);
        for part in parts {
            lag.add(store.ask(part).await?);
        }
    }
    Ok(lag)
}

/// The same on this thread, which does not serve, whatever it costs.
pub fn lag_here(store: &Store, cursor: &Cursor) -> Result<Lag, StoreError> {
    let head = store.head().position;
    let mut lag = Lag {
        head,
        ..Lag::default()
    };
    for segment in segments(cursor, head) {
        let Segment {
            filter,
            resolved,
            range,
        } = segment?;
        let filter = store.resolve_kept_here(filter, resolved)?;
        let (decided, upto) = store.decide_changes_here(&filter, range)?;
        for part in Waiting::parts(filter, decided, range, upto) {
            lag.add(store.ask_here(&part)?);
        }
    }
    Ok(lag)
}

impl Lag {
    fn add(&mut self, (changes, first): (u64, Option<Position>)) {
        self.changes += changes;
        self.first = self.first.or(first);
    }
}

/// The first change that is not acknowledged.
pub(super) async fn first_unacked(
    store: &Store,
    cursor: &Cursor,
) -> Result<Option<Position>, StoreError> {
    for segment in segments(cursor, store.head().position) {
        let Segment {
            filter,
            resolved,
            mut range,
        } = segment?;
        let filter = store.resolve_kept(filter, resolved).await?;
        while range.0 < range.1 {
            let (decided, upto) = store.decide_changes(&filter, range).await?;
            let waiting = Waiting {
                filter: decided,
                range: (range.0, upto),
            };
            if let (_, Some(first)) = store.ask(waiting).await? {
                return Ok(Some(first));
            }
            range.0 = upto;
        }
    }
    Ok(None)
}

/// Returns what waits for a consumer, filter by filter, in order.
fn segments(cursor: &Cursor, head: Position) -> impl Iterator<Item = Result<Segment, StoreError>> {
    let mut at = cursor.acked;
    iter::from_fn(move || {
        (at < head).then(|| {
            let mut segment = segment_after(cursor, at).inspect_err(|_| at = head)?;
            segment.range.1 = segment.range.1.min(head);
            at = segment.range.1;
            Ok(segment)
        })
    })
}

/// Returns the filter for the change after a position, with its names resolved.
pub(super) async fn filter_after(
    store: &Store,
    cursor: &Cursor,
    position: Position,
) -> Result<Filter, StoreError> {
    let segment = segment_after(cursor, position)?;
    store.resolve_kept(segment.filter, segment.resolved).await
}

/// Returns the filter for the change after a position, and the changes to which it applies.
pub(super) fn segment_after(cursor: &Cursor, position: Position) -> Result<Segment, StoreError> {
    let (segment, upto) = cursor.segment_after(position);
    let filter = Filter::parse_kept(&segment.filter, Schema::Events);
    let filter = filter.map_err(|error| damaged(cursor, error.to_string()))?;
    Ok(Segment {
        filter: filter.with_watch_defaults(),
        resolved: segment.resolved,
        range: (position, upto),
    })
}

fn damaged(cursor: &Cursor, what: String) -> StoreError {
    StoreError::DamagedSubscription {
        name: cursor.name(),
        what,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::{CursorChange, NewCursor, StoreOptions};

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
            resolved: 0,
            filter: "text:-quantum AND party:\" JP\"".to_owned(),
            view: Default::default(),
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
        assert_eq!(lag_here(&store, &cursor).expect("it is read").changes, 0);
        let filter = filter_after(&store, &cursor, 0).await.expect("it is read");
        assert!(
            filter
                .normalized()
                .starts_with("text:\"quantum\" AND party:JP")
        );
    }
}
