//! Messages as gRPC frames them: a byte of flags, four of length, the message.

use bytes::{Buf as _, BufMut as _, Bytes, BytesMut};

const HEADER_LEN: usize = 5;

/// The next whole message, if it has come.
pub fn take(buffer: &mut BytesMut) -> Option<Bytes> {
    let header = buffer.get(..HEADER_LEN)?;
    let len = u32::from_be_bytes([header[1], header[2], header[3], header[4]]) as usize;
    if buffer.len() < HEADER_LEN + len {
        return None;
    }
    assert_eq!(header[0], 0, "nobody asked for compression");
    buffer.advance(HEADER_LEN);
    Some(buffer.split_to(len).freeze())
}

pub fn framed(message: &[u8]) -> Bytes {
    let mut framed = BytesMut::with_capacity(HEADER_LEN + message.len());
    framed.put_u8(0);
    framed.put_u32(message.len() as u32);
    framed.put_slice(message);
    framed.freeze()
}
