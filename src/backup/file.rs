use std::io::{self, BufRead, BufReader, Read, Write};

use prost::Message;

use crate::proto::v1::ExportStoreResponse;

/// The first bytes of a backup file.
pub const MAGIC: [u8; 8] = *b"ENTENTE\x01";

/// The default level of zstd: the disk is the bottleneck, not the processor.
const LEVEL: i32 = 3;
/// The longest part, in bytes; gRPC messages of the server are shorter.
const PART_LEN_MAX: u64 = 8 << 20;

/// Writes the parts of an export as a backup.
pub struct BackupWriter<W: Write> {
    to: zstd::Encoder<'static, W>,
}

impl<W: Write> BackupWriter<W> {
    /// Begins a backup.
    pub fn begin(mut to: W) -> io::Result<BackupWriter<W>> {
        to.write_all(&MAGIC)?;
        let mut to = zstd::Encoder::new(to, LEVEL)?;
        to.include_checksum(true)?;
        Ok(BackupWriter { to })
    }

    /// Writes a part.
    pub fn part(&mut self, part: &ExportStoreResponse) -> io::Result<()> {
        self.to.write_all(&part.encode_length_delimited_to_vec())
    }

    /// Flushes the rest and returns the output.
    pub fn finish(self) -> io::Result<W> {
        let mut to = self.to.finish()?;
        to.flush()?;
        Ok(to)
    }
}

/// Reads the parts of a backup.
pub struct BackupReader<R: BufRead> {
    from: BufReader<zstd::Decoder<'static, R>>,
}

impl<R: BufRead> BackupReader<R> {
    /// Opens a backup. Fails if the input does not begin with [`MAGIC`].
    pub fn begin(mut from: R) -> io::Result<BackupReader<R>> {
        let mut magic = [0; MAGIC.len()];
        let read = from.read_exact(&mut magic);
        if read.is_err() || magic != MAGIC {
            return Err(invalid("it is not a backup of entente"));
        }
        let from = zstd::Decoder::with_buffer(from)?.single_frame();
        Ok(BackupReader {
            from: BufReader::new(from),
        })
    }

    /// Reads the next part; `None` at the end.
    pub fn part(&mut self) -> io::Result<Option<ExportStoreResponse>> {
        if self.from.fill_buf()?.is_empty() {
            return Ok(None);
        }
        let len = self.len()?;
        if len > PART_LEN_MAX {
            return Err(invalid("a part is too long"));
        }
        let mut bytes = Vec::with_capacity(len as usize);
        self.from.by_ref().take(len).read_to_end(&mut bytes)?;
        if bytes.len() as u64 != len {
            return Err(invalid("it ends too early"));
        }
        let part = ExportStoreResponse::decode(bytes.as_slice());
        part.map(Some).map_err(|_| invalid("a part is unreadable"))
    }

    fn len(&mut self) -> io::Result<u64> {
        let mut len = 0;
        for shift in (0..).step_by(7).take(5) {
            let mut byte = [0];
            self.from.read_exact(&mut byte)?;
            len |= u64::from(byte[0] & 0x7f) << shift;
            if byte[0] < 0x80 {
                return Ok(len);
            }
        }
        Err(invalid("a length is unreadable"))
    }
}

fn invalid(what: &str) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, what)
}
