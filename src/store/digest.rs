//! The chain of digests over the log, by which two stores, a backup or two readers can be compared.
//!
//! The leaf of a change is the SHA-256 of its bytes and of what is stored beside it; the digest at
//! position N is the SHA-256 of the digest at N-1 followed by the leaf of N. The digest before the
//! first change is 32 zero bytes. The leaf is stored apart from the content, so that the chain can
//! still be verified after content was erased. The chain does not cover what is left of a redacted
//! record, so nothing but a skeleton may be left, and a later change must say that the record was
//! redacted.

use std::fmt;

use sha2::{Digest as _, Sha256};

/// A SHA-256, shown in lower-case hex.
#[derive(Clone, Copy, Default, Eq, Hash, PartialEq)]
pub struct Digest(pub [u8; 32]);

impl Digest {
    /// Returns the digest of `parts`, each preceded by its length, so that no two lists of parts
    /// share a digest.
    pub fn of(parts: &[&[u8]]) -> Digest {
        let mut hasher = Sha256::new();
        for part in parts {
            hasher.update((part.len() as u64).to_be_bytes());
            hasher.update(part);
        }
        Digest(hasher.finalize().into())
    }

    /// Returns the digest of the log after one more change.
    pub fn chain(self, leaf: Digest) -> Digest {
        let mut hasher = Sha256::new();
        hasher.update(self.0);
        hasher.update(leaf.0);
        Digest(hasher.finalize().into())
    }

    /// Returns the digest in lower-case hex.
    pub fn hex(self) -> [u8; 64] {
        const DIGITS: &[u8; 16] = b"0123456789abcdef";
        let mut hex = [0; 64];
        for (byte, pair) in self.0.iter().zip(hex.chunks_exact_mut(2)) {
            pair[0] = DIGITS[usize::from(byte >> 4)];
            pair[1] = DIGITS[usize::from(byte & 15)];
        }
        hex
    }

    /// Parses a digest in hex.
    pub fn parse(hex: &str) -> Option<Digest> {
        let mut bytes = [0; 32];
        if hex.len() != 64 || !hex.is_ascii() {
            return None;
        }
        for (byte, at) in bytes.iter_mut().zip((0..64).step_by(2)) {
            *byte = u8::from_str_radix(&hex[at..at + 2], 16).ok()?;
        }
        Some(Digest(bytes))
    }

    /// Makes a digest of stored bytes; `None` unless there are 32.
    pub fn from_slice(bytes: &[u8]) -> Option<Digest> {
        bytes.try_into().ok().map(Digest)
    }
}

impl fmt::Display for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.hex()
            .iter()
            .try_for_each(|digit| write!(f, "{}", char::from(*digit)))
    }
}

impl fmt::Debug for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Digest({self})")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_digest_of_parts_depends_on_where_they_are_cut() {
        assert_ne!(Digest::of(&[b"ab", b"c"]), Digest::of(&[b"a", b"bc"]));
    }

    #[test]
    fn a_digest_shows_as_the_hex_that_sha256sum_prints() {
        let chained = Digest::default().chain(Digest::default());
        assert_eq!(
            chained.to_string(),
            "f5a5fd42d16a20302798ef6ed309979b43003d2320d9f0e8ea9831a92759fb4b"
        );
    }
}
