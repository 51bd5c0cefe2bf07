use bytes::Bytes;

/// Bytes of rows in one answer. Clients accept 4 MiB unless told otherwise, and one more row and the
/// rest of the answer stay well below the difference.
pub(crate) const ROWS_BYTES_MAX: usize = 3 << 20;

/// Where the rows of an answer go, one by one, so that no more of them are in memory than are sent. Each
/// output encodes them in its own way.
pub(crate) trait Rows<R>: Send {
    /// Takes a row, unless the answer would then be longer than it may be. The first one always fits.
    fn take(&mut self, row: R) -> Result<(), Full>;
}

/// There is no room for another row.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Full {
    /// What the rows would take with it.
    pub bytes: usize,
}

/// A stored event, as it stands today.
#[derive(Clone, Debug)]
pub(crate) struct EventRow {
    /// Encoded.
    pub event: Bytes,
    pub overdue: bool,
}

/// A stored partnership with what belongs to it.
#[derive(Clone, Debug)]
pub(crate) struct PartnershipRow {
    /// Encoded.
    pub partnership: Bytes,
    pub event_count: u64,
}
