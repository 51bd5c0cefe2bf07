use std::{sync::Arc, time::Duration};

use crate::{
    command::{
        Command, Context, Method,
        access::Access,
        page::{self, Page, Place},
        rows::Rows,
    },
    feed::WatchState,
    index::Position,
    rejection::Rejection,
};

/// Reads a page of the open watches, oldest first.
#[derive(Clone, Debug)]
pub(crate) struct ListWatches<R> {
    /// Maximum number of rows.
    pub page_size: usize,
    /// Empty for the first page.
    pub page_token: String,
    pub rows: R,
}

/// An open watch and its lag.
#[derive(Clone, Debug)]
pub(crate) struct WatchRow {
    pub state: Arc<WatchState>,
    pub position: Position,
    pub lag_changes: u64,
    /// Time since the oldest unsent change was committed.
    pub lag: Duration,
}

impl<R: Rows<WatchRow>> Command for ListWatches<R> {
    const METHOD: Method = Method::ListWatches;

    type Answer = Page<R>;

    async fn run(mut self, access: Access<'_, Self>, _: &Context) -> Result<Page<R>, Rejection> {
        let fingerprint = page::fingerprint(&["watches"]);
        let after = match self.page_token.as_str() {
            "" => 0,
            token => page::read_token(token, access.epoch(), &fingerprint)?.after,
        };
        let open = access.watches().list(after, self.page_size + 1);
        let mut sent = 0;
        for state in open.iter().take(self.page_size) {
            if self.rows.take(row(access, state.clone())).is_err() {
                break;
            }
            sent += 1;
        }
        let next = (sent < open.len()).then(|| {
            let place = Place {
                position: 0,
                after: open[sent - 1].id,
            };
            page::token(access.epoch(), &fingerprint, place)
        });
        Ok(Page {
            rows: self.rows,
            next_page_token: next.unwrap_or_default(),
        })
    }
}

fn row<C: Command>(access: Access<'_, C>, state: Arc<WatchState>) -> WatchRow {
    let head = access.head().position;
    let position = state.position().min(head);
    let lag_changes = head - position;
    let lag = if lag_changes == 0 {
        0
    } else {
        access.clock().now_micros() - access.index().commit_micros(position + 1)
    };
    WatchRow {
        state,
        position,
        lag_changes,
        lag: Duration::from_micros(u64::try_from(lag).unwrap_or(0)),
    }
}
