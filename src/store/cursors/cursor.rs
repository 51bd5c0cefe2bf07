//! The state of one subscription, and how it moves. Pure: what is durable is for others to see to.

use std::{sync::Arc, time::Duration};

use super::sent_upto::SentUpto;
use crate::{
    clock::Moment,
    domain::View,
    store::record::{Position, RequestKey},
};

/// Runs of leases that are told apart: more than a stream sends changes without an acknowledgement,
/// and so more than there are but for crashes of the server. Beyond, the two that reached least far
/// are counted as one, so that the count for the first unacknowledged change stays exact.
const DELIVERIES_MAX: usize = 1_024;

/// A subscription. What is handed out is never changed, but for `Lease::sent`.
#[derive(Clone, Debug)]
pub struct Cursor {
    pub slug: String,
    /// Differs from that of every other subscription there was; 0 when made by a version that did not
    /// count them.
    pub incarnation: u64,
    /// At least one, in order of positions; the last one is the current filter.
    pub segments: Vec<FilterSegment>,
    pub view: Option<View>,
    /// Time without a consumer after which it is deleted; `None` for never.
    pub idle_ttl: Option<Duration>,
    /// Rises with every edit.
    pub version: u64,
    /// Everything up to here is acknowledged. Only a seek moves it back.
    pub acked: Position,
    /// 0 before the first acknowledgement.
    pub last_ack_micros: i64,
    pub lease: Lease,
    pub deliveries: Vec<Delivery>,
    /// The request that made it.
    pub request: Option<RequestKey>,
    pub create_micros: i64,
    /// When it was last without a consumer for the first time, by a clock that may have been wrong.
    pub idle_since_micros: i64,
    /// For how long since.
    pub idle: Idle,
}

/// Time without a consumer. It counts only while the store is open, and by the steady clock, so that
/// no clock that jumps or starts at a wrong time makes it longer than it was.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub struct Idle {
    /// Counted so far.
    pub micros: i64,
    /// When it was counted, by the steady clock.
    pub counted_at: i64,
}

impl Idle {
    /// Counted anew.
    pub fn upto(self, steady_micros: i64) -> Idle {
        let more = steady_micros.saturating_sub(self.counted_at).max(0);
        Idle {
            micros: self.micros.saturating_add(more),
            counted_at: steady_micros,
        }
    }
}

/// A filter and from where it applies.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct FilterSegment {
    /// As the client wrote it.
    pub filter: String,
    /// Applies to the positions after this one, up to the next segment.
    pub after: Position,
}

/// The right to acknowledge, held by whoever consumed last.
#[derive(Clone, Debug, Default)]
pub struct Lease {
    /// Rises whenever it changes hands, and is never the same for two subscriptions of one name.
    pub epoch: u64,
    /// What the holder calls itself.
    pub consumer: String,
    /// Whether the holder's stream is open.
    pub open: bool,
    /// Shared with the stream, which raises it as it sends.
    pub(super) sent: Arc<SentUpto>,
}

/// Leases under which the changes up to a position were sent.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Delivery {
    pub upto: Position,
    pub leases: u32,
}

impl Lease {
    /// Everything matching up to here was sent under it.
    pub fn sent(&self) -> Position {
        self.sent.covered()
    }

    /// For the stream that holds it, before it hands over a frame without a change.
    pub fn note_sent(&self, position: Position) {
        self.sent.cover(position);
    }

    /// For the stream that holds it, before it makes the frame of a change. Unless it was taken away,
    /// which the stream will see, the change counts as sent.
    pub fn may_send(&self, position: Position) -> bool {
        self.sent.count_change(position)
    }
}

impl Cursor {
    /// "subscriptions/{subscription}".
    pub fn name(&self) -> String {
        Cursor::name_of(&self.slug)
    }

    /// The name of the subscription with an id.
    pub fn name_of(slug: &str) -> String {
        format!("subscriptions/{slug}")
    }

    /// Whether both are states of one subscription, not of two of one name.
    pub(super) fn is_same(&self, other: &Cursor) -> bool {
        (self.incarnation, self.create_micros) == (other.incarnation, other.create_micros)
    }

    /// The current filter, as the client wrote it.
    pub fn filter(&self) -> &str {
        self.segments.last().map_or("", |segment| &segment.filter)
    }

    /// Opaque to clients; changes with every edit, and never the same for two of one name.
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

    /// The filter for the change after `position`, and up to where it applies.
    pub fn segment_after(&self, position: Position) -> (&str, Position) {
        let next = self
            .segments
            .iter()
            .skip(1)
            .position(|segment| segment.after > position);
        match next {
            Some(at) => (&self.segments[at].filter, self.segments[at + 1].after),
            None => (self.filter(), Position::MAX),
        }
    }

    /// How often the change at a position will have been sent when it is sent under this lease.
    pub fn attempt(&self, position: Position) -> u32 {
        let reached = self
            .deliveries
            .iter()
            .filter(|delivery| delivery.upto >= position);
        reached.fold(1, |attempt, delivery| {
            attempt.saturating_add(delivery.leases)
        })
    }

    /// Whether its time without a consumer matters.
    pub fn may_expire(&self) -> bool {
        self.idle_ttl.is_some() && !self.lease.open
    }

    /// Whether it is to be deleted, as nobody has consumed it for too long.
    pub fn is_expired(&self, steady_micros: i64) -> bool {
        let idle = self.idle.upto(steady_micros).micros;
        let idle = Duration::from_micros(u64::try_from(idle).unwrap_or(0));
        self.may_expire() && self.idle_ttl.is_some_and(|ttl| idle >= ttl)
    }

    pub(super) fn acknowledge(&mut self, position: Position, now: Moment) {
        self.acked = position;
        self.last_ack_micros = now.wall_micros;
        self.deliveries.retain(|delivery| delivery.upto > position);
        self.forget_segments();
    }

    /// Everything starts anew from there, and nobody holds the lease.
    pub(super) fn seek(&mut self, after: Position, now: Moment) {
        let filter = self.filter().to_owned();
        self.segments = vec![FilterSegment { filter, after: 0 }];
        self.deliveries.clear();
        self.acked = after;
        self.release(now);
        self.lease.sent.close();
        self.lease = Lease {
            epoch: self.lease.epoch + 1,
            ..Lease::default()
        };
    }

    /// Gives the lease to somebody, whoever had it.
    pub(super) fn acquire(&mut self, consumer: String) {
        self.add_delivery(self.lease.sent.close());
        self.lease = Lease {
            epoch: self.lease.epoch + 1,
            consumer,
            open: true,
            sent: Arc::new(SentUpto::upto(self.acked)),
        };
    }

    /// The holder's stream has ended. It may still acknowledge.
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

    /// The process ended while a stream was open: what it may have sent counts as sent.
    pub(super) fn recover(&mut self, head: Position, now: Moment) {
        if self.lease.open {
            self.lease.sent = Arc::new(SentUpto::upto(head));
            self.release(now);
        }
    }

    /// Another filter for what comes after `head`.
    pub(super) fn refilter(&mut self, filter: String, head: Position) {
        if filter == self.filter() {
            return;
        }
        // One that never applied to anything is replaced.
        self.segments.retain(|segment| segment.after < head);
        self.segments.push(FilterSegment {
            filter,
            after: head,
        });
        self.forget_segments();
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

    /// Segments that lie whole before the cursor.
    fn forget_segments(&mut self) {
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
