//! What a stream says, frame by frame.

use std::{sync::Arc, time::Duration};

use tokio::time::Instant;

use super::{
    frame::{Delivery, EndReason, Frame, Payload},
    stage::Waits,
    token::{Checkpoint, TokenWriter},
    watch_state::WatchState,
};
use crate::{
    clock::{Moment, WallClock},
    index::Position,
};

/// Numbers frames, and knows whether its client keeps up with them.
#[derive(Debug)]
pub(super) struct Frames {
    count: u64,
    tokens: TokenWriter,
    state: Arc<WatchState>,
    clock: WallClock,
    last: Instant,
    live: bool,
    waits: Waits,
}

impl Frames {
    pub(super) fn new(tokens: TokenWriter, state: Arc<WatchState>, clock: WallClock) -> Frames {
        Frames {
            count: 0,
            tokens,
            state,
            last: clock.now(),
            clock,
            live: false,
            waits: Waits::default(),
        }
    }

    /// Makes other tokens from now on.
    pub(super) fn set_tokens(&mut self, tokens: TokenWriter) {
        self.tokens = tokens;
    }

    /// When the next frame is due at the latest.
    pub(super) fn due(&self, heartbeat: Duration) -> Instant {
        self.last + heartbeat
    }

    /// Whether the stream has caught up with the head and not fallen behind since.
    pub(super) fn is_live(&self) -> bool {
        self.live
    }

    /// The client has taken the last frame.
    pub(super) fn taken(&mut self) {
        self.waits.for_client += self.clock.since(self.last);
    }

    /// The store was waited for since then.
    pub(super) fn waited_for_store(&mut self, since: Instant) {
        self.waits.for_store += self.clock.since(since);
    }

    /// The next frame, after which its reader stands at `place`.
    pub(super) fn frame(&mut self, place: Checkpoint, payload: Payload) -> Frame {
        let micros = self.clock.now_micros();
        self.count += 1;
        self.last = self.clock.now();
        let now = Moment {
            wall_micros: micros,
            steady_micros: self.clock.steady_micros_at(self.last),
        };
        let position = place.phase.covered();
        self.state.made_frame(position, now);
        Frame {
            number: self.count,
            position,
            token: self.tokens.token(place),
            micros,
            payload,
        }
    }

    /// The frame of a change.
    pub(super) fn change(&mut self, place: Checkpoint, delivery: Delivery) -> Frame {
        let frame = self.frame(place, Payload::Change(delivery));
        self.state.sent_change();
        frame
    }

    /// From here on the client has the changes as they come.
    pub(super) fn caught_up(&mut self, place: Checkpoint) -> Frame {
        self.waits = Waits::default();
        self.set_live(true);
        let sent_changes = self.state.sent_changes();
        self.frame(place, Payload::CaughtUp { sent_changes })
    }

    /// From here on it does not, as the oldest change that it lacks was committed at `oldest`.
    pub(super) fn fell_behind(&mut self, place: Checkpoint, head: Position, oldest: i64) -> Frame {
        self.set_live(false);
        let lag = self.clock.now_micros().saturating_sub(oldest);
        let fell_behind = Payload::FellBehind {
            head,
            lag: Duration::from_micros(u64::try_from(lag).unwrap_or(0)),
            cause: self.waits.bottleneck(),
        };
        self.frame(place, fell_behind)
    }

    /// The last frame.
    pub(super) fn ending(&mut self, place: Checkpoint, reason: EndReason) -> Frame {
        let retry = reason.retry();
        self.frame(place, Payload::Ending { reason, retry })
    }

    fn set_live(&mut self, live: bool) {
        self.live = live;
        self.state.set_live(live);
    }
}
