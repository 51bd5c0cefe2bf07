//! The state of one subscription, and its transitions. Pure: others make it durable.

use std::{sync::Arc, time::Duration};

use super::sent_upto::SentUpto;
use crate::{
    clock::Moment,
    domain::View,
    store::record::{Position, RequestKey},
};

/// The most deliveries that a cursor keeps. It exceeds the number of changes that a stream sends
/// without an acknowledgement, so that only crashes of the server can lead to more. Then the two that
/// reached least far are merged, so that the count for the first unacknowledged change stays exact.
const DELIVERIES_MAX: usize = 1_024;

/// The state of a subscription. A shared state never changes, except for `Lease::sent`.
#[derive(Clone, Debug)]
pub struct Cursor {
    pub slug: String,
    /// Differs from that of every other subscription, past or present; 0 when it was created by a
    /// version that did not count them.
    pub incarnation: u64,
    /// The filters that still apply, in order of positions. At least one; the last is the current one.
    pub segments: Vec<FilterSegment>,
    pub view: Option<View>,
    /// The time without a consumer after which it is deleted; `None` for never.
    pub idle_ttl: Option<Duration>,
    /// Rises with every edit.
    pub version: u64,
    /// Everything up to here is acknowledged. Only a seek moves it back.
    pub acked: Position,
    /// The time of the last acknowledgement, in microseconds since 1970; 0 before the first.
    pub last_ack_micros: i64,
    pub lease: Lease,
    pub deliveries: Vec<Delivery>,
    /// The request that created it.
    pub request: Option<RequestKey>,
    pub create_micros: i64,
    /// When it last lost its consumer, by a clock that may have been wrong.
    pub idle_since_micros: i64,
    /// How long it has been without a consumer since.
    pub idle: Idle,
}

/// Time without a consumer. It is counted only while the store is open, and by the steady clock, so
/// that a wall clock that jumps or starts at a wrong time cannot make it too long.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub struct Idle {
    /// The time that was counted so far.
    pub micros: i64,
    /// When it was last counted, by the steady clock, in microseconds.
    pub counted_at: i64,
}

impl Idle {
    /// Counts the time up to `steady_micros`.
    pub fn upto(self, steady_micros: i64) -> Idle {
        let more = steady_micros.saturating_sub(self.counted_at).max(0);
        Idle {
            micros: self.micros.saturating_add(more),
            counted_at: steady_micros,
        }
    }
}

/// A filter, and where it applies.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct FilterSegment {
    /// The filter as the client wrote it.
    pub filter: String,
    /// It applies to the positions after this one, up to the next segment.
    pub after: Position,
    /// Names in it stand for the bodies that had them at this position.
    pub resolved: Position,
}

impl FilterSegment {
    /// Returns whether both have the same filter, with names that stand for the same bodies.
    pub fn is_same_filter(&self, other: &FilterSegment) -> bool {
        (&self.filter, self.resolved) == (&other.filter, other.resolved)
    }
}

/// The right to acknowledge, which the newest consumer holds.
#[derive(Clone, Debug, Default)]
pub struct Lease {
    /// Rises whenever another consumer takes the lease, and is never the same for two subscriptions of
    /// one name.
    pub epoch: u64,
    /// The name that the holder gave.
    pub consumer: String,
    /// Whether the holder's stream is open.
    pub open: bool,
    /// Shared with the stream, which raises it as it sends.
    pub(super) sent: Arc<SentUpto>,
}

/// The number of leases under which the changes up to a position were sent.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Delivery {
    pub upto: Position,
    pub leases: u32,
}

impl Lease {
    /// Returns the position up to which everything that matches was sent under this lease.
    pub fn sent(&self) -> Position {
        self.sent.covered()
    }

    /// Notes that everything up to a position was sent. The stream calls this before it sends a frame
    /// without a change.
    pub fn note_sent(&self, position: Position) {
        self.sent.cover(position);
    }

    /// Counts the change at a position as sent, and returns true unless the lease was taken away. The
    /// stream calls this before it makes the frame of a change.
    pub fn may_send(&self, position: Position) -> bool {
        self.sent.count_change(position)
    }
}

impl Cursor {
    /// Returns its name, "subscriptions/{subscription}".
    pub fn name(&self) -> String {
        Cursor::name_of(&self.slug)
    }

    /// Returns the name of the subscription with an id.
    pub fn name_of(slug: &str) -> String {
        format!("subscriptions/{slug}")
    }

    /// Returns whether both are states of the same subscription, and not of two with the same name.
    pub(super) fn is_same(&self, other: &Cursor) -> bool {
        (self.incarnation, self.create_micros) == (other.incarnation, other.create_micros)
    }

    /// Returns the current filter, as the client wrote it.
    pub fn filter(&self) -> &str {
        &self.current().filter
    }

    /// Returns the segment with the current filter.
    fn current(&self) -> &FilterSegment {
        static EVERYTHING: FilterSegment = FilterSegment {
            filter: String::new(),
            after: 0,
            resolved: 0,
        };
        self.segments.last().unwrap_or(&EVERYTHING)
    }

    /// Returns the etag, which is opaque to clients. It changes with every edit, and is never the
    /// same for two subscriptions of one name.
    pub fn etag(&self) -> String {
        let Cursor {
            create_micros,
            version,
            incarnation,
            ..
        } = self;
        match incarnation {
            0 => format!("{create_micros:x}-{version}"),
            _ => format!("{create_micros:x}-{incarnation:x}-{version}"),
        }
    }

    /// Returns the segment with the filter for the change after `position`, and the position up to which
    /// it applies.
    pub fn segment_after(&self, position: Position) -> (&FilterSegment, Position) {
        let next = self
            .segments
            .iter()
            .skip(1)
            .position(|segment| segment.after > position);
        match next {
            Some(at) => (&self.segments[at], self.segments[at + 1].after),
            None => (self.current(), Position::MAX),
        }
    }

    /// Returns how often the change at a position will have been sent, once it is sent under this
    /// lease.
    pub fn attempt(&self, position: Position) -> u32 {
        let reached = self
            .deliveries
            .iter()
            .filter(|delivery| delivery.upto >= position);
        reached.fold(1, |attempt, delivery| {
            attempt.saturating_add(delivery.leases)
        })
    }

    /// Returns whether it is deleted after too long a time without a consumer, and has none.
    pub fn may_expire(&self) -> bool {
        self.idle_ttl.is_some() && !self.lease.open
    }

    /// Returns whether it must be deleted, as it was without a consumer for too long.
    pub fn is_expired(&self, steady_micros: i64) -> bool {
        let idle = self.idle.upto(steady_micros).micros;
        let idle = Duration::from_micros(u64::try_from(idle).unwrap_or(0));
        self.may_expire() && self.idle_ttl.is_some_and(|ttl| idle >= ttl)
    }

    pub(super) fn acknowledge(&mut self, position: Position, now: Moment) {
        self.acked = position;
        self.last_ack_micros = now.wall_micros;
        self.deliveries.retain(|delivery| delivery.upto > position);
        self.drop_passed_segments();
    }

    /// Moves it to a position. Deliveries are counted anew, and nobody holds the lease.
    pub(super) fn seek(&mut self, after: Position, now: Moment) {
        let current = self.current().clone();
        self.segments = vec![FilterSegment {
            after: 0,
            ..current
        }];
        self.deliveries.clear();
        self.acked = after;
        self.release(now);
        self.lease.sent.close();
        self.lease = Lease {
            epoch: self.lease.epoch + 1,
            ..Lease::default()
        };
    }

    /// Gives the lease to a consumer, and takes it from the one that had it.
    pub(super) fn acquire(&mut self, consumer: String) {
        self.add_delivery(self.lease.sent.close());
        self.lease = Lease {
            epoch: self.lease.epoch + 1,
            consumer,
            open: true,
            sent: Arc::new(SentUpto::upto(self.acked)),
        };
    }

    /// Notes that the holder's stream has ended. The holder may still acknowledge.
    pub(super) fn release(&mut self, now: Moment) {
        if self.lease.open {
            self.lease.open = false;
            self.idle_since_micros = now.wall_micros;
            self.idle = Idle {
                micros: 0,
                counted_at: now.steady_micros,
            };
        }
    }

    /// Closes a stream that was open when the process ended. All that it may have sent counts as sent.
    pub(super) fn recover(&mut self, head: Position, now: Moment) {
        if self.lease.open {
            self.lease.sent = Arc::new(SentUpto::upto(head));
            self.release(now);
        }
    }

    /// Sets another filter for the changes after `head`.
    pub(super) fn refilter(&mut self, filter: String, resolved: Position, head: Position) {
        if filter == self.filter() {
            return;
        }
        // A filter that never applied to anything is replaced.
        self.segments.retain(|segment| segment.after < head);
        self.segments.push(FilterSegment {
            filter,
            after: head,
            resolved,
        });
        self.drop_passed_segments();
    }

    fn add_delivery(&mut self, upto: Position) {
        if upto <= self.acked {
            return;
        }
        match self
            .deliveries
            .iter_mut()
            .find(|delivery| delivery.upto == upto)
        {
            Some(delivery) => delivery.leases = delivery.leases.saturating_add(1),
            None => self.deliveries.push(Delivery { upto, leases: 1 }),
        }
        self.deliveries
            .sort_unstable_by_key(|delivery| delivery.upto);
        if self.deliveries.len() > DELIVERIES_MAX {
            let second = self.deliveries.remove(1);
            self.deliveries[0].leases = self.deliveries[0].leases.saturating_add(second.leases);
        }
    }

    /// Drops the segments that lie entirely before the cursor.
    fn drop_passed_segments(&mut self) {
        let passed = self
            .segments
            .iter()
            .skip(1)
            .take_while(|next| next.after <= self.acked);
        let passed = passed.count();
        self.segments.drain(..passed);
        if let Some(first) = self.segments.first_mut() {
            first.after = 0;
        }
    }
}
