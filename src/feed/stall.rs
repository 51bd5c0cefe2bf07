//! Stalled watches: a client accepts no bytes while a frame waits for it.
//!
//! Two more things are called a stall, each in the layer that can observe it: an answer that its client does
//! not read (`server::unread_answer`), and a socket that accepts nothing (`server::connection`).

use std::time::Duration;

use super::{
    frame::EndReason,
    registry::{OpenWatch, Registry},
    watch_state::WatchState,
};
use crate::clock::WallClock;

/// A stall is noticed after this part of its time, and late by no more than it.
const STEPS: u32 = 4;
/// How often stalled clients are looked for, at minimum.
const ROUND_INTERVAL_MAX: Duration = Duration::from_secs(5);

/// Ends watches whose clients have not accepted a frame for `timeout`, for ever.
pub(super) async fn end_stalled(registry: &Registry, clock: &WallClock, timeout: Duration) {
    loop {
        clock.sleep((timeout / STEPS).min(ROUND_INTERVAL_MAX)).await;
        end_round(registry, clock, timeout);
    }
}

fn end_round(registry: &Registry, clock: &WallClock, timeout: Duration) {
    let micros = |duration: Duration| i64::try_from(duration.as_micros()).unwrap_or(i64::MAX);
    // On the steady clock, so that setting the time of day ends no stream.
    let silence = |state: &WatchState| clock.steady_micros() - state.last_write_steady();
    let quiet = registry.matching(|state| silence(state) >= micros(timeout / STEPS));
    for OpenWatch { state, handle } in quiet {
        let stalled = silence(&state) >= micros(timeout);
        if stalled && handle.end_resting(EndReason::ConsumerStalled) {
            tracing::info!(
                watch = state.name(),
                peer = state.client.peer,
                label = state.client.label,
                position = state.position(),
                "ended, as its client accepts nothing"
            );
        } else {
            // It may have a frame that its transport has not asked for.
            handle.drive();
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    };

    use tokio_util::sync::CancellationToken;

    use super::*;
    use crate::{
        clock::ManualClock,
        feed::{registry::WatchLimits, request::Client, stream_handle::OpenStream},
    };

    /// Has a frame that its client does not accept.
    #[derive(Default)]
    struct Stuck {
        ended: AtomicBool,
    }

    impl OpenStream for Stuck {
        fn drive(&self) {}

        fn end_resting(&self, _reason: EndReason) -> bool {
            self.ended.store(true, Ordering::Relaxed);
            true
        }
    }

    #[test]
    fn d14_a_clock_that_jumps_ends_no_watch_as_stalled() {
        const TIMEOUT: Duration = Duration::from_secs(3_600);
        let micros = TIMEOUT.as_micros() as i64;
        let clock = ManualClock::start();
        let limits = WatchLimits {
            in_all: 1,
            per_client: 1,
        };
        let registry = Registry::new(limits, clock.clock().clone());
        let client = Client::default();
        let place = registry.reserve(&client).expect("there is room");
        let registration = place.register(client, "", 0, CancellationToken::new());
        let stuck = Arc::new(Stuck::default());
        let stream: Arc<dyn OpenStream> = stuck.clone();
        registration.handle().set(&stream);
        clock.step_micros(10 * micros);
        end_round(&registry, clock.clock(), TIMEOUT);
        assert!(!stuck.ended.load(Ordering::Relaxed), "nothing has stalled");
        clock.step_micros(-20 * micros);
        clock.pass(TIMEOUT);
        end_round(&registry, clock.clock(), TIMEOUT);
        assert!(stuck.ended.load(Ordering::Relaxed), "it has stalled");
    }
}
