//! Numbers the frames of one stream.

use std::{sync::Arc, time::Duration};

use tokio::time::Instant;

use super::{
    frame::{Frame, Payload},
    token::{Phase, TokenWriter},
    watch_state::WatchState,
};
use crate::clock::{Moment, WallClock};

/// Makes frames of what they say.
#[derive(Debug)]
pub struct Frames {
    count: u64,
    tokens: TokenWriter,
    state: Arc<WatchState>,
    clock: WallClock,
    last: Instant,
}

impl Frames {
    pub fn new(tokens: TokenWriter, state: Arc<WatchState>, clock: WallClock) -> Frames {
        Frames {
            count: 0,
            tokens,
            state,
            clock,
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

    /// The next frame, after which its reader stands at `phase`.
    pub fn frame(&mut self, phase: Phase, payload: Payload) -> Frame {
        let micros = self.clock.now_micros();
        self.count += 1;
        self.last = Instant::now();
        let now = Moment {
            wall_micros: micros,
            steady_micros: self.clock.steady_micros_at(self.last.into_std()),
        };
        self.state.made_frame(phase.covered(), now);
        Frame {
            number: self.count,
            position: phase.covered(),
            token: self.tokens.token(phase),
            micros,
            payload,
        }
    }
}
