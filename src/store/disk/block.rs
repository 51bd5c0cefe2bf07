//! A value in sled: adjacent records that became durable together, stored under the position of the
//! first. sled handles few long values better than many short ones.
//!
//! | bytes | content |
//! |---|---|
//! | 1 | 1, or 2 when the records are compressed |
//! | 2 | number of records, little endian |
//! | 8, if compressed | see [`compression`](crate::store::disk::compression) |
//! | then, for each | its length in 4 bytes, little endian, and the [`Record`] |
//!
//! A block is compressed when that makes it shorter, which is true of all but the shortest ones.

use std::{ops::Range, sync::Arc};

use bytes::{Bytes, BytesMut};

use super::compression::{compressed, decompressed};
use crate::store::{
    error::StoreError,
    record::{Position, RECORD_LEN_MAX, Record, RecordError},
};

/// The newest format of blocks.
const FORMAT: u8 = COMPRESSED;

const PLAIN: u8 = 1;
const COMPRESSED: u8 = 2;

/// A block ends before the record that would make it longer than this; only a block of a single
/// record may be longer. The length is measured before compression, as not every block can be
/// compressed.
///
/// Sixteen blocks share a leaf of sled, which is read and cached as a whole: a leaf must stay well
/// below the length of a blob, and below one 256th of the cache, the most that one leaf may use.
const BLOCK_LEN_MAX: usize = 16 * 1024;

const HEADER_LEN: usize = 3;
const LEN_LEN: usize = 4;
/// The limit of decompression. The records of a block are never this long.
const RECORDS_LEN_MAX: usize = 2 * RECORD_LEN_MAX;

/// Packs records into blocks, each with its key.
pub fn pack(records: &[Arc<Record>]) -> Vec<(Position, Vec<u8>)> {
    let mut blocks = Vec::new();
    let mut open: Option<OpenBlock> = None;
    let mut encoded = BytesMut::new();
    for record in records {
        encoded.clear();
        record.encode(&mut encoded);
        if open.as_ref().is_some_and(|block| !block.has_room(&encoded)) {
            blocks.extend(open.take().map(OpenBlock::close));
        }
        open.get_or_insert_with(|| OpenBlock::at(record.position))
            .push(&encoded);
    }
    blocks.extend(open.map(OpenBlock::close));
    blocks
}

/// Returns whether each block that these records were packed into begins with the first record of a
/// write. Then the log may end after any block without cutting a write in two: sled keeps or loses a
/// value as a whole.
pub(crate) fn begin_with_writes(blocks: &[(Position, Vec<u8>)], records: &[Arc<Record>]) -> bool {
    blocks.iter().all(|(first, _)| {
        let before = records.partition_point(|record| record.position < *first);
        records[..before]
            .last()
            .is_none_or(|last| last.remaining == 0)
    })
}

/// Packs records that were read from one block into one block again. They must not have grown.
pub(crate) fn pack_as_one(records: &[Record]) -> Option<(Position, Vec<u8>)> {
    let mut block = OpenBlock::at(records.first()?.position);
    let mut encoded = BytesMut::new();
    for record in records {
        encoded.clear();
        record.encode(&mut encoded);
        block.push(&encoded);
    }
    Some(block.close())
}

/// A block that is being filled.
struct OpenBlock {
    first: Position,
    count: u16,
    bytes: Vec<u8>,
}

impl OpenBlock {
    fn at(first: Position) -> OpenBlock {
        OpenBlock {
            first,
            count: 0,
            bytes: vec![PLAIN, 0, 0],
        }
    }

    fn has_room(&self, record: &[u8]) -> bool {
        self.bytes.len() + LEN_LEN + record.len() <= BLOCK_LEN_MAX
    }

    fn push(&mut self, record: &[u8]) {
        self.bytes.extend((record.len() as u32).to_le_bytes());
        self.bytes.extend(record);
        self.count += 1;
    }

    fn close(mut self) -> (Position, Vec<u8>) {
        self.bytes[1..HEADER_LEN].copy_from_slice(&self.count.to_le_bytes());
        let (header, records) = self.bytes.split_at(HEADER_LEN);
        if let Some(mut block) = compressed(header, records) {
            block[0] = COMPRESSED;
            self.bytes = block;
        }
        (self.first, self.bytes)
    }
}

/// A stored block that is read record by record.
pub struct Block {
    bytes: Bytes,
    next: Position,
    left: u16,
    at: usize,
}

impl Block {
    /// Opens the value under the key `first`. Does not check the records, and copies them only if
    /// they are compressed.
    pub fn open(first: Position, bytes: Bytes) -> Result<Block, StoreError> {
        let error = |error: RecordError| damaged(first, &error);
        let [format, c0, c1] = *bytes
            .first_chunk::<HEADER_LEN>()
            .ok_or_else(|| error(RecordError::Damaged("shorter than its header")))?;
        let (bytes, at) = match format {
            PLAIN => (bytes, HEADER_LEN),
            COMPRESSED => {
                let records = decompressed(&bytes, HEADER_LEN, RECORDS_LEN_MAX);
                (records.map_err(error)?, 0)
            }
            format => {
                let known = FORMAT;
                return Err(error(RecordError::UnknownFormat { format, known }));
            }
        };
        Ok(Block {
            bytes,
            next: first,
            left: u16::from_le_bytes([c0, c1]),
            at,
        })
    }

    /// Returns the position of the record that is read next. It may lie behind the end of the block.
    pub fn next_position(&self) -> Position {
        self.next
    }

    /// Reads the next record, which shares the bytes of the block.
    pub fn read(&mut self) -> Result<Option<Record>, StoreError> {
        let position = self.next;
        let record = self.span()?.map(|span| self.bytes.slice(span));
        record.map(|bytes| decode(position, bytes)).transpose()
    }

    /// Reads the record at `position`, if it is in the rest of the block. The record gets a copy of
    /// its bytes, so that keeping it does not keep the block.
    pub fn read_alone(mut self, position: Position) -> Result<Option<Record>, StoreError> {
        self.skip_to(position)?;
        let span = self.span()?;
        let record = span.map(|span| Bytes::copy_from_slice(&self.bytes[span]));
        record.map(|bytes| decode(position, bytes)).transpose()
    }

    /// Skips the records before `position`.
    pub fn skip_to(&mut self, position: Position) -> Result<(), StoreError> {
        while self.next < position && self.span()?.is_some() {}
        Ok(())
    }

    /// Moves past the next record and returns the range of its bytes.
    fn span(&mut self) -> Result<Option<Range<usize>>, StoreError> {
        let rest = &self.bytes[self.at..];
        if self.left == 0 {
            return if rest.is_empty() {
                Ok(None)
            } else {
                let what = RecordError::Damaged("something follows the last record of its block");
                Err(damaged(self.next, &what))
            };
        }
        let len = rest.first_chunk::<LEN_LEN>().copied();
        let len = len.map(|len| u32::from_le_bytes(len) as usize);
        let Some(len) = len.filter(|len| *len <= rest.len() - LEN_LEN) else {
            return Err(damaged(self.next, &RecordError::Damaged("cut short")));
        };
        let begin = self.at + LEN_LEN;
        self.at = begin + len;
        self.left -= 1;
        self.next += 1;
        Ok(Some(begin..self.at))
    }
}

fn decode(position: Position, bytes: Bytes) -> Result<Record, StoreError> {
    let record = Record::decode(bytes).map_err(|error| damaged(position, &error))?;
    if record.position != position {
        let what = format!("it says that its position is {}", record.position);
        return Err(StoreError::Damaged { position, what });
    }
    Ok(record)
}

fn damaged(position: Position, error: &RecordError) -> StoreError {
    StoreError::Damaged {
        position,
        what: error.to_string(),
    }
}

const _: () =
    assert!(BLOCK_LEN_MAX <= RECORDS_LEN_MAX && BLOCK_LEN_MAX / LEN_LEN < u16::MAX as usize);

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::digest::Digest;

    fn records(lens: &[usize]) -> Vec<Arc<Record>> {
        let record = |(at, len): (usize, &usize)| {
            let change = Bytes::from(vec![7; *len]);
            let position = 5 + at as Position;
            Record::chained(Digest::default(), position, change, None, 0, 9).into()
        };
        lens.iter().enumerate().map(record).collect()
    }

    fn unpack(blocks: Vec<(Position, Vec<u8>)>) -> Result<Vec<Record>, StoreError> {
        let mut records = Vec::new();
        for (first, bytes) in blocks {
            let mut block = Block::open(first, bytes.into())?;
            while let Some(record) = block.read()? {
                records.push(record);
            }
        }
        Ok(records)
    }

    #[test]
    fn records_are_read_as_they_were_packed() {
        let long = BLOCK_LEN_MAX / 2;
        let written = records(&[0, 600, long, 10, long, long, RECORD_LEN_MAX, 3]);
        let blocks = pack(&written);
        let firsts: Vec<Position> = blocks.iter().map(|(first, _)| *first).collect();
        assert_eq!(firsts, [5, 9, 10, 11, 12]);
        let read: Vec<_> = unpack(blocks).unwrap().into_iter().map(Arc::new).collect();
        assert_eq!(read, written);
    }

    #[test]
    fn blocks_begin_with_writes_unless_one_write_is_in_two() {
        let records = |remaining: [u32; 4]| -> Vec<Arc<Record>> {
            let change = Bytes::from(vec![7; BLOCK_LEN_MAX / 2 - 100]);
            let record = |(position, remaining)| {
                let change = change.clone();
                Record::chained(Digest::default(), position, change, None, remaining, 9).into()
            };
            (1..).zip(remaining).map(record).collect()
        };
        for (remaining, expected) in [
            ([0, 0, 0, 0], true),
            ([1, 0, 1, 0], true),
            ([0, 1, 0, 0], false),
            ([3, 2, 1, 0], false),
        ] {
            let records = records(remaining);
            let blocks = pack(&records);
            assert_eq!(blocks.len(), 2);
            assert_eq!(
                begin_with_writes(&blocks, &records),
                expected,
                "{remaining:?}"
            );
        }
    }

    #[test]
    fn nothing_is_packed_into_no_block() {
        assert!(pack(&[]).is_empty());
    }

    #[test]
    fn one_record_is_found_among_others() {
        let written = records(&[10, 20, 30]);
        let (first, bytes) = pack(&written).remove(0);
        let find = |position| {
            Block::open(first, bytes.clone().into())
                .and_then(|block| block.read_alone(position))
                .unwrap()
        };
        assert_eq!(find(6).as_ref(), Some(&*written[1]));
        assert_eq!(find(8), None);
    }

    #[test]
    fn any_flipped_bit_is_detected_and_so_is_any_cut() {
        let written = records(&[10, 20]);
        let (first, bytes) = pack(&written).remove(0);
        for bit in 0..bytes.len() * 8 {
            let mut flipped = bytes.clone();
            flipped[bit / 8] ^= 1 << (bit % 8);
            assert!(unpack(vec![(first, flipped)]).is_err(), "bit {bit}");
        }
        for len in 0..bytes.len() {
            assert!(
                unpack(vec![(first, bytes[..len].to_vec())]).is_err(),
                "{len}"
            );
        }
    }

    #[test]
    fn a_block_of_a_newer_format_is_named_as_such() {
        let (first, mut bytes) = pack(&records(&[10])).remove(0);
        bytes[0] = FORMAT + 1;
        let error = unpack(vec![(first, bytes)]).unwrap_err().to_string();
        assert!(error.contains("format 3"), "{error}");
    }
}
