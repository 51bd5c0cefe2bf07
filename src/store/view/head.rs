use crate::store::{
    digest::Digest,
    record::{Position, Record},
};

/// The end of the durable log. Nothing beyond it is ever shown.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub struct Head {
    /// Of the newest change; 0 when there is none.
    pub position: Position,
    /// Of the whole log.
    pub digest: Digest,
    /// When the newest change was committed; 0 when there is none.
    pub commit_micros: i64,
}

impl Head {
    /// After this record.
    pub(crate) fn of(record: &Record) -> Head {
        Head {
            position: record.position,
            digest: record.digest,
            commit_micros: record.commit_micros,
        }
    }
}
