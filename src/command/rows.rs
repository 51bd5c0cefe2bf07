use bytes::Bytes;

/// Bytes of rows in one answer. Clients accept 4 MiB by default; one more row and the rest of the answer
/// fit into the difference.
pub(crate) const ROWS_BYTES_MAX: usize = 3 << 20;

/// Collects the rows of an answer in encoded form, so that no row is in memory twice. Each output has its
/// own encoding.
pub(crate) trait Rows<R>: Send {
    /// Adds a row, unless the answer would become too long. The first row always fits.
    fn take(&mut self, row: R) -> Result<(), Full>;
}

/// The answer has no room for another row.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Full {
    /// Length of the rows including the one that did not fit.
    pub bytes: usize,
}

/// A stored event, with what depends on the day of the read.
#[derive(Clone, Debug)]
pub(crate) struct EventRow {
    /// The encoded resource.
    pub event: Bytes,
    /// Whether it is overdue; `None` if not and the encoded resource says the same.
    pub overdue: Option<bool>,
}

/// A stored body.
#[derive(Clone, Debug)]
pub(crate) struct BodyRow {
    /// The encoded resource.
    pub body: Bytes,
}

/// A stored partnership with the number of its events.
#[derive(Clone, Debug)]
pub(crate) struct PartnershipRow {
    /// The encoded resource.
    pub partnership: Bytes,
    pub event_count: u64,
}
