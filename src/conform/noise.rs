//! How late things happen on the machine that the checker runs on, which is not the server's doing.

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

/// The longest that a timer of our own was late so far. Measured until dropped.
#[derive(Debug)]
pub(super) struct Noise {
    micros: Arc<AtomicU64>,
    measuring: JoinHandle<()>,
}

impl Noise {
    /// Begins to measure.
    pub(super) fn measure() -> Noise {
        let micros = Arc::new(AtomicU64::new(0));
        let measuring = tokio::spawn(watch(micros.clone()));
        Noise { micros, measuring }
    }

    /// What to add to every limit on a duration.
    pub(super) fn allowance(&self) -> Duration {
        Duration::from_micros(self.micros.load(Ordering::Relaxed))
    }
}

impl Drop for Noise {
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
