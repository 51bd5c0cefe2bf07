use std::time::{Duration, Instant};

use tokio_stream::Stream;

use super::{Change, Checkpoint, Frames, Interruption, Step, WatchError};
use crate::proto::v1::{
    WatchCaughtUp, WatchEventsResponse, WatchFellBehind, WatchProgress, WatchStarted,
    watch_events_response::Payload,
};

/// A watch that resumes by itself. See [the module](super) for its promises.
///
/// ```no_run
/// use std::time::Duration;
/// use entente::client::{Client, Item, Watch};
///
/// # async fn example(mut watch: Watch) -> Result<(), Box<dyn std::error::Error>> {
/// let mut tick = tokio::time::interval(Duration::from_secs(1));
/// loop {
///     tokio::select! {
///         item = watch.next() => match item? {
///             Some(Item::Change(change)) => println!("{}", change.name()),
///             Some(_) => {}
///             None => return Ok(()),
///         },
///         _ = tick.tick() => println!("what is shown is {:?} old", watch.staleness()),
///     }
/// }
/// # }
/// ```
#[derive(Debug)]
pub struct Watch {
    frames: Frames,
}

/// An item of a watch.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum Item {
    /// A stream was opened: at first, and after every interruption.
    Started(WatchStarted),
    /// A change, or an existing event of a snapshot.
    Change(Change),
    /// The watch has caught up; everything that follows is new.
    CaughtUp(WatchCaughtUp),
    /// The watch reads more slowly than changes come. Nothing is lost.
    FellBehind(WatchFellBehind),
    /// A heartbeat: nothing more matched up to [`Watch::checkpoint`], which may be stored.
    Progress(WatchProgress),
    /// The stream was lost. Data grows stale until the next `Started`.
    Reconnecting(Interruption),
}

impl Watch {
    pub(super) fn new(frames: Frames) -> Self {
        Self { frames }
    }

    /// Waits for the next item; `None` once the stop condition is reached, and after an error. Cancel
    /// safe: dropped before it is ready, it loses nothing, so it can be used in a `select!`.
    ///
    /// # Errors
    ///
    /// Waiting will not help; see [`WatchError`]. The error is the last item.
    pub async fn next(&mut self) -> Result<Option<Item>, WatchError> {
        while let Some(step) = self.frames.next().await? {
            let item = match step {
                Step::Frame(frame) => Self::item(*frame),
                Step::Interrupted(interruption) => Some(Item::Reconnecting(interruption)),
            };
            if item.is_some() {
                return Ok(item);
            }
        }
        Ok(None)
    }

    /// Waits for the next change and skips other items, for programs that need changes alone.
    ///
    /// # Errors
    ///
    /// As [`next`](Self::next).
    pub async fn next_change(&mut self) -> Result<Option<Change>, WatchError> {
        while let Some(item) = self.next().await? {
            if let Item::Change(change) = item {
                return Ok(Some(change));
            }
        }
        Ok(None)
    }

    /// Turns the watch into a stream, which ends after an error. It reads no item ahead.
    ///
    /// ```no_run
    /// use entente::client::{Client, Item, WatchOptions};
    /// use tokio_stream::StreamExt as _;
    ///
    /// # async fn example(client: Client) -> Result<(), Box<dyn std::error::Error>> {
    /// let items = client.watch(WatchOptions::new("party:JP")).into_stream();
    /// let mut changes = std::pin::pin!(items.filter_map(|item| match item {
    ///     Ok(Item::Change(change)) => Some(Ok(change)),
    ///     Ok(_) => None,
    ///     Err(error) => Some(Err(error)),
    /// }));
    /// while let Some(change) = changes.next().await {
    ///     println!("{}", change?.name());
    /// }
    /// # Ok(())
    /// # }
    /// ```
    pub fn into_stream(mut self) -> impl Stream<Item = Result<Item, WatchError>> + Send {
        async_stream::try_stream! {
            while let Some(item) = self.next().await? {
                yield item;
            }
        }
    }

    /// Returns the checkpoint after the newest item. Store it once that item and all before it have
    /// had their effect. `None` before the first item of a watch that began without a checkpoint.
    pub fn checkpoint(&self) -> Option<Checkpoint> {
        self.frames.checkpoint()
    }

    /// Returns the position up to which everything matching has been delivered; 0 until a snapshot is
    /// complete.
    pub fn position(&self) -> i64 {
        self.frames.position()
    }

    /// Returns when the newest frame was read; `None` before the first one.
    pub fn last_frame_at(&self) -> Option<Instant> {
        self.frames.last_frame_at()
    }

    /// Returns how long ago the newest frame was read: less than a heartbeat while all is well. Data
    /// may lag behind the store by this much.
    pub fn staleness(&self) -> Option<Duration> {
        self.frames.staleness()
    }

    /// Returns the item of a frame; `None` for endings, which are reported otherwise, and for unknown
    /// frames.
    fn item(frame: WatchEventsResponse) -> Option<Item> {
        match frame.payload? {
            Payload::Started(started) => Some(Item::Started(started)),
            Payload::Change(change) => {
                let checkpoint = Checkpoint::new(frame.resume_token, frame.position);
                Some(Item::Change(Change::new(change, checkpoint)))
            }
            Payload::CaughtUp(caught_up) => Some(Item::CaughtUp(caught_up)),
            Payload::FellBehind(fell_behind) => Some(Item::FellBehind(fell_behind)),
            Payload::Progress(progress) => Some(Item::Progress(progress)),
            Payload::Ending(_) => None,
        }
    }
}
