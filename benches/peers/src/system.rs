//! What every system is asked to do.

use std::{collections::BTreeMap, path::Path, sync::Arc};

use tonic::async_trait;

use crate::{Failure, process::Process, proto::v1::Event};

/// A system that is running.
#[async_trait]
pub trait System: Send + Sync {
    fn name(&self) -> &'static str;

    fn process(&self) -> &Process;

    /// Where it stores; `None` if it does not.
    fn data(&self) -> Option<&Path>;

    /// How many clients share a connection.
    fn connection_clients(&self) -> usize {
        8
    }

    /// The most events that one write may have.
    fn batch_len(&self) -> usize {
        1_000
    }

    /// The most watchers that it can be asked to have at a time.
    fn watchers_max(&self) -> usize {
        usize::MAX
    }

    /// Whether it finds pages of events by their terms.
    fn has_lists(&self) -> bool {
        false
    }

    /// Whether it replays and counts events by indexes of their terms.
    fn has_indexes(&self) -> bool {
        false
    }

    async fn connect(&self) -> Result<Arc<dyn Client>, Failure>;
}

/// A connection to one. Every write is answered once it is durable.
#[async_trait]
pub trait Client: Send + Sync {
    async fn publish(&self, event: Event) -> Result<(), Failure>;

    /// The same where somebody watches.
    async fn announce(&self, event: Event) -> Result<(), Failure> {
        self.publish(event).await
    }

    async fn publish_batch(&self, events: Vec<Event>) -> Result<(), Failure>;

    /// Writes events that are read later. `first` is the number of the first of them.
    async fn load(&self, _first: usize, events: Vec<Event>) -> Result<(), Failure> {
        self.publish_batch(events).await
    }

    /// After the last of them. What events are found by is made now, if it is apart from them.
    async fn loaded(&self) -> Result<(), Failure> {
        Ok(())
    }

    /// All that has been written, from the first on.
    async fn replay(&self) -> Result<Box<dyn Reader>, Failure>;

    /// Of all that has been written, what matches [`RARE`](crate::events::RARE).
    async fn replay_rare(&self) -> Result<Vec<Event>, Failure> {
        Err("this system has no indexes".into())
    }

    /// What is written from now on. When this returns, nothing that is announced is missed.
    async fn watch(&self) -> Result<Box<dyn Reader>, Failure>;

    /// Ends what remains of the watches of the system that nobody reads any more, where something
    /// does.
    async fn forget_watchers(&self) -> Result<(), Failure> {
        Ok(())
    }

    /// The loaded event with this number.
    async fn get(&self, number: usize) -> Result<Event, Failure>;

    /// The newest of those that match [`THREE_TERMS`](crate::events::THREE_TERMS).
    async fn list(&self, _len: usize) -> Result<Vec<Event>, Failure> {
        Err("this system has no lists".into())
    }

    /// How many events there are by party and year.
    async fn summarize(&self) -> Result<Summary, Failure> {
        Err("this system has no indexes".into())
    }
}

/// Counts of events by party and year.
pub type Summary = BTreeMap<(String, String), i64>;

/// Events in the order in which they were written.
#[async_trait]
pub trait Reader: Send {
    /// Those that come next, at least one; none at the end.
    async fn next(&mut self) -> Result<Vec<Event>, Failure>;
}
