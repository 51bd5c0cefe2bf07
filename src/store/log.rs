//! What a store asks of the place where its log is kept.

use std::{fmt::Debug, sync::Arc};

use bytes::Bytes;

use super::{
    digest::Digest,
    error::StoreError,
    record::{Position, Record},
};

/// An append-only log of records, with small tables beside it. Calls block.
///
/// A store is opened on one: what it has is [read and checked](super::view::recovery::recover), and only the
/// store's writer appends from then on. Somebody else may append to the same log, as another server
/// does; the writer then learns of it when it is [superseded](Appended::Superseded).
pub trait Log: Debug + Send + Sync + 'static {
    /// The identity of this history: sixteen hex digits, drawn when the log was made.
    fn epoch(&self) -> &str;

    /// A position that the log has reached for certain, and its digest there. A log that ends before
    /// it has lost something. Zero when nothing is known.
    fn reached(&self) -> (Position, Digest);

    /// One record. Fails when there is none.
    fn read(&self, position: Position) -> Result<Record, StoreError>;

    /// Up to `count` records after `after`, up to and including `upto`.
    fn read_after(
        &self,
        after: Position,
        upto: Position,
        count: usize,
    ) -> Result<Vec<Record>, StoreError>;

    /// Everything in a table, by key. Fails when an edit is lost that was answered.
    fn entries(&self, table: Table) -> Result<Vec<Entry>, StoreError>;

    /// Makes a batch durable. Every write in it is there whole or not at all.
    fn append(&self, batch: &Batch<'_>) -> Appended;

    /// Whether there is room for another batch.
    fn check_room(&self) -> Result<(), StoreError>;

    /// The same, and takes the room, so that nobody else gets it first.
    fn reserve_room(&self) -> Result<(), StoreError>;

    /// Does what is due about once a second. Its failure is final, as that of an append.
    fn maintain(&self) -> Result<(), StoreError>;

    /// Erases what was replaced from wherever it is still kept. Its failure is final; what cannot be
    /// done at the moment is no failure, and [is pending](Log::is_erasure_pending).
    fn erase_replaced(&self) -> Result<(), StoreError>;

    /// Whether content may still be kept that was replaced.
    fn is_erasure_pending(&self) -> bool;

    /// Called once there is nothing more to append.
    fn close(&self);
}

/// What becomes durable together.
#[derive(Clone, Copy, Debug)]
pub struct Batch<'a> {
    /// The end of the log that the records follow.
    pub after: Position,
    /// Records in order, whole writes.
    pub records: &'a [Arc<Record>],
    /// Records in the place of those at the same positions, which are to be erased.
    pub replaced: &'a [Arc<Record>],
    /// Edits of the tables, in order. They never know of more than the records.
    pub edits: &'a [Edit],
}

/// What became of a batch.
#[derive(Debug)]
pub enum Appended {
    /// All of it is durable.
    Applied,
    /// Nothing of it is there, as the log does not end where the batch begins: somebody else has
    /// appended to it.
    Superseded,
    /// Whether it is there, nobody knows.
    Unknown(StoreError),
}

/// A table beside the log.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub enum Table {
    /// The subscriptions, each by its id.
    Subscriptions,
    /// What is known of subscriptions as a whole.
    SubscriptionChanges,
}

/// A key of a table and its value.
pub type Entry = (Bytes, Bytes);

/// The value of a key from now on; `None` when it is removed.
#[derive(Clone, Debug)]
pub struct Edit {
    /// Where the key is.
    pub table: Table,
    /// What is edited.
    pub key: Vec<u8>,
    /// What it is then.
    pub value: Option<Vec<u8>>,
}

impl Table {
    /// All of them.
    pub const ALL: [Table; 2] = [Table::Subscriptions, Table::SubscriptionChanges];
}
