/// A change of a file that a cut may lose.
#[derive(Clone, Debug)]
pub enum Change {
    Write { begin: usize, bytes: Vec<u8> },
    Resize(usize),
}

impl Change {
    /// How long it leaves a file of this length.
    pub fn len_after(&self, len: usize) -> usize {
        match self {
            Change::Write { begin, bytes } => len.max(begin + bytes.len()),
            Change::Resize(len) => *len,
        }
    }

    /// Makes it.
    pub fn apply(&self, file: &mut Vec<u8>) {
        file.resize(self.len_after(file.len()), 0);
        self.apply_within(file, usize::MAX, |_| true);
    }

    /// Makes it in those pieces of a file that it reaches, and leaves the length alone.
    pub fn apply_within(&self, file: &mut [u8], piece_len: usize, reaches: impl Fn(usize) -> bool) {
        let (begin, end) = match self {
            Change::Write { begin, bytes } => (*begin, begin + bytes.len()),
            // What was cut off is read as zeros when the file grows again.
            Change::Resize(len) => (*len, file.len()),
        };
        let mut from = begin;
        while from < end {
            let piece = from / piece_len;
            let to = end.min((piece + 1).saturating_mul(piece_len));
            if reaches(piece) {
                match self {
                    Change::Write { bytes, .. } => {
                        file[from..to].copy_from_slice(&bytes[from - begin..to - begin]);
                    }
                    Change::Resize(_) => file[from..to].fill(0),
                }
            }
            from = to;
        }
    }
}
