//! How late timers fire on the checker's own machine, which is not the server's fault.

use std::{
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use tokio::{
    task::JoinHandle,
    time::{Instant, sleep},
};

const PERIOD: Duration = Duration::from_millis(20);

/// The greatest delay of our own timers so far. Measured until dropped.
#[derive(Debug)]
pub(super) struct TimerLag {
    micros: Arc<AtomicU64>,
    measuring: JoinHandle<()>,
}

impl TimerLag {
    /// Starts measuring.
    pub(super) fn measure() -> TimerLag {
        let micros = Arc::new(AtomicU64::new(0));
        let measuring = tokio::spawn(watch(micros.clone()));
        TimerLag { micros, measuring }
    }

    /// Returns what to add to every limit on a duration.
    pub(super) fn allowance(&self) -> Duration {
        Duration::from_micros(self.micros.load(Ordering::Relaxed))
    }
}

impl Drop for TimerLag {
    fn drop(&mut self) {
        self.measuring.abort();
    }
}

async fn watch(micros: Arc<AtomicU64>) {
    loop {
        let due = Instant::now() + PERIOD;
        sleep(PERIOD).await;
        let late = u64::try_from(due.elapsed().as_micros()).unwrap_or(u64::MAX);
        micros.fetch_max(late, Ordering::Relaxed);
    }
}
