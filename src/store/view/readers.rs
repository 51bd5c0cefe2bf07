//! Threads that read, as sled's calls block.
//!
//! Each has a queue of its own, and answers what has gathered there before it sleeps again. With a
//! thread for each read, as from a pool, waking threads would cost several times the reading.

use std::{
    io,
    num::NonZero,
    sync::{
        atomic::{AtomicUsize, Ordering},
        mpsc,
    },
    thread,
};

use tokio::sync::oneshot;

use crate::store::{disk::catch_panics::catch_panics, error::StoreError};

/// More would make queues too short to be worth having.
const THREADS_MAX: usize = 8;

type Job = Box<dyn FnOnce() + Send>;

/// The threads. They end when this is dropped.
#[derive(Debug)]
pub(crate) struct Readers {
    queues: Vec<mpsc::Sender<Job>>,
    next: AtomicUsize,
}

impl Readers {
    /// As many as there are processors, up to a bound.
    pub(crate) fn start() -> io::Result<Readers> {
        let count = thread::available_parallelism().map_or(1, NonZero::get);
        let queues = (0..count.min(THREADS_MAX)).map(|number| {
            let (queue, jobs) = mpsc::channel::<Job>();
            thread::Builder::new()
                .name(format!("store-reader-{number}"))
                .spawn(move || jobs.into_iter().for_each(|job| job()))?;
            Ok(queue)
        });
        Ok(Readers {
            queues: queues.collect::<io::Result<_>>()?,
            next: AtomicUsize::new(0),
        })
    }

    /// Reads on one of them. Whoever no longer waits is not read for.
    pub(crate) async fn run<T: Send + 'static>(
        &self,
        read: impl FnOnce() -> Result<T, StoreError> + Send + 'static,
    ) -> Result<T, StoreError> {
        let (answer, answered) = oneshot::channel();
        let job = Box::new(move || {
            if !answer.is_closed() {
                // They may stop waiting at this very moment.
                let _ = answer.send(catch_panics(read).and_then(|read| read));
            }
        });
        let number = self.next.fetch_add(1, Ordering::Relaxed) % self.queues.len();
        // Threads go when the store does.
        let gone = || StoreError::Closed;
        self.queues[number].send(job).map_err(|_| gone())?;
        answered.await.unwrap_or_else(|_| Err(gone()))
    }
}
