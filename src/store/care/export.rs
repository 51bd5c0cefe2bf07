//! The store as bytes that another one can be made from.

use bytes::{Bytes, BytesMut};

use crate::store::{
    digest::Digest,
    error::StoreError,
    record::{Position, Record},
    store::Store,
    view::erasures::Erasures,
};

impl Store {
    /// Up to `count` records after `after`, up to and including `upto`, as they are stored. Gives
    /// `erasures` back, which has seen them.
    pub async fn stored_records(
        &self,
        after: Position,
        upto: Position,
        count: usize,
        mut erasures: Erasures,
    ) -> Result<(Vec<Bytes>, Erasures), StoreError> {
        let log = self.shared.log.clone();
        let read = move || {
            let records = log.read_after(after, upto, count)?;
            records.iter().for_each(|record| erasures.see(record));
            Ok((records.iter().map(stored).collect(), erasures))
        };
        self.read_in_turn(read).await
    }

    /// Every subscription as it is stored. None knows of a position beyond the head that is asked
    /// for afterwards.
    pub fn stored_subscriptions(&self) -> Vec<Bytes> {
        let cursors = self.cursors().list("", usize::MAX);
        cursors
            .iter()
            .map(|cursor| cursor.encode().into())
            .collect()
    }

    /// The digest of the log up to a position that is not beyond the head.
    pub async fn digest_at(&self, position: Position) -> Result<Digest, StoreError> {
        if position == 0 {
            return Ok(Digest::default());
        }
        let records = self.read(vec![position]).await?;
        let missing = || StoreError::Damaged {
            position,
            what: "it is missing".to_owned(),
        };
        records
            .first()
            .map(|record| record.digest)
            .ok_or_else(missing)
    }
}

fn stored(record: &Record) -> Bytes {
    let mut bytes = BytesMut::new();
    record.encode(&mut bytes);
    bytes.freeze()
}
