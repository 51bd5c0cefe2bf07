use std::time::Duration;

use tokio::time::Instant;

/// Maximum number of cancelled calls on one connection within `WINDOW`. Clients whose calls all meet their
/// deadlines stay far below. A flood of calls that are cancelled at once is an attack.
const COUNT_MAX: u32 = 20_000;
const TIME: Duration = Duration::from_secs(10);

/// What precedes each frame: three bytes of length, its type, flags, and four bytes of its stream.
const HEADER_LEN: usize = 9;
const RST_STREAM: u8 = 3;

/// Counts the RST_STREAM frames that a peer sends, however they are cut. Looks at the headers of
/// frames alone.
#[derive(Debug)]
pub(crate) struct Resets {
    header: [u8; HEADER_LEN],
    header_len: usize,
    /// Bytes of the current frame that are still to come.
    rest: usize,
    /// Since the first of those that are counted.
    since: Option<Instant>,
    count: u32,
}

impl Resets {
    /// Begins after the preface of a connection.
    pub(crate) fn new() -> Resets {
        Resets {
            header: [0; HEADER_LEN],
            header_len: 0,
            rest: 0,
            since: None,
            count: 0,
        }
    }

    /// Examines bytes that arrived, and returns whether there are too many resets.
    pub(crate) fn are_too_many(&mut self, chunk: &[u8]) -> bool {
        let resets = self.resets_in(chunk);
        resets > 0 && self.add(resets, Instant::now())
    }

    fn add(&mut self, resets: u32, now: Instant) -> bool {
        match self.since {
            Some(since) if now - since < TIME => self.count += resets,
            _ => (self.since, self.count) = (Some(now), resets),
        }
        self.count > COUNT_MAX
    }

    fn resets_in(&mut self, mut chunk: &[u8]) -> u32 {
        let mut resets = 0;
        loop {
            let skipped = self.rest.min(chunk.len());
            self.rest -= skipped;
            chunk = &chunk[skipped..];
            if chunk.is_empty() {
                return resets;
            }
            let taken = (HEADER_LEN - self.header_len).min(chunk.len());
            self.header[self.header_len..][..taken].copy_from_slice(&chunk[..taken]);
            self.header_len += taken;
            chunk = &chunk[taken..];
            if self.header_len == HEADER_LEN {
                let [a, b, c, kind, ..] = self.header;
                self.rest = u32::from_be_bytes([0, a, b, c]) as usize;
                self.header_len = 0;
                resets += u32::from(kind == RST_STREAM);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn frame(kind: u8, payload: &[u8]) -> Vec<u8> {
        let len = u32::try_from(payload.len()).expect("short").to_be_bytes();
        let mut frame = vec![len[1], len[2], len[3], kind, 0, 0, 0, 0, 1];
        frame.extend(payload);
        frame
    }

    #[test]
    fn b8_resets_are_counted_however_the_frames_are_cut() {
        let data = frame(0, &[RST_STREAM; 70_000]);
        let frames = [frame(4, &[]), frame(3, &[0; 4]), data, frame(3, &[0; 4])].concat();
        for cut in [1, 2, 3, 8, 9, 10, 13, 1_000, frames.len()] {
            let mut resets = Resets::new();
            let count: u32 = frames
                .chunks(cut)
                .map(|chunk| resets.resets_in(chunk))
                .sum();
            assert_eq!(count, 2, "in chunks of {cut}");
        }
    }

    #[test]
    fn b8_the_bound_is_a_rate() {
        let mut resets = Resets::new();
        let begun = Instant::now();
        for second in 0..100 {
            let now = begun + Duration::from_secs(second);
            assert!(!resets.add(1_900, now), "after {second} s");
        }
        let later = begun + Duration::from_secs(1_000);
        assert!(!resets.add(COUNT_MAX, later));
        assert!(resets.add(1, later + Duration::from_secs(9)));
    }
}
