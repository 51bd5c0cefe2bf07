use bytes::Bytes;

/// Length of what precedes each message in a gRPC body: a flag and four bytes of length.
const PREFIX_LEN: usize = 5;

/// Counts the messages of a gRPC body from its chunks, however they are cut. Looks at the prefixes
/// alone, so the cost is a few instructions a message.
#[derive(Debug, Default)]
pub(super) struct FrameCounter {
    prefix: [u8; PREFIX_LEN],
    prefix_len: usize,
    /// Bytes of the current message that are still to come.
    rest: usize,
}

impl FrameCounter {
    /// How many messages begin in this chunk. One begins when its whole prefix has been seen.
    pub(super) fn messages_in(&mut self, chunk: &Bytes) -> u64 {
        let mut messages = 0;
        let mut chunk = chunk.as_ref();
        loop {
            let skipped = self.rest.min(chunk.len());
            self.rest -= skipped;
            chunk = &chunk[skipped..];
            if chunk.is_empty() {
                return messages;
            }
            let taken = (PREFIX_LEN - self.prefix_len).min(chunk.len());
            self.prefix[self.prefix_len..][..taken].copy_from_slice(&chunk[..taken]);
            self.prefix_len += taken;
            chunk = &chunk[taken..];
            if self.prefix_len == PREFIX_LEN {
                let [_flag, a, b, c, d] = self.prefix;
                self.rest = u32::from_be_bytes([a, b, c, d]) as usize;
                self.prefix_len = 0;
                messages += 1;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn body(messages: &[&[u8]]) -> Vec<u8> {
        let mut body = Vec::new();
        for message in messages {
            body.push(0);
            body.extend(u32::try_from(message.len()).expect("short").to_be_bytes());
            body.extend(*message);
        }
        body
    }

    #[test]
    fn messages_are_counted_however_the_body_is_cut() {
        let body = body(&[b"first", b"", &[7; 300], b"last"]);
        for cut in 1..=body.len() {
            let mut counter = FrameCounter::default();
            let count: u64 = body
                .chunks(cut)
                .map(|chunk| counter.messages_in(&Bytes::copy_from_slice(chunk)))
                .sum();
            assert_eq!(count, 4, "in chunks of {cut}");
        }
    }
}
