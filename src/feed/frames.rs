//! The frames of one stream: a small header of its own before bytes that all watchers share.

use std::{sync::Arc, time::Duration};

use bytes::{BufMut, Bytes, BytesMut};
use prost::Message;
use tokio::time::Instant;

use super::{
    request::View,
    token::{Phase, TokenWriter},
    views,
    watch_state::WatchState,
};
use crate::{
    clock::{Moment, WallClock},
    index::{Crossing, Position},
    proto::{
        numbers::v1::{event_change, watch_events_response},
        v1::{self, watch_events_response::Payload},
    },
    store::{Record, Resource, StoreError},
    wire::{Encoded, put_bytes, put_prefix, put_timestamp, put_varint},
};

/// Frames are cut from chunks, of which the first after a silence is short, as most watches are
/// silent most of the time, and each of the next is twice as long as the one before.
const CHUNK_LEN_MIN: usize = 512;
const CHUNK_LEN_MAX: usize = 16 << 10;

/// A change on its way to the client.
#[derive(Clone, Debug)]
pub struct Delivery {
    pub record: Arc<Record>,
    pub previous: Option<Arc<Record>>,
    /// `None` for an event that stands in a snapshot.
    pub crossing: Option<Crossing>,
}

/// Numbers and encodes frames.
#[derive(Debug)]
pub struct Frames {
    count: u64,
    tokens: TokenWriter,
    view: View,
    state: Arc<WatchState>,
    clock: WallClock,
    chunk: BytesMut,
    chunk_len: usize,
    last: Instant,
}

impl Frames {
    pub fn new(
        tokens: TokenWriter,
        view: View,
        state: Arc<WatchState>,
        clock: WallClock,
    ) -> Frames {
        Frames {
            count: 0,
            tokens,
            view,
            state,
            clock,
            chunk: BytesMut::new(),
            chunk_len: CHUNK_LEN_MIN,
            last: Instant::now(),
        }
    }

    /// As [`TokenWriter::set_not_before`] does.
    pub fn set_not_before(&mut self, not_before: Option<i64>) {
        self.tokens.set_not_before(not_before);
    }

    /// Makes other tokens from now on.
    pub fn set_tokens(&mut self, tokens: TokenWriter) {
        self.tokens = tokens;
    }

    /// How long ago the last frame was made.
    pub fn since_last(&self) -> Duration {
        self.last.elapsed()
    }

    /// When the next frame is due at the latest.
    pub fn due(&self, heartbeat: Duration) -> Instant {
        self.last + heartbeat
    }

    /// A frame that is not a change.
    pub fn notice(&mut self, phase: Phase, payload: Payload) -> Encoded {
        self.chunk_len = CHUNK_LEN_MIN;
        let frame = v1::WatchEventsResponse {
            payload: Some(payload),
            ..Default::default()
        };
        let payload = frame.encode_to_vec();
        self.frame(phase, payload.len(), |buf| buf.put_slice(&payload))
    }

    /// A frame with a change.
    pub fn change(&mut self, phase: Phase, delivery: &Delivery) -> Result<Encoded, StoreError> {
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
        Ok(self.frame(phase, len + 8, |buf| {
            put_prefix(buf, watch_events_response::CHANGE, len);
            buf.put_slice(&body);
            buf.put_slice(&rest);
        }))
    }

    /// The stored change as it is, unless the client wants less or it stands in a snapshot.
    fn body(&self, delivery: &Delivery) -> Result<Bytes, prost::DecodeError> {
        let stored = &delivery.record.change;
        if self.view == View::Full && delivery.crossing.is_some() {
            return Ok(stored.clone());
        }
        let existing = delivery.crossing.is_none();
        let mut body = BytesMut::with_capacity(stored.len());
        let kept = crate::wire::retain(stored, |tag| match tag {
            event_change::EVENT | event_change::PARTNERSHIP => false,
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
        };
        put_bytes(&mut body, tag, &views::of(resource, self.view)?);
        Ok(body.freeze())
    }

    fn previous(&self, delivery: &Delivery) -> Result<(u32, Bytes), prost::DecodeError> {
        let Some(record) = &delivery.previous else {
            return Ok((0, Bytes::new()));
        };
        let resource = record.resource().map_err(|_| unreadable())?;
        let tag = match resource {
            Resource::Event(_) => event_change::PREVIOUS_EVENT,
            Resource::Partnership(_) => event_change::PREVIOUS_PARTNERSHIP,
        };
        Ok((tag, views::of(resource, self.view)?))
    }

    fn frame(&mut self, phase: Phase, len: usize, put: impl FnOnce(&mut BytesMut)) -> Encoded {
        let token = self.tokens.token(phase);
        let now = self.clock.now_micros();
        self.count += 1;
        let needed = token.len() + len + 64;
        if self.chunk.capacity() < needed {
            self.chunk.reserve(needed.max(self.chunk_len));
            self.chunk_len = (2 * self.chunk_len).min(CHUNK_LEN_MAX);
        }
        let buf = &mut self.chunk;
        put_varint(buf, watch_events_response::FRAME, self.count);
        put_varint(buf, watch_events_response::POSITION, phase.covered());
        put_bytes(buf, watch_events_response::RESUME_TOKEN, token.as_bytes());
        put_timestamp(buf, watch_events_response::SERVER_TIME, now);
        put(buf);
        let frame = self.chunk.split().freeze();
        self.last = Instant::now();
        let now = Moment {
            wall_micros: now,
            steady_micros: self.clock.steady_micros_at(self.last.into_std()),
        };
        self.state.wrote(frame.len(), now);
        self.state.moved_to(phase.covered());
        Encoded(frame)
    }
}

impl Phase {
    /// Everything matching at or below this position was sent.
    fn covered(self) -> Position {
        match self {
            Phase::Log { after } => after,
            Phase::Snapshot { .. } => 0,
        }
    }
}

fn unreadable() -> prost::DecodeError {
    #[allow(deprecated)]
    prost::DecodeError::new("no resource")
}
