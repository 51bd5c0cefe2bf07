//! Reads a segment of sled's file on disk, and finds how much of it is as sled wrote it.
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

use std::{fs::File, io, ops::RangeInclusive, os::unix::fs::FileExt as _};

use super::opening::SEGMENT_LEN;

pub(crate) const HEADER_LEN: usize = 20;
const CHECKSUM_LEN: usize = 4;
/// sled begins no message closer than this to the end of a segment.
const MESSAGE_HEADER_LEN_MAX: usize = 32;
/// The kind of a message that sled passes over.
const CANCELED: u8 = 1;
/// The kind of the message that fills up a segment.
const CAP: u8 = 2;
/// The kinds of messages. 0 is not one of them, so that zeros are not taken for a message.
const KINDS: RangeInclusive<u8> = 1..=11;
const SEQUENCE_MASK: u64 = i64::MAX as u64;

/// The beginning of a segment, up to where it is not as sled wrote it.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) struct Sound {
    /// The log sequence number at which the segment begins. It is different for each segment.
    pub begin: u64,
    /// The number of sound bytes.
    pub len: usize,
    /// Whether the segment has no room for another message.
    pub is_full: bool,
}

/// Finds the sound beginning of a segment, which may be cut short by the end of the file. `None`
/// without a sound header, as in an unused segment.
pub(crate) fn sound(segment: &[u8]) -> Option<Sound> {
    let begin = begin(segment)?;
    let mut sound = Sound {
        begin,
        len: HEADER_LEN,
        is_full: false,
    };
    while !sound.is_full {
        let Some(message) = message(&segment[sound.len..], Some(begin / SEGMENT_LEN as u64)) else {
            break;
        };
        sound.len += message.len;
        sound.is_full = message.is_cap || sound.len + MESSAGE_HEADER_LEN_MAX > SEGMENT_LEN;
    }
    Some(sound)
}

/// Returns whether a sound message follows the sound part, so that this is not the end of what was
/// written.
pub(crate) fn has_gap(segment: &[u8], sound: Sound) -> bool {
    let number = sound.begin / SEGMENT_LEN as u64;
    !sound.is_full && next_message(segment, sound.len, Some(number)).is_some()
}

/// Returns the log sequence number at which a segment begins, according to its header.
pub(crate) fn begin(segment: &[u8]) -> Option<u64> {
    let header: &[u8; HEADER_LEN] = segment.first_chunk()?;
    let (checksum, rest) = header.split_first_chunk::<CHECKSUM_LEN>()?;
    let begin = u64::from_le_bytes(*rest.first_chunk()?) ^ SEQUENCE_MASK;
    (!crc32fast::hash(rest) == u32::from_le_bytes(*checksum)).then_some(begin)
}

/// Returns the log sequence number at which a segment begins, according to its header, or to its
/// messages when the header is damaged.
pub(crate) fn begin_by_messages(segment: &[u8]) -> Option<u64> {
    let number = || next_message(segment, HEADER_LEN, None).map(|(_, number)| number);
    begin(segment).or_else(|| number()?.checked_mul(SEGMENT_LEN as u64))
}

/// Makes sled pass over damage, which it would take for the end of its log: damaged bytes become
/// messages without content. Sound messages are not changed.
pub(crate) fn pass_over_damage(segment: &mut [u8], begin_at: u64, is_newest: bool) {
    if begin(segment).is_none() {
        // The other number is a lower bound of what sled knew to be on disk.
        let masked = (begin_at ^ SEQUENCE_MASK).to_le_bytes();
        segment[CHECKSUM_LEN..HEADER_LEN].copy_from_slice(&[masked, masked].concat());
        let checksum = !crc32fast::hash(&segment[CHECKSUM_LEN..HEADER_LEN]);
        segment[..CHECKSUM_LEN].copy_from_slice(&checksum.to_le_bytes());
    }
    let number = begin_at / SEGMENT_LEN as u64;
    while let Some(sound) = sound(segment).filter(|sound| !sound.is_full) {
        let (end, kind) = match next_message(segment, sound.len, Some(number)) {
            Some((at, _)) => (at, CANCELED),
            None if !is_newest && segment.len() == SEGMENT_LEN => (SEGMENT_LEN, CAP),
            None => break,
        };
        let Some(filler) = filler(kind, number, end - sound.len) else {
            break;
        };
        segment[sound.len..end].copy_from_slice(&filler);
    }
}

/// Finds the first sound message at or after `at`. Returns its offset and the number of its segment,
/// which must be `number` if that is known.
fn next_message(segment: &[u8], at: usize, number: Option<u64>) -> Option<(usize, u64)> {
    let end = segment.len().checked_sub(MESSAGE_HEADER_LEN_MAX)?;
    // The kind is checked first: this runs at every start, and most bytes are zeros.
    let is_kind = |at: &usize| KINDS.contains(&segment[at + CHECKSUM_LEN]);
    (at..end).filter(is_kind).find_map(|at| {
        let message = message(&segment[at..], number)?;
        Some((at, message.segment))
    })
}

/// Returns a meaningless message of `len` bytes.
fn filler(kind: u8, segment: u64, len: usize) -> Option<Vec<u8>> {
    // A longer page number fills the byte that a shorter length of the length would leave.
    for page in [0, 240 + 1] {
        for len_of_len in 1..=4 {
            let mut header = vec![kind];
            let (mut numbers, mut content_len) = (Vec::new(), Vec::new());
            put_number(segment, &mut numbers);
            put_number(page, &mut numbers);
            let content = len.checked_sub(CHECKSUM_LEN + 1 + len_of_len + numbers.len())?;
            put_number(content as u64, &mut content_len);
            if content_len.len() != len_of_len {
                continue;
            }
            header.append(&mut content_len);
            header.append(&mut numbers);
            let content = vec![0; content];
            let mut hasher = crc32fast::Hasher::new();
            hasher.update(&content);
            hasher.update(&header);
            let checksum = !hasher.finalize();
            return Some([&checksum.to_le_bytes()[..], &header, &content].concat());
        }
    }
    None
}

struct Message {
    len: usize,
    is_cap: bool,
    segment: u64,
}

/// Reads the message at the front if it is sound, and belongs to `segment` if that is known.
fn message(bytes: &[u8], segment: Option<u64>) -> Option<Message> {
    let (checksum, mut rest) = bytes.split_first_chunk::<CHECKSUM_LEN>()?;
    let kind = *rest.split_off_first()?;
    if !KINDS.contains(&kind) {
        return None;
    }
    let content_len = usize::try_from(number(&mut rest)?).ok()?;
    let of_segment = number(&mut rest)?;
    let _page = number(&mut rest)?;
    let header_len = bytes.len() - rest.len();
    let content = rest.get(..content_len)?;
    // Checked before the checksum, as most offsets are not a message.
    if segment.is_some_and(|segment| segment != of_segment) {
        return None;
    }
    let mut hasher = crc32fast::Hasher::new();
    hasher.update(content);
    hasher.update(&bytes[CHECKSUM_LEN..header_len]);
    let is_sound = !hasher.finalize() == u32::from_le_bytes(*checksum);
    is_sound.then_some(Message {
        len: header_len + content_len,
        is_cap: kind == CAP,
        segment: of_segment,
    })
}

/// Takes a number off the front. Numbers up to 240 have one byte, small ones two or three; others have
/// as many as they need, after a byte with their count.
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

/// Appends a number in the form that [`number`] reads.
fn put_number(number: u64, bytes: &mut Vec<u8>) {
    match number {
        0..=240 => bytes.push(number as u8),
        241..=2_287 => {
            let above = number - 240;
            bytes.extend([241 + (above / 256) as u8, (above % 256) as u8]);
        }
        2_288..=67_823 => {
            let above = number - 2_288;
            bytes.extend([249, (above / 256) as u8, (above % 256) as u8]);
        }
        _ => {
            let all = number.to_le_bytes();
            let len = 8 - number.leading_zeros() as usize / 8;
            bytes.push(247 + len as u8);
            bytes.extend(&all[..len]);
        }
    }
}

/// Reads the bytes of a segment of sled's file.
pub(crate) fn read_segment(file: &File, number: u64) -> io::Result<Vec<u8>> {
    let begin = number * SEGMENT_LEN as u64;
    let len = file.metadata()?.len().saturating_sub(begin);
    let mut segment = vec![0; len.min(SEGMENT_LEN as u64) as usize];
    file.read_exact_at(&mut segment, begin)?;
    Ok(segment)
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    /// Returns the first segment of a database that sled has written.
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
    fn what_is_damaged_is_passed_over_and_what_is_sound_stays() {
        let whole = segment();
        let len = sound(&whole).unwrap().len;
        for at in (0..len).step_by(5_003) {
            let mut bytes = whole.clone();
            bytes[at] ^= 1 << (at % 8);
            let gap = sound(&bytes).is_some_and(|sound| has_gap(&bytes, sound));
            assert!(gap || at < HEADER_LEN || at + 5_003 > len, "byte {at}");
            let begin = begin_by_messages(&bytes).unwrap();
            pass_over_damage(&mut bytes, begin, true);
            assert_eq!(sound(&bytes), sound(&whole), "byte {at}");
            let same = bytes.iter().zip(&whole).filter(|(a, b)| a == b).count();
            assert!(same + (64 << 10) > whole.len(), "byte {at}: {same}");
        }
    }

    #[test]
    fn a_filler_of_any_length_is_a_sound_message() {
        for segment in [0, 300, 3_000, 1 << 20] {
            for len in (14..600).chain(2_250..2_350).chain(67_750..67_900) {
                let bytes = filler(CANCELED, segment, len).unwrap();
                assert_eq!(bytes.len(), len);
                assert_eq!(message(&bytes, Some(segment)).unwrap().len, len);
            }
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
