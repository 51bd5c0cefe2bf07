//! Threads for reads, as sled's calls block.
//!
//! Each has its own queue, and does all the reads in it before it sleeps again. If each read woke a
//! thread of a pool, waking would cost several times as much as reading.

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

/// The most threads. With more, queues would be too short to be of use.
const THREADS_MAX: usize = 8;

type Job = Box<dyn FnOnce() + Send>;

/// The threads, which end when this is dropped.
#[derive(Debug)]
pub(crate) struct Readers {
    queues: Vec<mpsc::Sender<Job>>,
    next: AtomicUsize,
}

impl Readers {
    /// Starts one thread per processor, up to a bound.
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

    /// Runs a read on one of the threads. It is skipped if the caller no longer waits when its turn
    /// comes.
    pub(crate) async fn run<T: Send + 'static>(
        &self,
        read: impl FnOnce() -> Result<T, StoreError> + Send + 'static,
    ) -> Result<T, StoreError> {
        let (answer, answered) = oneshot::channel();
        let job = Box::new(move || {
            if !answer.is_closed() {
                // The caller may stop waiting at this very moment.
                let _ = answer.send(catch_panics(read).and_then(|read| read));
            }
        });
        let number = self.next.fetch_add(1, Ordering::Relaxed) % self.queues.len();
        // The threads end with the store.
        let gone = || StoreError::Closed;
        self.queues[number].send(job).map_err(|_| gone())?;
        answered.await.unwrap_or_else(|_| Err(gone()))
    }
}
