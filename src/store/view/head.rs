use crate::store::{
    digest::Digest,
    record::{Position, Record},
};

/// The end of the durable log. Readers see nothing beyond it.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub struct Head {
    /// The position of the newest change; 0 when there is none.
    pub position: Position,
    /// The digest of the whole log.
    pub digest: Digest,
    /// When the newest change was committed, in microseconds since 1970; 0 when there is none.
    pub commit_micros: i64,
}

impl Head {
    /// Returns the head of a log that ends with this record.
    pub(crate) fn of(record: &Record) -> Head {
        Head {
            position: record.position,
            digest: record.digest,
            commit_micros: record.commit_micros,
        }
    }
}
