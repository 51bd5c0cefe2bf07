use bytes::{Buf, BufMut, Bytes};
use prost::{
    DecodeError, Message,
    encoding::{DecodeContext, WireType},
};

/// Longest answer. Clients accept as much unless they are told otherwise.
pub const ANSWER_LEN_MAX: usize = 4 << 20;

/// An answer that is in its wire encoding already: the server puts together stored bytes, and
/// tonic copies them once. Server side only; it cannot be decoded.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Encoded(pub Bytes);

impl Message for Encoded {
    fn encode_raw(&self, buf: &mut impl BufMut) {
        buf.put_slice(&self.0);
    }

    fn encoded_len(&self) -> usize {
        self.0.len()
    }

    fn clear(&mut self) {
        self.0.clear();
    }

    fn merge_field(
        &mut self,
        _tag: u32,
        _wire_type: WireType,
        _buf: &mut impl Buf,
        _ctx: DecodeContext,
    ) -> Result<(), DecodeError> {
        #[allow(deprecated)]
        Err(DecodeError::new("an encoded answer is never decoded"))
    }
}
