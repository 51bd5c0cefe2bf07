//! What may be asked of a cursor, and what becomes of it.

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
    /// Makes it.
    Create(NewCursor),
    /// Changes what it sends and how long it stays.
    Edit(CursorEdit),
    /// Removes it.
    Delete {
        /// Checked when set.
        etag: Option<String>,
    },
    /// Moves it anywhere.
    Seek { after: Position },
    /// Takes the lease.
    Acquire { consumer: String },
    /// The stream of the lease has ended.
    Release { epoch: u64 },
    /// Moves it forward.
    Acknowledge { epoch: u64, position: Position },
}

/// A subscription to make.
#[derive(Clone, Debug)]
pub struct NewCursor {
    /// As the client wrote it; it can be parsed.
    pub filter: String,
    /// Unset when the client did not say.
    pub view: Option<View>,
    pub idle_ttl: Option<Duration>,
    /// Where it begins, at most the head.
    pub after: Position,
    /// Makes the request safe to repeat.
    pub request: Option<RequestKey>,
}

/// New values; what is `None` stays.
#[derive(Clone, Debug, Default)]
pub struct CursorEdit {
    /// Checked when set.
    pub etag: Option<String>,
    /// As the client wrote it; it can be parsed.
    pub filter: Option<String>,
    pub view: Option<Option<View>>,
    pub idle_ttl: Option<Option<Duration>>,
}

/// What became of a change.
#[derive(Clone, Debug)]
pub enum CursorOutcome {
    /// Durable; for a deletion, as it was.
    Done(Arc<Cursor>),
    /// The same request had made it before.
    Replayed(Arc<Cursor>),
    /// Nothing was changed.
    Refused(CursorRefusal),
}

/// Why nothing was changed.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum CursorRefusal {
    NotFound,
    Exists,
    /// As many as a store keeps.
    TooMany,
    /// The request id made another subscription, or this one from other content.
    RequestIdReused {
        request_id: String,
        slug: String,
    },
    /// It was edited since.
    Stale {
        etag: String,
        version: u64,
    },
    /// Somebody else holds the lease.
    LeaseLost {
        epoch: u64,
    },
    /// Beyond what was sent under the lease.
    NotSent {
        requested: Position,
        sent: Position,
    },
    /// Its filters that are still in use are longer than a cursor may be.
    TooLarge {
        len: usize,
    },
}

impl NewCursor {
    /// The subscription, with numbers that none had before.
    pub(super) fn cursor(&self, slug: &str, past: &mut CursorHistory, now: Moment) -> Cursor {
        let segment = FilterSegment {
            filter: self.filter.clone(),
            after: 0,
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
    /// The cursor after a change of one that exists; `None` when the change makes no difference. A
    /// deletion gives it as it is.
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
            self.refilter(filter.clone(), head);
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
