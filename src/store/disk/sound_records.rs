use std::{
    fs::File,
    io::{self, BufWriter, Write as _},
    os::unix::fs::FileExt as _,
    path::Path,
    sync::Arc,
};

use super::{
    block::{self, Block},
    blocks::Blocks,
    owner_only,
};
use crate::store::{
    digest::Digest,
    error::StoreError,
    record::{Position, Record},
};

/// The number of records that are read at a time.
const BATCH_LEN: usize = 256;

/// Records that were read from a copy, kept in blocks in a file of their own, as sled may not
/// return the same twice when it reads damaged files.
pub(crate) struct SoundRecords {
    file: File,
    /// The first position of each block, and the offsets in the file at which it begins and ends.
    blocks: Vec<(Position, u64, u64)>,
    /// The last position.
    pub upto: Position,
}

impl SoundRecords {
    /// Keeps the records of a log up to where it is no longer as it was written. Returns why it
    /// stopped, or `None` at the end of the log.
    pub(crate) fn of(log: &Blocks, path: &Path) -> io::Result<(SoundRecords, Option<StoreError>)> {
        let mut file = BufWriter::new(owner_only::create_file(path)?);
        let (mut blocks, mut end) = (Vec::new(), 0);
        let (mut upto, mut digest) = (0, Digest::default());
        let mut stopped = None;
        while stopped.is_none() {
            // One by one after a failure, as a batch with one damaged record is not read at all.
            let records = log
                .read_after(upto, Position::MAX, BATCH_LEN)
                .or_else(|_| log.read_after(upto, Position::MAX, 1));
            let records = match records {
                Ok(records) if records.is_empty() => break,
                Ok(records) => records,
                Err(error) => {
                    stopped = Some(error);
                    break;
                }
            };
            let mut sound = Vec::with_capacity(records.len());
            for record in records {
                if let Err(error) = record.check_after(upto, digest) {
                    stopped = Some(error);
                    break;
                }
                (upto, digest) = (record.position, record.digest);
                sound.push(Arc::new(record));
            }
            for (first, block) in block::pack(&sound) {
                file.write_all(&block)?;
                let begin = end;
                end += block.len() as u64;
                blocks.push((first, begin, end));
            }
        }
        drop(file.into_inner()?);
        let file = File::open(path)?;
        Ok((SoundRecords { file, blocks, upto }, stopped))
    }

    /// Reads the records after a position that are in the same block as the next one; none at the end.
    pub(crate) fn after(&self, after: Position) -> Result<Vec<Record>, StoreError> {
        let at = self
            .blocks
            .partition_point(|(first, ..)| *first <= after + 1);
        let Some((first, begin, end)) = at.checked_sub(1).map(|at| self.blocks[at]) else {
            return Ok(Vec::new());
        };
        let mut bytes = vec![0; (end - begin) as usize];
        let read = self.file.read_exact_at(&mut bytes, begin);
        read.map_err(|error| StoreError::Failed(format!("read what was sound: {error}")))?;
        let mut block = Block::open(first, bytes.into())?;
        block.skip_to(after + 1)?;
        std::iter::from_fn(|| block.read().transpose()).collect()
    }
}
