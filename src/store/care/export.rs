//! Exports a store as bytes from which another one can be made.

use bytes::{Bytes, BytesMut};

use crate::store::{
    digest::Digest,
    error::StoreError,
    record::{Position, Record},
    store::Store,
    view::erasures::Erasures,
};

/// Reads up to `count` records after `after`, up to and including `upto`, as they are stored.
/// Returns `erasures` too, to which they were added.
pub async fn stored_records(
    store: &Store,
    after: Position,
    upto: Position,
    count: usize,
    mut erasures: Erasures,
) -> Result<(Vec<Bytes>, Erasures), StoreError> {
    let log = store.shared.log.clone();
    let read = move || {
        let records = log.read_after(after, upto, count)?;
        records.iter().for_each(|record| erasures.add(record));
        Ok((records.iter().map(stored).collect(), erasures))
    };
    store.read_in_turn(read).await
}

/// Returns every subscription as it is stored. None refers to a position beyond the head that
/// is read afterwards.
pub fn stored_subscriptions(store: &Store) -> Vec<Bytes> {
    let cursors = store.cursors().list("", usize::MAX);
    cursors
        .iter()
        .map(|cursor| cursor.encode().into())
        .collect()
}

/// Returns the digest of the log up to a position, which must not be beyond the head.
pub async fn digest_at(store: &Store, position: Position) -> Result<Digest, StoreError> {
    if position == 0 {
        return Ok(Digest::default());
    }
    let records = store.read(vec![position]).await?;
    let missing = || StoreError::Damaged {
        position,
        what: "it is missing".to_owned(),
    };
    records
        .first()
        .map(|record| record.digest)
        .ok_or_else(missing)
}

fn stored(record: &Record) -> Bytes {
    let mut bytes = BytesMut::new();
    record.encode(&mut bytes);
    bytes.freeze()
}
