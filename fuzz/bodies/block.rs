use std::sync::Arc;

use bytes::Bytes;
use entente::store::{Block, Record, StoreError, pack};

const FIRST: u64 = 1;

/// A stored block is refused with the position at which it is damaged, or holds records that are
/// next to one another and can be packed again.
pub fn block(input: &[u8]) {
    let records = match read(FIRST, input.to_vec()) {
        Ok(records) => records,
        Err(StoreError::Damaged { position, what }) => {
            return assert!(position >= FIRST && !what.is_empty());
        }
        Err(error) => panic!("a block cannot fail in this way: {error}"),
    };
    let positions = records.iter().map(|record| record.position);
    assert!(positions.eq(FIRST..FIRST + records.len() as u64));
    for record in &records {
        let block = Block::open(FIRST, Bytes::copy_from_slice(input)).expect("it was read");
        let alone = block.read_alone(record.position).expect("it was read");
        assert_eq!(alone.as_ref(), Some(&**record));
    }
    let mut again = Vec::new();
    for (first, packed) in pack(&records) {
        again.extend(read(first, packed).expect("it was packed"));
    }
    assert_eq!(again, records);
}

fn read(first: u64, stored: Vec<u8>) -> Result<Vec<Arc<Record>>, StoreError> {
    let mut block = Block::open(first, stored.into())?;
    let mut records = Vec::new();
    while let Some(record) = block.read()? {
        records.push(Arc::new(record));
    }
    Ok(records)
}
