//! A segment of sled's file as it lies on disk: how much of it is as sled wrote it.
//!
//! sled 0.34.7 appends messages to segments of a fixed length, and never changes what it has
//! appended until it uses the whole segment anew, which then has another number.
//!
//! | bytes | content |
//! |---|---|
//! | 4 | CRC-32 of the next 16, inverted, little endian |
//! | 8 | log sequence number at which the segment begins, with all bits but the highest inverted |
//! | 8 | another number |
//! | then, for each message | CRC-32 of its content and the rest of its header, inverted; kind in one byte; length of the content; number of the segment; number of the page; content |
//!
//! The numbers in a message have one to nine bytes (`number`).

use super::opening::SEGMENT_LEN;

pub const HEADER_LEN: usize = 20;
const CHECKSUM_LEN: usize = 4;
/// sled begins no message nearer to the end of a segment.
const MESSAGE_HEADER_LEN_MAX: usize = 32;
/// Kind of the message that fills up a segment.
const CAP: u8 = 2;
const SEQUENCE_MASK: u64 = i64::MAX as u64;

/// The beginning of a segment, up to where it is not as sled wrote it.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Sound {
    /// Log sequence number at which the segment begins: no two segments have the same.
    pub begin: u64,
    /// Bytes that are sound.
    pub len: usize,
    /// Whether nothing can follow them.
    pub is_full: bool,
}

/// Reads a segment, which the end of the file may cut short. `None` without a sound header, as of a
/// segment that is not in use.
pub fn sound(segment: &[u8]) -> Option<Sound> {
    let begin = begin(segment)?;
    let mut sound = Sound {
        begin,
        len: HEADER_LEN,
        is_full: false,
    };
    while !sound.is_full {
        let Some(message) = message(&segment[sound.len..], begin / SEGMENT_LEN as u64) else {
            break;
        };
        sound.len += message.len;
        sound.is_full = message.is_cap || sound.len + MESSAGE_HEADER_LEN_MAX > SEGMENT_LEN;
    }
    Some(sound)
}

struct Message {
    len: usize,
    is_cap: bool,
}

fn begin(segment: &[u8]) -> Option<u64> {
    let header: &[u8; HEADER_LEN] = segment.first_chunk()?;
    let (checksum, rest) = header.split_first_chunk::<CHECKSUM_LEN>()?;
    let begin = u64::from_le_bytes(*rest.first_chunk()?) ^ SEQUENCE_MASK;
    (!crc32fast::hash(rest) == u32::from_le_bytes(*checksum)).then_some(begin)
}

fn message(bytes: &[u8], segment: u64) -> Option<Message> {
    let (checksum, mut rest) = bytes.split_first_chunk::<CHECKSUM_LEN>()?;
    let kind = *rest.split_off_first()?;
    let content_len = usize::try_from(number(&mut rest)?).ok()?;
    let of_segment = number(&mut rest)?;
    let _page = number(&mut rest)?;
    let header_len = bytes.len() - rest.len();
    let content = rest.get(..content_len)?;
    let mut hasher = crc32fast::Hasher::new();
    hasher.update(content);
    hasher.update(&bytes[CHECKSUM_LEN..header_len]);
    let is_sound = !hasher.finalize() == u32::from_le_bytes(*checksum) && of_segment == segment;
    is_sound.then_some(Message {
        len: header_len + content_len,
        is_cap: kind == CAP,
    })
}

/// Takes a number off the front: up to 240 in one byte, small ones in two or three, and others in as
/// many bytes as they need behind one that tells how many.
fn number(bytes: &mut &[u8]) -> Option<u64> {
    let first = *bytes.split_off_first()?;
    Some(match first {
        0..=240 => u64::from(first),
        241..=248 => 240 + 256 * u64::from(first - 241) + u64::from(*bytes.split_off_first()?),
        249 => {
            let [high, low] = *bytes.split_off(..2)?.first_chunk()?;
            2_288 + 256 * u64::from(high) + u64::from(low)
        }
        _ => {
            let len = usize::from(first - 247);
            let mut number = [0; 8];
            number[..len].copy_from_slice(bytes.split_off(..len)?);
            u64::from_le_bytes(number)
        }
    })
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    /// The first segment of a database of sled's own making.
    fn segment() -> Vec<u8> {
        let home = tempfile::tempdir().unwrap();
        let config = sled::Config::new().path(home.path());
        let db = config.segment_size(SEGMENT_LEN).open().unwrap();
        for n in 0..300_u64 {
            db.insert(n.to_be_bytes(), vec![7; n as usize * 9]).unwrap();
            if n % 30 == 0 {
                db.flush().unwrap();
            }
        }
        db.flush().unwrap();
        drop(db);
        let mut bytes = fs::read(home.path().join("db")).unwrap();
        bytes.truncate(SEGMENT_LEN);
        bytes
    }

    #[test]
    fn what_sled_wrote_is_sound_to_its_end() {
        let bytes = segment();
        let written = bytes.iter().rposition(|byte| *byte != 0).unwrap() + 1;
        let sound = sound(&bytes).unwrap();
        assert_eq!((sound.begin, sound.len, sound.is_full), (0, written, false));
        assert!(written > 100_000, "{written}");
    }

    #[test]
    fn d07_any_flipped_bit_in_it_ends_what_is_sound() {
        let mut bytes = segment();
        let whole = sound(&bytes).unwrap();
        for at in (0..HEADER_LEN).chain((HEADER_LEN..whole.len).step_by(911)) {
            bytes[at] ^= 1 << (at % 8);
            let len = sound(&bytes).map_or(0, |sound| sound.len);
            assert!(len <= at, "byte {at}: {len}");
            bytes[at] ^= 1 << (at % 8);
        }
        assert_eq!(sound(&bytes), Some(whole));
    }

    #[test]
    fn bytes_that_are_no_segment_have_no_sound_part() {
        for bytes in [&[][..], &[0; 19], &[0; 4_096], &[0xff; 4_096]] {
            assert_eq!(sound(bytes), None);
        }
    }

    #[test]
    fn numbers_of_every_length_are_read() {
        for (bytes, expected) in [
            (&[240][..], Some(240)),
            (&[241, 0], Some(240)),
            (&[248, 255], Some(2_287)),
            (&[249, 0, 1], Some(2_289)),
            (&[250, 1, 0, 1], Some(65_537)),
            (&[255, 1, 0, 0, 0, 0, 0, 0, 1], Some((1 << 56) + 1)),
            (&[249, 0], None),
            (&[255, 1], None),
            (&[], None),
        ] {
            assert_eq!(number(&mut &*bytes), expected, "{bytes:?}");
        }
    }
}
