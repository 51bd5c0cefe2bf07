use entente::store::{StoreError, check_cursor};

const HEAD: u64 = 1_000;
const ENVELOPE_LEN: usize = 5;

/// A stored subscription is refused with a reason, or is not ahead of the log.
pub fn subscription(input: &[u8]) {
    read(input);
    // With the checksum that belongs to it.
    if let Some((format, rest)) = input.split_first() {
        let body = rest.get(ENVELOPE_LEN - 1..).unwrap_or_default();
        read(&[&[*format], super::checksummed(body).as_slice()].concat());
    }
}

fn read(stored: &[u8]) {
    match check_cursor(stored, HEAD) {
        Ok(cursor) => {
            assert!(cursor.acked <= HEAD && !cursor.segments.is_empty());
            assert!(!cursor.etag().is_empty());
        }
        Err(StoreError::DamagedSubscription { what, .. }) => assert!(!what.is_empty()),
        Err(error) => panic!("a subscription cannot fail in this way: {error}"),
    }
}
