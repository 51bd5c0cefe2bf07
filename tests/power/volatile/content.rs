use super::change::Change;
use crate::harness::Random;

/// What a disk writes as a whole or not at all.
pub const SECTOR_LEN: usize = 512;
/// What the cache of the kernel writes at a time.
pub const PAGE_LEN: usize = 4_096;

/// The bytes of a file: as programs see them, and what of them is on the disk.
#[derive(Clone, Debug, Default)]
pub struct Content {
    /// As programs see them.
    pub bytes: Vec<u8>,
    /// Bytes that the file may grow to without taking room.
    pub reserved: usize,
    durable: Vec<u8>,
    /// What was done since the last sync, in order.
    pending: Vec<Change>,
}

/// What of the pending changes has reached the disk.
#[derive(Clone, Copy, Debug)]
enum Reached {
    None,
    All,
    /// The oldest.
    Oldest,
    /// For each piece of this length changes of its own: a cache writes pieces when it likes, and a
    /// piece more than once.
    Pieces(usize),
}

impl Content {
    /// What is on the disk for certain.
    pub fn durable(bytes: Vec<u8>) -> Content {
        Content {
            durable: bytes.clone(),
            bytes,
            ..Content::default()
        }
    }

    pub fn write(&mut self, begin: usize, bytes: &[u8]) {
        let change = Change::Write {
            begin,
            bytes: bytes.to_vec(),
        };
        self.change(change);
    }

    pub fn resize(&mut self, len: usize) {
        self.change(Change::Resize(len));
    }

    fn change(&mut self, change: Change) {
        change.apply(&mut self.bytes);
        self.pending.push(change);
    }

    /// Everything so far is on the disk.
    pub fn sync(&mut self) {
        for change in self.pending.drain(..) {
            change.apply(&mut self.durable);
        }
    }

    /// Changes that a cut may lose.
    pub fn pending_len(&self) -> usize {
        self.pending.len()
    }

    /// What may be found after a cut.
    pub fn after_cut(&self, random: &mut Random) -> Vec<u8> {
        let count = self.pending.len();
        let reached = Reached::any(random);
        let upto = random.below(count + 1);
        match reached {
            Reached::None => self.durable.clone(),
            Reached::All => self.bytes.clone(),
            Reached::Oldest => self.with(|_, change| change < upto, upto, SECTOR_LEN),
            Reached::Pieces(len) => {
                let pieces = self.longest().div_ceil(len);
                let reached: Vec<usize> = (0..pieces)
                    .map(|_| changes_of_a_piece(count, random))
                    .collect();
                // How long a file is, is kept elsewhere than what is in it.
                self.with(|piece, change| change < reached[piece], upto, len)
            }
        }
    }

    /// With those of the changes to each piece that have reached the disk, and as long as after the
    /// first `sized` of all of them.
    fn with(
        &self,
        reached: impl Fn(usize, usize) -> bool,
        sized: usize,
        piece_len: usize,
    ) -> Vec<u8> {
        let mut bytes = self.durable.clone();
        // Pieces behind the end, which the length may yet be found to include.
        bytes.resize(self.longest(), 0);
        let mut len = self.durable.len();
        for (n, change) in self.pending.iter().enumerate() {
            if n < sized {
                len = change.len_after(len);
            }
            change.apply_within(&mut bytes, piece_len, |piece| reached(piece, n));
        }
        bytes.truncate(len);
        bytes
    }

    /// The most that it has been since the last sync.
    fn longest(&self) -> usize {
        let mut len = self.durable.len();
        let lens = self.pending.iter().map(|change| {
            len = change.len_after(len);
            len
        });
        lens.max().unwrap_or_default().max(self.durable.len())
    }
}

/// How many of the changes reach a piece: none, all or the oldest of them.
fn changes_of_a_piece(count: usize, random: &mut Random) -> usize {
    match random.below(3) {
        0 => 0,
        1 => count,
        _ => random.below(count + 1),
    }
}

impl Reached {
    fn any(random: &mut Random) -> Reached {
        let reached = [
            Reached::None,
            Reached::All,
            Reached::Oldest,
            Reached::Pieces(PAGE_LEN),
            Reached::Pieces(SECTOR_LEN),
        ];
        *random.one_of(&reached)
    }
}
