use bytes::{Bytes, BytesMut};
use entente::store::{Digest, Record};

/// Stored bytes are refused with a reason, or are a record that is stored as it is.
pub fn record(input: &[u8]) {
    read(input.to_vec());
    // With the checksum that belongs to them.
    read(super::checksummed(input.get(4..).unwrap_or_default()));
}

fn read(stored: Vec<u8>) {
    let record = match Record::decode(Bytes::from(stored)) {
        Ok(record) => record,
        Err(error) => return assert!(!error.to_string().is_empty()),
    };
    let mut encoded = BytesMut::new();
    record.encode(&mut encoded);
    assert_eq!(Record::decode(encoded.freeze()).as_ref(), Ok(&record));
    // What it is a change of, and what it follows, may be wrong and is told.
    if let Err(error) = record.resource() {
        assert!(!error.to_string().is_empty());
    }
    let follows = record.check_after(record.position.saturating_sub(1), Digest::default());
    if follows.is_ok() {
        assert_eq!(record.computed_leaf(), record.leaf);
    }
}
