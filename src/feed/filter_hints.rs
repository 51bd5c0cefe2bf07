use super::lag::filter_after;
use crate::{
    filter::{Filter, Unknown},
    index::Position,
    store::{Cursor, Store, StoreError},
};

/// What to tell whoever reads with a filter of which some terms name what no record up to a position
/// has: a line for each, with the nearest that there is.
pub fn hints(store: &Store, filter: &Filter, upto: Position) -> Vec<String> {
    // The index is let go of before the nearest are looked for.
    let unknown = store.index().unknown(filter, upto);
    let hint = |unknown: &Unknown| unknown.hint(filter.schema());
    unknown.iter().map(hint).collect()
}

/// The same for a read of what was known at a time, without the nearest: they may have become known later.
pub fn plain_hints(store: &Store, filter: &Filter, upto: Position) -> Vec<String> {
    let unknown = store.index().unknown(filter, upto).into_iter();
    let hint = |unknown: Unknown| {
        let alone = Unknown {
            known: Vec::new(),
            ..unknown
        };
        alone.hint(filter.schema())
    };
    unknown.map(hint).collect()
}

/// The same of the newest filter of a subscription.
pub async fn hints_of(store: &Store, cursor: &Cursor) -> Result<Vec<String>, StoreError> {
    let filter = filter_after(store, cursor, Position::MAX).await?;
    Ok(hints(store, &filter, store.head().position))
}
