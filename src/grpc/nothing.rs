//! What to tell whoever lists or counts events when nothing matches.

use std::sync::Arc;

use super::{filters, listed::Listed, page::SortedPlace, scope};
use crate::{
    filter::Filter,
    index::{Order, OrderBy, Resources},
    rejection::Rejection,
    store::Store,
};

/// Hints for a filter, of which this is the text, that nothing matches at a place.
pub(super) async fn hints(
    store: &Store,
    filter: &Filter,
    text: &str,
    place: SortedPlace,
) -> Result<Vec<String>, Rejection> {
    let mut hints = scope::hints(store, filter, place.position);
    let all = filters::of_list(text, true)?;
    // With the same filter the answer would be the same.
    if all.canonical() != filter.canonical() {
        let listed = store.ask(Listed {
            filter: Arc::new(all),
            resources: Resources::Events,
            order: Order {
                by: OrderBy::Position,
                descending: false,
            },
            place: SortedPlace {
                after: None,
                ..place
            },
            count: 0,
        });
        let (_, gone) = listed.await?;
        hints.extend((gone > 0).then(|| left_out(gone)));
    }
    Ok(hints)
}

fn left_out(gone: u64) -> String {
    let (found, them) = match gone {
        1 => ("event that is retracted, redacted or merged matches", "it"),
        _ => (
            "events that are retracted, redacted or merged match",
            "them",
        ),
    };
    format!("{gone} {found}; list {them} with show_retracted (--show-retracted)")
}
