use crate::random::Random;

/// Bytes that programs trip over: ends of ranges, and what texts are made of.
const BYTES: [u8; 16] = [
    0, 1, 0x7f, 0x80, 0xff, b'"', b'\\', b'(', b')', b'{', b'}', b':', b'-', b'.', b'9', b'\n',
];
/// The same of more than a byte.
const WORDS: [&str; 14] = [
    " AND ",
    " OR ",
    "NOT ",
    "-1",
    "0",
    "9223372036854775807",
    "18446744073709551616",
    "1e999",
    "null",
    "{}",
    "[]",
    "\u{202e}",
    "\u{0}",
    "半",
];
/// No input grows beyond this by being changed.
const LEN_MAX: usize = 64 << 10;

/// The input with one to four changes, which may take parts of another one.
pub fn changed(input: &[u8], other: &[u8], random: &mut Random) -> Vec<u8> {
    let mut bytes = input.to_vec();
    for _ in 0..=random.below(4) {
        change(&mut bytes, other, random);
    }
    bytes.truncate(LEN_MAX);
    bytes
}

fn change(bytes: &mut Vec<u8>, other: &[u8], random: &mut Random) {
    let at = random.below(bytes.len() + 1);
    let end = (at + random.below(16)).min(bytes.len());
    match random.below(8) {
        0 if at < bytes.len() => bytes[at] ^= 1 << random.below(8),
        1 if at < bytes.len() => bytes[at] = *random.one_of(&BYTES),
        2 => bytes.truncate(at),
        3 => drop(bytes.drain(at..end)),
        4 => insert(bytes, at, &bytes[at..end].repeat(1 + random.below(3))),
        5 => insert(bytes, at, &part(other, random)),
        6 => drop(bytes.splice(at..end, part(other, random))),
        _ => insert(bytes, at, random.one_of(&WORDS).as_bytes()),
    }
}

fn part(of: &[u8], random: &mut Random) -> Vec<u8> {
    let begin = random.below(of.len() + 1);
    let len = random.below(64).min(of.len() - begin);
    of[begin..begin + len].to_vec()
}

fn insert(bytes: &mut Vec<u8>, at: usize, more: &[u8]) {
    bytes.splice(at..at, more.iter().copied());
}
