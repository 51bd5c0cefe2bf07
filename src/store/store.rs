use std::{
    path::PathBuf,
    sync::{Arc, Mutex, PoisonError, RwLock, RwLockReadGuard},
    thread::{self, JoinHandle},
};

use tokio::sync::{OwnedSemaphorePermit, Semaphore, oneshot, watch};

use super::{
    cursors::Cursors,
    disk::{
        compaction::is_pending,
        directory::{Directory, sync_directory},
        erasure::finish_erasure,
        high_water::HighWater,
        log::Log,
    },
    error::{OpenError, StoreError},
    record::{Position, Record},
    view::{
        head::Head,
        questions::Turns,
        readers::Readers,
        recovery::{Recovered, recover},
        ring::Ring,
    },
    writer::{
        Writer,
        ahead::AheadLog,
        group::{Request, WriteRequest},
        proposal::{Outcome, Write},
        queue::{Requests, queue},
    },
};
use crate::{clock::WallClock, index::Index};

/// Writes that may wait for the writer; further callers wait before they are queued.
const QUEUE_LEN_MAX: usize = 4_096;

/// Steps of long reads, such as verifications and exports, that run at a time in all. A reader's
/// thread is then never behind more than one of them.
const LONG_READS_MAX: usize = 1;

/// How to open a store.
#[derive(Clone, Debug)]
pub struct StoreOptions {
    /// Made when it does not exist.
    pub directory: PathBuf,
    /// Bound of sled's page cache.
    pub cache_bytes: u64,
    /// What tells commit times, and when a subscription has been idle too long.
    pub clock: WallClock,
}

/// The open store. Cheap to clone.
#[derive(Clone)]
pub struct Store {
    pub(super) shared: Arc<Shared>,
}

pub(super) struct Shared {
    clock: WallClock,
    pub(super) directory: Arc<Directory>,
    pub(super) log: Log,
    index: Arc<RwLock<Index>>,
    ring: Arc<Ring>,
    pub(super) readers: Readers,
    long_reads: Semaphore,
    pub(super) turns: Turns,
    pub(super) cursors: Arc<Cursors>,
    head: watch::Receiver<Head>,
    failure: watch::Receiver<Option<StoreError>>,
    refusal: watch::Receiver<Option<StoreError>>,
    queue: Arc<Semaphore>,
    requests: Requests,
    writer: Mutex<Option<JoinHandle<()>>>,
}

impl Store {
    /// Opens the store, checking all of it and rebuilding the index. Blocks for about a second per
    /// several hundred thousand changes.
    pub fn open(options: StoreOptions) -> Result<Store, OpenError> {
        let directory = Arc::new(Directory::open(&options.directory)?);
        directory.upgrade()?;
        let (log, syncer) = Log::open(&directory, options.cache_bytes)?;
        let high_water = HighWater::of_log(directory.path(), &log)?;
        sync_directory(directory.path()).map_err(OpenError::io("sync the directory"))?;
        let Recovered { index, ring, head } =
            recover(&log, directory.path(), high_water.mark, |_| ())?;
        let damaged = |error: StoreError| OpenError::Damaged {
            directory: directory.path().to_owned(),
            position: None,
            what: error.to_string(),
        };
        let cursors = Cursors::open(
            &log,
            directory.path(),
            head.position,
            options.clock.moment(),
        )
        .map_err(damaged)?;
        let cursors = Arc::new(cursors);
        // What was read may not be on disk yet, if the process before was killed.
        syncer.sync().map_err(damaged)?;
        let (syncer, erasure) =
            finish_erasure(&directory, &log, syncer, head.position).map_err(damaged)?;
        let (head_sender, head) = watch::channel(head);
        let (failure_sender, failure) = watch::channel(None);
        let (refusal_sender, refusal) = watch::channel(None);
        let (index, ring) = (Arc::new(RwLock::new(index)), Arc::new(ring));
        let writer = Writer {
            clock: options.clock.clone(),
            log: log.clone(),
            syncer,
            index: index.clone(),
            ring: ring.clone(),
            cursors: cursors.clone(),
            head: head_sender,
            failure: failure_sender,
            refusal: refusal_sender,
            high_water,
            directory: directory.clone(),
            epoch: directory.epoch.clone(),
            ahead: AheadLog::default(),
            erasure,
            last_group_len: 0,
        };
        let readers = Readers::start().map_err(OpenError::io("start the readers"))?;
        let (requests, queue) = queue();
        let writer = thread::Builder::new()
            .name("store-writer".to_owned())
            .spawn(move || writer.run(queue))
            .map_err(OpenError::io("start the writer"))?;
        Ok(Store {
            shared: Arc::new(Shared {
                clock: options.clock,
                directory,
                log,
                index,
                ring,
                readers,
                long_reads: Semaphore::new(LONG_READS_MAX),
                turns: Turns::new(),
                cursors,
                head,
                failure,
                refusal,
                queue: Arc::new(Semaphore::new(QUEUE_LEN_MAX)),
                requests,
                writer: Mutex::new(Some(writer)),
            }),
        })
    }

    /// Identity of the history in this store.
    pub fn epoch(&self) -> &str {
        &self.shared.directory.epoch
    }

    /// What tells its commit times.
    pub fn clock(&self) -> &WallClock {
        &self.shared.clock
    }

    /// The end of the durable log.
    pub fn head(&self) -> Head {
        *self.shared.head.borrow()
    }

    /// Follows the end of the durable log.
    pub fn follow_head(&self) -> watch::Receiver<Head> {
        self.shared.head.clone()
    }

    /// Follows the failure that stopped writing; `None` while all is well.
    pub fn follow_failure(&self) -> watch::Receiver<Option<StoreError>> {
        self.shared.failure.clone()
    }

    /// Whether writes are taken. They are not after a failure, and while the disk is full.
    pub fn takes_writes(&self) -> bool {
        let refusal = &self.shared.refusal;
        // The writer has the other end, for as long as it works.
        let works = refusal.has_changed().is_ok();
        works && refusal.borrow().is_none()
    }

    /// The index, for a moment: the writer waits while it is held. It may know of positions beyond
    /// the head, so every question to it names a position up to which it is asked.
    pub fn index(&self) -> RwLockReadGuard<'_, Index> {
        self.shared
            .index
            .read()
            .unwrap_or_else(PoisonError::into_inner)
    }

    /// Commits a write. When it returns `Committed`, the write is durable and visible. Others may be
    /// answered by way of this one, so what it returns is to be polled when it is woken, or dropped.
    pub async fn commit(&self, write: Write) -> Result<Outcome, StoreError> {
        let _permit = self.permit().await?;
        let (answer, answered) = oneshot::channel();
        self.send(Request::Write(WriteRequest {
            write,
            answer,
            _permit,
        }))?;
        answered
            .await
            .map_or(Err(StoreError::Closed), |answer| answer.outcome)
    }

    /// A place in the writer's queue.
    pub(super) async fn permit(&self) -> Result<OwnedSemaphorePermit, StoreError> {
        let permit = self.shared.queue.clone().acquire_owned().await;
        permit.map_err(|_| StoreError::Closed)
    }

    /// Queues a request for the writer.
    pub(super) fn send(&self, request: Request) -> Result<(), StoreError> {
        self.shared.requests.push(request)
    }

    /// The records at these positions, none of which is beyond the head.
    pub async fn read(&self, positions: Vec<Position>) -> Result<Vec<Arc<Record>>, StoreError> {
        if let Some(records) = self.shared.ring.get_all(positions.iter().copied()) {
            return Ok(records);
        }
        let (log, ring) = (self.shared.log.clone(), self.shared.ring.clone());
        let read = move || read_blocking(&log, &ring, &positions);
        self.shared.readers.run(read).await
    }

    /// Does one step of a long read once it is its turn. Steps of all long reads take turns, so that
    /// many of them take as much from other readers as one does.
    pub(super) async fn read_in_turn<T: Send + 'static>(
        &self,
        read: impl FnOnce() -> Result<T, StoreError> + Send + 'static,
    ) -> Result<T, StoreError> {
        let turn = self.shared.long_reads.acquire().await;
        let _turn = turn.map_err(|_| StoreError::Closed)?;
        self.shared.readers.run(read).await
    }

    /// Whether files may still hold content that was redacted, as there was no room to write them
    /// anew.
    pub fn is_erasure_pending(&self) -> bool {
        is_pending(&self.shared.directory)
    }

    /// Answers what is queued, raises the high-water mark and stops the writer. Later writes are
    /// refused.
    pub fn close(&self) {
        self.shared.requests.close();
        let writer = self
            .shared
            .writer
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .take();
        if let Some(writer) = writer {
            // A writer that panicked has nothing more to say; it is the failure that was reported.
            let _ = writer.join();
        }
    }
}

/// Positions in order that lie close together are scanned, others looked up one by one.
fn read_blocking(
    log: &Log,
    ring: &Ring,
    positions: &[Position],
) -> Result<Vec<Arc<Record>>, StoreError> {
    if let [first, .., last] = positions
        && positions.is_sorted()
        && last - first < 2 * positions.len() as Position
    {
        let count = (last - first + 1) as usize;
        let scanned = log.read_after(first - 1, *last, count)?;
        let mut scanned = scanned.into_iter().peekable();
        let wanted = positions.iter().map(|position| {
            while scanned
                .next_if(|record| record.position < *position)
                .is_some()
            {}
            scanned
                .next_if(|record| record.position == *position)
                .map(Arc::new)
                .ok_or(StoreError::Damaged {
                    position: *position,
                    what: "it is missing".to_owned(),
                })
        });
        return wanted.collect();
    }
    let one = |position: &Position| match ring.get(*position) {
        Some(record) => Ok(record),
        None => log.read(*position).map(Arc::new),
    };
    positions.iter().map(one).collect()
}
