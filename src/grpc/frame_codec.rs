//! The feed's frames as gRPC sends them: a small header of the stream's own before bytes that all
//! watchers share.

use std::time::Duration;

use bytes::{BufMut, Bytes, BytesMut};
use prost::{DecodeError, Message};

use super::filters;
use crate::{
    domain::View,
    feed::{
        Bottleneck, Consumed, Delivery, EndReason, FilterChanged, Frame, FrameCodec, Payload,
        Started,
    },
    index::Crossing,
    proto::{
        numbers::v1::{consume_subscription_response, event_change, watch_events_response},
        v1::{self, watch_events_response::Payload as Notice},
    },
    store::{Resource, StoreError},
    wire::{self, Encoded, put_bytes, put_prefix, put_timestamp, put_varint},
};

/// Frames are cut from chunks, of which the first after a silence is short, as most watches are
/// silent most of the time, and each of the next is twice as long as the one before.
const CHUNK_LEN_MIN: usize = 512;
const CHUNK_LEN_MAX: usize = 16 << 10;

/// Encodes the frames of a watch as `WatchEventsResponse`.
#[derive(Debug)]
pub(super) struct WatchCodec {
    view: View,
    chunk: BytesMut,
    chunk_len: usize,
}

/// Encodes the frames of a subscription as `ConsumeSubscriptionResponse`.
#[derive(Debug)]
pub(super) struct SubscriptionCodec {
    frames: WatchCodec,
}

impl WatchCodec {
    /// Encodes for a client that wants this view.
    pub(super) fn new(view: View) -> WatchCodec {
        WatchCodec {
            view,
            chunk: BytesMut::new(),
            chunk_len: CHUNK_LEN_MIN,
        }
    }

    fn notice(&mut self, frame: &Frame, notice: Notice) -> Encoded {
        self.chunk_len = CHUNK_LEN_MIN;
        let payload = v1::WatchEventsResponse {
            payload: Some(notice),
            ..Default::default()
        };
        let payload = payload.encode_to_vec();
        self.frame(frame, payload.len(), |buf| buf.put_slice(&payload))
    }

    fn change(&mut self, frame: &Frame, delivery: &Delivery) -> Result<Encoded, StoreError> {
        let damaged = |_| StoreError::Damaged {
            position: delivery.record.position,
            what: "its change is unreadable".to_owned(),
        };
        let body = self.body(delivery).map_err(damaged)?;
        let (tag, previous) = self.previous(delivery).map_err(damaged)?;
        let crossing = delivery
            .crossing
            .map_or(v1::Match::Entered, |crossing| match crossing {
                Crossing::Entered => v1::Match::Entered,
                Crossing::Stayed => v1::Match::Stayed,
                Crossing::Left => v1::Match::Left,
            });
        let mut rest = BytesMut::with_capacity(80 + previous.len());
        put_varint(&mut rest, event_change::MATCH, crossing as u64);
        if !previous.is_empty() {
            put_bytes(&mut rest, tag, &previous);
        }
        if delivery.crossing.is_some() {
            put_bytes(
                &mut rest,
                event_change::DIGEST,
                &delivery.record.digest.hex(),
            );
        }
        let len = body.len() + rest.len();
        Ok(self.frame(frame, len + 8, |buf| {
            put_prefix(buf, watch_events_response::CHANGE, len);
            buf.put_slice(&body);
            buf.put_slice(&rest);
        }))
    }

    /// The stored change as it is, unless the client wants less or it stands in a snapshot.
    fn body(&self, delivery: &Delivery) -> Result<Bytes, DecodeError> {
        let stored = &delivery.record.change;
        if self.view == View::Full && delivery.crossing.is_some() {
            return Ok(stored.clone());
        }
        let existing = delivery.crossing.is_none();
        let mut body = BytesMut::with_capacity(stored.len());
        let kept = wire::retain(stored, |tag| match tag {
            event_change::EVENT | event_change::PARTNERSHIP | event_change::BODY => false,
            tag => !existing || tag == event_change::COMMIT_TIME,
        })?;
        if existing {
            put_varint(
                &mut body,
                event_change::TYPE,
                v1::ChangeType::Existing as u64,
            );
        }
        body.put_slice(&kept);
        let resource = delivery.record.resource().map_err(|_| unreadable())?;
        let tag = match resource {
            Resource::Event(_) => event_change::EVENT,
            Resource::Partnership(_) => event_change::PARTNERSHIP,
            Resource::Body(_) => event_change::BODY,
        };
        put_bytes(&mut body, tag, &wire::apply_view(self.view, resource)?);
        Ok(body.freeze())
    }

    fn previous(&self, delivery: &Delivery) -> Result<(u32, Bytes), DecodeError> {
        let Some(record) = &delivery.previous else {
            return Ok((0, Bytes::new()));
        };
        let resource = record.resource().map_err(|_| unreadable())?;
        let tag = match resource {
            Resource::Event(_) => event_change::PREVIOUS_EVENT,
            Resource::Partnership(_) => event_change::PREVIOUS_PARTNERSHIP,
            Resource::Body(_) => event_change::PREVIOUS_BODY,
        };
        Ok((tag, wire::apply_view(self.view, resource)?))
    }

    fn frame(&mut self, frame: &Frame, len: usize, put: impl FnOnce(&mut BytesMut)) -> Encoded {
        let needed = frame.token.len() + len + 64;
        if self.chunk.capacity() < needed {
            self.chunk.reserve(needed.max(self.chunk_len));
            self.chunk_len = (2 * self.chunk_len).min(CHUNK_LEN_MAX);
        }
        let buf = &mut self.chunk;
        put_varint(buf, watch_events_response::FRAME, frame.number);
        put_varint(buf, watch_events_response::POSITION, frame.position);
        put_bytes(
            buf,
            watch_events_response::RESUME_TOKEN,
            frame.token.as_bytes(),
        );
        put_timestamp(buf, watch_events_response::SERVER_TIME, frame.micros);
        put(buf);
        Encoded(self.chunk.split().freeze())
    }
}

impl FrameCodec<Frame> for WatchCodec {
    type Item = Encoded;

    fn encode(&mut self, frame: &Frame) -> Result<Encoded, StoreError> {
        let notice = match &frame.payload {
            Payload::Change(delivery) => return self.change(frame, delivery),
            Payload::Started(started) => Notice::Started(message_of(started)),
            Payload::Progress {
                head,
                scanned_changes,
            } => Notice::Progress(v1::WatchProgress {
                head_position: signed(*head),
                scanned_changes: signed(*scanned_changes),
            }),
            Payload::CaughtUp { sent_changes } => Notice::CaughtUp(v1::WatchCaughtUp {
                sent_changes: signed(*sent_changes),
            }),
            Payload::FellBehind { head, lag, cause } => Notice::FellBehind(v1::WatchFellBehind {
                head_position: signed(*head),
                lag: duration(*lag),
                cause: bottleneck(*cause).into(),
            }),
            Payload::Ending { reason, retry } => Notice::Ending(v1::WatchEnding {
                reason: end_reason(*reason).into(),
                retry_delay: duration(*retry),
            }),
        };
        Ok(self.notice(frame, notice))
    }

    fn len(item: &Encoded) -> usize {
        item.0.len()
    }
}

impl SubscriptionCodec {
    /// Encodes for a subscription with this view.
    pub(super) fn new(view: View) -> SubscriptionCodec {
        SubscriptionCodec {
            frames: WatchCodec::new(view),
        }
    }
}

impl FrameCodec<Consumed> for SubscriptionCodec {
    type Item = Encoded;

    fn encode(&mut self, consumed: &Consumed) -> Result<Encoded, StoreError> {
        use consume_subscription_response as field;
        let frame = self.frames.encode(&consumed.frame)?;
        let mut answer = BytesMut::with_capacity(frame.0.len() + 32);
        put_varint(&mut answer, field::LEASE_EPOCH, consumed.lease_epoch);
        put_varint(
            &mut answer,
            field::DELIVERY_ATTEMPT,
            consumed.attempt.into(),
        );
        put_bytes(&mut answer, field::FRAME, &frame.0);
        if let Some(changed) = &consumed.filter_changed {
            let changed = filter_changed(changed).encode_to_vec();
            put_bytes(&mut answer, field::FILTER_CHANGED, &changed);
        }
        Ok(Encoded(answer.freeze()))
    }

    fn len(item: &Encoded) -> usize {
        item.0.len()
    }
}

fn message_of(started: &Started) -> v1::WatchStarted {
    v1::WatchStarted {
        watch: started.watch.clone(),
        normalized_filter: started.normalized_filter.clone(),
        oldest_position: signed(started.oldest),
        head_position: signed(started.head),
        heartbeat_interval: duration(started.heartbeat),
        max_age: duration(started.max_age),
        store_epoch: started.store_epoch.clone(),
        hints: started.hints.clone(),
        named_bodies: filters::named_bodies(&started.bodies),
    }
}

fn filter_changed(changed: &FilterChanged) -> v1::SubscriptionFilterChanged {
    v1::SubscriptionFilterChanged {
        after_position: signed(changed.after),
        normalized_filter: changed.normalized_filter.clone(),
        hints: changed.hints.clone(),
        named_bodies: filters::named_bodies(&changed.bodies),
    }
}

fn bottleneck(cause: Bottleneck) -> v1::Bottleneck {
    match cause {
        Bottleneck::Client => v1::Bottleneck::Client,
        Bottleneck::Store => v1::Bottleneck::Store,
    }
}

fn end_reason(reason: EndReason) -> v1::EndReason {
    match reason {
        EndReason::StopReached => v1::EndReason::StopReached,
        EndReason::MaxAge => v1::EndReason::MaxAge,
        EndReason::Draining => v1::EndReason::Draining,
        EndReason::DisconnectedByAdmin => v1::EndReason::DisconnectedByAdmin,
        EndReason::ConsumerStalled => v1::EndReason::ConsumerStalled,
        EndReason::LeaseLost => v1::EndReason::LeaseLost,
    }
}

fn signed(count: u64) -> i64 {
    i64::try_from(count).unwrap_or(i64::MAX)
}

fn duration(duration: Duration) -> Option<prost_types::Duration> {
    // Bounded by the limits on heartbeats and ages, so that it always fits.
    prost_types::Duration::try_from(duration).ok()
}

fn unreadable() -> DecodeError {
    #[allow(deprecated)]
    DecodeError::new("no resource")
}
