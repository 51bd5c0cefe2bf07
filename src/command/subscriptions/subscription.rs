use std::sync::Arc;

use crate::{
    command::{Command, access::Access},
    feed::Lag,
    filter::{Filter, Schema},
    index::Position,
    rejection::Rejection,
    store::{Cursor, CursorChange, CursorOutcome},
};

/// A subscription and how far its consumer is behind.
#[derive(Clone, Debug)]
pub(crate) struct Subscription {
    pub cursor: Arc<Cursor>,
    pub lag: Lag,
    /// Commit time of the first change that is not acknowledged.
    pub oldest_unacked_micros: Option<i64>,
}

impl Subscription {
    /// As it is now.
    pub(super) async fn of<C: Command>(
        access: Access<'_, C>,
        cursor: Arc<Cursor>,
    ) -> Result<Subscription, Rejection> {
        let lag = access.lag(&cursor).await?;
        let commit_micros = |position| access.index().commit_micros(position);
        Ok(Subscription {
            oldest_unacked_micros: lag.first.map(commit_micros),
            cursor,
            lag,
        })
    }
}

/// Changes a subscription. The flag says whether the same request had done so before.
pub(super) async fn change<C: Command>(
    access: Access<'_, C>,
    slug: &str,
    change: CursorChange,
) -> Result<(Arc<Cursor>, bool), Rejection> {
    match access.change_cursor(slug, change).await? {
        CursorOutcome::Done(cursor) => Ok((cursor, false)),
        CursorOutcome::Replayed(cursor) => Ok((cursor, true)),
        CursorOutcome::Refused(refusal) => Err(Rejection::of_subscription(slug, refusal)),
    }
}

/// Refuses a filter with a name that stands for too many bodies at a position.
pub(super) async fn check_names<C: Command>(
    access: Access<'_, C>,
    filter: &str,
    resolved: Position,
) -> Result<(), Rejection> {
    let filter = Filter::parse(filter, Schema::Events)?;
    let resolved = access.resolved(filter.with_watch_defaults(), resolved);
    resolved.await?;
    Ok(())
}
