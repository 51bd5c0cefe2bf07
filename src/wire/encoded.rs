use bytes::{Buf, BufMut, Bytes};
use prost::{
    DecodeError, Message,
    encoding::{DecodeContext, WireType},
};

/// The longest answer, in bytes. It is what clients accept by default.
pub const ANSWER_LEN_MAX: usize = 4 << 20;

/// An answer that is already encoded: the server assembles stored bytes, and tonic copies them
/// once. For the server side only; it cannot be decoded.
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
