use std::{
    path::{Path, PathBuf},
    sync::{Arc, Mutex, PoisonError, RwLockReadGuard},
    thread::{self, JoinHandle},
    time::Duration,
};

use tokio::sync::{OwnedSemaphorePermit, Semaphore, oneshot, watch};

use super::{
    cursors::{CursorChange, CursorOutcome, CursorRequest, Cursors},
    disk::{directory::Directory, sled_log::SledLog},
    error::{OpenError, StoreError},
    log::{Appended, Batch, Log},
    record::{Position, Record},
    view::{View, head::Head, questions::Questions, readers::Readers, recovery::recover},
    writer::{
        Writer,
        clock_lag::ahead,
        group::{Request, WriteRequest},
        proposal::{Outcome, Write},
        queue::{Requests, queue},
    },
};
use crate::{
    clock::WallClock,
    index::{Index, Question},
};

/// The most writes in the writer's queue. Further callers wait until there is room.
const QUEUE_LEN_MAX: usize = 4_096;

/// The most steps of long reads, such as verifications and exports, that run at a time. A short read
/// then never waits for more than one of them.
const LONG_READS_MAX: usize = 1;

/// How to open a store.
#[derive(Clone, Debug)]
pub struct StoreOptions {
    /// The directory of the store, created when it does not exist.
    pub directory: PathBuf,
    /// The bound of sled's page cache, in bytes.
    pub cache_bytes: u64,
    /// The clock for commit times, and for how long subscriptions have been idle.
    pub clock: WallClock,
}

/// An open store. Cheap to clone.
#[derive(Clone)]
pub struct Store {
    pub(super) shared: Arc<Shared>,
}

pub(super) struct Shared {
    clock: WallClock,
    pub(super) log: Arc<dyn Log>,
    /// The same log, if it is in a directory.
    pub(super) disk: Option<Arc<SledLog>>,
    pub(super) view: Arc<View>,
    pub(super) readers: Arc<Readers>,
    long_reads: Semaphore,
    questions: Questions,
    cursors: Arc<Cursors>,
    failure: watch::Receiver<Option<StoreError>>,
    refusal: watch::Receiver<Option<StoreError>>,
    queue: Arc<Semaphore>,
    requests: Requests,
    writer: Mutex<Option<JoinHandle<()>>>,
}

impl Store {
    /// Opens the store in a directory, checks all of it and builds the index. Blocks for about a second
    /// per several hundred thousand changes.
    pub fn open(options: StoreOptions) -> Result<Store, OpenError> {
        let directory = Directory::open(&options.directory)?;
        directory.upgrade()?;
        let log = Arc::new(SledLog::open(directory, options.cache_bytes)?);
        Store::start(log.clone(), Some(log), options.clock, &options.directory)
    }

    /// Opens a store on a log that is kept elsewhere.
    pub fn on(log: Arc<dyn Log>, clock: WallClock) -> Result<Store, OpenError> {
        Store::start(log, None, clock, Path::new("memory"))
    }

    fn start(
        log: Arc<dyn Log>,
        disk: Option<Arc<SledLog>>,
        clock: WallClock,
        place: &Path,
    ) -> Result<Store, OpenError> {
        let beside_log = |error: StoreError| OpenError::damaged_beside_log(place, &error);
        let (view, cursors) = loop {
            let view = recover(&*log, |_| ());
            let view = view.map_err(|error| OpenError::damaged(place, error))?;
            let head = view.head().position;
            let cursors = Cursors::open(&*log, head, clock.moment());
            let (cursors, edits) = cursors.map_err(beside_log)?;
            // Makes durable what was read: it may not be, if the previous process was killed.
            let appended = log.append(&Batch {
                after: head,
                records: &[],
                replaced: &[],
                edits: &edits,
            });
            match appended {
                Appended::Applied => break (Arc::new(view), Arc::new(cursors)),
                // Another server has appended to it meanwhile.
                Appended::Superseded => {}
                Appended::Unknown(error) => return Err(beside_log(error)),
            }
        };
        if log.is_erasure_pending() {
            log.erase_replaced().map_err(beside_log)?;
        }
        let writer = Writer::new(clock.clone(), log.clone(), view.clone(), cursors.clone());
        let (failure, refusal) = (
            writer.gate().follow_failure(),
            writer.gate().follow_refusal(),
        );
        let readers = Arc::new(Readers::start().map_err(OpenError::io("start the readers"))?);
        let (requests, queue) = queue();
        let writer = thread::Builder::new()
            .name("store-writer".to_owned())
            .spawn(move || writer.run(queue))
            .map_err(OpenError::io("start the writer"))?;
        Ok(Store {
            shared: Arc::new(Shared {
                clock,
                log,
                disk,
                questions: Questions::new(view.clone()),
                view,
                readers,
                long_reads: Semaphore::new(LONG_READS_MAX),
                cursors,
                failure,
                refusal,
                queue: Arc::new(Semaphore::new(QUEUE_LEN_MAX)),
                requests,
                writer: Mutex::new(Some(writer)),
            }),
        })
    }

    /// Returns the identity of the history in this store.
    pub fn epoch(&self) -> &str {
        self.shared.log.epoch()
    }

    /// Returns the clock for commit times.
    pub fn clock(&self) -> &WallClock {
        &self.shared.clock
    }

    /// Returns the end of the durable log.
    pub fn head(&self) -> Head {
        self.shared.view.head()
    }

    /// Returns how far the last commit time is ahead of the clock; zero when it is less than a second.
    pub fn ahead(&self) -> Duration {
        ahead(self.head(), self.clock())
    }

    /// Follows the end of the durable log.
    pub fn follow_head(&self) -> watch::Receiver<Head> {
        self.shared.view.follow_head()
    }

    /// Follows the failure that stopped writing; `None` while there is none.
    pub fn follow_failure(&self) -> watch::Receiver<Option<StoreError>> {
        self.shared.failure.clone()
    }

    /// Returns whether writes are accepted. They are not after a failure, nor while the disk is full.
    pub fn takes_writes(&self) -> bool {
        let refusal = &self.shared.refusal;
        // The writer has the sender for as long as it runs.
        let is_running = refusal.has_changed().is_ok();
        is_running && refusal.borrow().is_none()
    }

    /// Locks the index for reading. Hold it only for a moment, as the writer waits. The index may
    /// contain positions beyond the head, so every question names a position up to which it is
    /// asked.
    pub fn index(&self) -> RwLockReadGuard<'_, Index> {
        self.shared.view.index()
    }

    /// Answers a question to the index. Dropping the future stops the work.
    pub async fn ask<Q>(&self, question: Q) -> Result<Q::Answer, StoreError>
    where
        Q: Question + Send + 'static,
        Q::Answer: Send + 'static,
    {
        self.shared.questions.ask(question).await
    }

    /// Answers a question on this thread, in slices, however costly it is. For threads that serve no
    /// calls.
    pub fn ask_here<Q: Question>(&self, question: &Q) -> Result<Q::Answer, StoreError> {
        self.shared.questions.ask_here(question)
    }

    /// Returns the number of costly questions that are being answered.
    pub fn costly_questions(&self) -> usize {
        self.shared.questions.costly()
    }

    /// Returns the subscriptions, in their durable state.
    pub fn cursors(&self) -> &Cursors {
        &self.shared.cursors
    }

    /// Changes a subscription. When this returns, the change is durable and visible.
    pub async fn change_cursor(
        &self,
        slug: &str,
        change: CursorChange,
    ) -> Result<CursorOutcome, StoreError> {
        let permit = self.permit().await?;
        let (answer, answered) = oneshot::channel();
        self.send(Request::Cursor(CursorRequest {
            slug: slug.to_owned(),
            change,
            answer,
            _permit: Some(permit),
        }))?;
        answered.await.unwrap_or(Err(StoreError::Closed))
    }

    /// Reports that the stream of a lease has ended, without waiting. A store that is closing finds
    /// this out when it is opened again.
    pub fn release_cursor(&self, slug: &str, epoch: u64) {
        let (answer, _) = oneshot::channel();
        let _ = self.send(Request::Cursor(CursorRequest {
            slug: slug.to_owned(),
            change: CursorChange::Release { epoch },
            answer,
            _permit: None,
        }));
    }

    /// Commits a write. When it returns `Committed`, the write is durable and visible. The returned
    /// future may carry the answers of other writes, so poll it when it is woken, or drop it.
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

    /// Waits for room in the writer's queue.
    async fn permit(&self) -> Result<OwnedSemaphorePermit, StoreError> {
        let permit = self.shared.queue.clone().acquire_owned().await;
        permit.map_err(|_| StoreError::Closed)
    }

    /// Queues a request for the writer.
    fn send(&self, request: Request) -> Result<(), StoreError> {
        self.shared.requests.push(request)
    }

    /// Reads the records at these positions, none of which may be beyond the head.
    pub async fn read(&self, positions: Vec<Position>) -> Result<Vec<Arc<Record>>, StoreError> {
        if let Some(records) = self.shared.view.recent_all(&positions) {
            return Ok(records);
        }
        let (log, view) = (self.shared.log.clone(), self.shared.view.clone());
        let read = move || read_blocking(&*log, &view, &positions);
        self.shared.readers.run(read).await
    }

    /// Does one step of a long read. The steps of all long reads take turns, so that many of them slow
    /// other readers no more than one does.
    pub(super) async fn read_in_turn<T: Send + 'static>(
        &self,
        read: impl FnOnce() -> Result<T, StoreError> + Send + 'static,
    ) -> Result<T, StoreError> {
        let turn = self.shared.long_reads.acquire().await;
        let _turn = turn.map_err(|_| StoreError::Closed)?;
        self.shared.readers.run(read).await
    }

    /// Returns whether the log is in files, which a scrub reads.
    pub fn has_files(&self) -> bool {
        self.shared.disk.is_some()
    }

    /// Returns whether files may still contain redacted content, as the log could not be rewritten yet.
    pub fn is_erasure_pending(&self) -> bool {
        self.shared.log.is_erasure_pending()
    }

    /// Answers the queued requests, syncs the high-water mark and stops the writer. Later writes are
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
            // The panic of a writer was already reported as a failure.
            let _ = writer.join();
        }
    }
}

/// Reads the records at these positions. Ascending positions that lie close together are scanned,
/// others are looked up one by one.
pub(super) fn read_blocking(
    log: &dyn Log,
    view: &View,
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
    let one = |position: &Position| match view.recent(*position) {
        Some(record) => Ok(record),
        None => log.read(*position).map(Arc::new),
    };
    positions.iter().map(one).collect()
}
