//! Changes of a cursor, and their outcomes.

use std::{sync::Arc, time::Duration};

use super::{
    cursor::{Cursor, FilterSegment, Idle, Lease},
    history::CursorHistory,
};
use crate::{
    clock::Moment,
    domain::View,
    store::record::{Position, RequestKey},
};

/// A change of one subscription.
#[derive(Clone, Debug)]
pub enum CursorChange {
    /// Creates it.
    Create(NewCursor),
    /// Changes its filter, its view or how long it is kept.
    Edit(CursorEdit),
    /// Deletes it.
    Delete {
        /// Checked when set.
        etag: Option<String>,
    },
    /// Moves it to any position.
    Seek { after: Position },
    /// Takes the lease.
    Acquire { consumer: String },
    /// The stream of the lease has ended.
    Release { epoch: u64 },
    /// Acknowledges everything up to a position.
    Acknowledge { epoch: u64, position: Position },
}

/// A subscription to create.
#[derive(Clone, Debug)]
pub struct NewCursor {
    /// The filter as the client wrote it. It has been parsed successfully.
    pub filter: String,
    /// `None` when the client did not set it.
    pub view: Option<View>,
    pub idle_ttl: Option<Duration>,
    /// The position at which the names in the filter were resolved.
    pub resolved: Position,
    /// The position after which it begins, at most the head.
    pub after: Position,
    /// Makes the request safe to repeat.
    pub request: Option<RequestKey>,
}

/// New values of a subscription. A field that is `None` is not changed.
#[derive(Clone, Debug, Default)]
pub struct CursorEdit {
    /// Checked when set.
    pub etag: Option<String>,
    /// The filter as the client wrote it. It has been parsed successfully.
    pub filter: Option<String>,
    /// The position at which the names in the filter were resolved.
    pub resolved: Position,
    pub view: Option<Option<View>>,
    pub idle_ttl: Option<Option<Duration>>,
}

/// The outcome of a change.
#[derive(Clone, Debug)]
pub enum CursorOutcome {
    /// The change is durable. The cursor is its new state, or after a deletion the last one.
    Done(Arc<Cursor>),
    /// The same request had created it before.
    Replayed(Arc<Cursor>),
    /// Nothing was changed.
    Refused(CursorRefusal),
}

/// Why nothing was changed.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum CursorRefusal {
    NotFound,
    Exists,
    /// The store has as many subscriptions as it may.
    TooMany,
    /// The request id created another subscription, or this one with other content.
    RequestIdReused {
        request_id: String,
        slug: String,
    },
    /// It was edited since the client read it.
    Stale {
        etag: String,
        version: u64,
    },
    /// Another consumer holds the lease.
    LeaseLost {
        epoch: u64,
    },
    /// The position is beyond what was sent under the lease.
    NotSent {
        requested: Position,
        sent: Position,
    },
    /// It would be too long, with all its filters that are still in use.
    TooLarge {
        len: usize,
    },
}

impl NewCursor {
    /// Makes the cursor, with numbers that no subscription had before.
    pub(super) fn cursor(&self, slug: &str, past: &mut CursorHistory, now: Moment) -> Cursor {
        let segment = FilterSegment {
            filter: self.filter.clone(),
            after: 0,
            resolved: self.resolved,
        };
        Cursor {
            slug: slug.to_owned(),
            incarnation: past.next_incarnation(),
            segments: vec![segment],
            view: self.view,
            idle_ttl: self.idle_ttl,
            version: 1,
            acked: self.after,
            last_ack_micros: 0,
            lease: Lease {
                epoch: past.first_epoch(),
                ..Lease::default()
            },
            deliveries: Vec::new(),
            request: self.request.clone(),
            create_micros: now.wall_micros,
            idle_since_micros: now.wall_micros,
            idle: Idle {
                micros: 0,
                counted_at: now.steady_micros,
            },
        }
    }
}

impl Cursor {
    /// Returns the cursor after a change; `None` when the change makes no difference. A deletion
    /// returns it unchanged.
    pub(super) fn changed(
        &self,
        change: &CursorChange,
        head: Position,
        now: Moment,
    ) -> Result<Option<Cursor>, CursorRefusal> {
        let mut changed = self.clone();
        changed.idle = self.idle.upto(now.steady_micros);
        match change {
            CursorChange::Create(_) => return Err(CursorRefusal::Exists),
            CursorChange::Delete { etag } => self.check_etag(etag.as_deref())?,
            CursorChange::Edit(edit) => {
                self.check_etag(edit.etag.as_deref())?;
                changed.edit(edit, head);
            }
            CursorChange::Seek { after } => changed.seek(*after, now),
            CursorChange::Acquire { consumer } => changed.acquire(consumer.clone()),
            CursorChange::Release { epoch } => {
                if *epoch != self.lease.epoch || !self.lease.open {
                    return Ok(None);
                }
                changed.release(now);
            }
            CursorChange::Acknowledge { epoch, position } => {
                self.check_lease(*epoch)?;
                if *position <= self.acked {
                    return Ok(None);
                }
                let sent = self.lease.sent();
                if *position > sent {
                    let requested = *position;
                    return Err(CursorRefusal::NotSent { requested, sent });
                }
                changed.acknowledge(*position, now);
            }
        }
        Ok(Some(changed))
    }

    fn edit(&mut self, edit: &CursorEdit, head: Position) {
        if let Some(filter) = &edit.filter {
            self.refilter(filter.clone(), edit.resolved, head);
        }
        self.view = edit.view.unwrap_or(self.view);
        self.idle_ttl = edit.idle_ttl.unwrap_or(self.idle_ttl);
        self.version += 1;
    }

    fn check_etag(&self, etag: Option<&str>) -> Result<(), CursorRefusal> {
        let current = self.etag();
        match etag {
            Some(etag) if etag != current => Err(CursorRefusal::Stale {
                etag: current,
                version: self.version,
            }),
            _ => Ok(()),
        }
    }

    fn check_lease(&self, epoch: u64) -> Result<(), CursorRefusal> {
        let current = self.lease.epoch;
        if epoch == current && current > 0 {
            return Ok(());
        }
        Err(CursorRefusal::LeaseLost { epoch: current })
    }
}
