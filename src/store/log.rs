//! The interface between a store and the engine that keeps its log.

use std::{fmt::Debug, sync::Arc};

use bytes::Bytes;

use super::{
    digest::Digest,
    error::StoreError,
    record::{Position, Record},
};

/// An append-only log of records, with small tables beside it. Calls block.
///
/// A store that is opened on a log [reads and checks](super::view::recovery::recover) all of it, and
/// only the store's writer appends from then on. If another server appends to the same log, the
/// writer finds out when its batch is [superseded](Appended::Superseded).
pub trait Log: Debug + Send + Sync + 'static {
    /// Returns the identity of this history: sixteen hex digits, drawn when the log was created.
    fn epoch(&self) -> &str;

    /// Returns a position that the log is known to have reached, and its digest there; zero when
    /// nothing is known. A log that ends before it has lost records.
    fn reached(&self) -> (Position, Digest);

    /// Reads one record. Fails when there is none.
    fn read(&self, position: Position) -> Result<Record, StoreError>;

    /// Reads up to `count` records after `after`, up to and including `upto`.
    fn read_after(
        &self,
        after: Position,
        upto: Position,
        count: usize,
    ) -> Result<Vec<Record>, StoreError>;

    /// Reads all entries of a table, in key order. Fails when an answered edit is lost.
    fn entries(&self, table: Table) -> Result<Vec<Entry>, StoreError>;

    /// Makes a batch durable. Every write in it is appended as a whole or not at all.
    fn append(&self, batch: &Batch<'_>) -> Appended;

    /// Checks that there is room for another batch.
    fn check_room(&self) -> Result<(), StoreError>;

    /// Reserves room for another batch, so that nothing else can take it first.
    fn reserve_room(&self) -> Result<(), StoreError>;

    /// Does periodic work. Called about once a second. A failure is final, as for an append.
    fn maintain(&self) -> Result<(), StoreError>;

    /// Erases replaced records from wherever they are still kept. A failure is final. An erasure
    /// that is not possible at the moment is not a failure, and [is
    /// pending](Log::is_erasure_pending).
    fn erase_replaced(&self) -> Result<(), StoreError>;

    /// Returns whether replaced content may still be kept.
    fn is_erasure_pending(&self) -> bool;

    /// Ends the use of the log. Called after the last append.
    fn close(&self);
}

/// Records and edits that become durable together.
#[derive(Clone, Copy, Debug)]
pub struct Batch<'a> {
    /// The end of the log that the records follow.
    pub after: Position,
    /// Records in order, of complete writes.
    pub records: &'a [Arc<Record>],
    /// Records that replace those at the same positions, which are to be erased.
    pub replaced: &'a [Arc<Record>],
    /// Edits of the tables, in order. They never refer to positions beyond the records.
    pub edits: &'a [Edit],
}

/// The outcome of a batch.
#[derive(Debug)]
pub enum Appended {
    /// All of it is durable.
    Applied,
    /// Nothing was appended, as the log does not end where the batch begins: another server has
    /// appended to it.
    Superseded,
    /// It is unknown whether the batch was appended.
    Unknown(StoreError),
}

/// A table beside the log.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub enum Table {
    /// The subscriptions, by id.
    Subscriptions,
    /// Data about the subscriptions as a whole.
    SubscriptionChanges,
}

/// A key of a table and its value.
pub type Entry = (Bytes, Bytes);

/// A change of one key of a table.
#[derive(Clone, Debug)]
pub struct Edit {
    /// The table of the key.
    pub table: Table,
    /// The key.
    pub key: Vec<u8>,
    /// The new value; `None` removes the key.
    pub value: Option<Vec<u8>>,
}

impl Table {
    /// All tables.
    pub const ALL: [Table; 2] = [Table::Subscriptions, Table::SubscriptionChanges];
}
