//! Operations on the fields of encoded messages that do not decode their values.
//!
//! In protobuf, readers skip unknown fields, fields may come in any order, and a later scalar
//! overrides an earlier one. So an answer can be assembled from stored bytes, fields can be
//! appended to them, and a view can leave some out.

use bytes::{Buf, BufMut, Bytes, BytesMut};
use prost::{
    DecodeError,
    encoding::{DecodeContext, WireType, decode_key, decode_varint, encode_key, encode_varint},
};

/// Appends field `tag` with an embedded message, a string or bytes.
pub fn put_bytes(buf: &mut impl BufMut, tag: u32, value: &[u8]) {
    put_prefix(buf, tag, value.len());
    buf.put_slice(value);
}

/// Appends the key and length of field `tag`, whose `len` bytes the caller appends next.
pub fn put_prefix(buf: &mut impl BufMut, tag: u32, len: usize) {
    encode_key(tag, WireType::LengthDelimited, buf);
    encode_varint(len as u64, buf);
}

/// Appends field `tag` with an integer, an enum or a bool, unless it is zero, which is the default.
pub fn put_varint(buf: &mut impl BufMut, tag: u32, value: u64) {
    if value != 0 {
        put_varint_always(buf, tag, value);
    }
}

/// Appends field `tag` with an integer, an enum or a bool. Zero replaces a value before it.
pub fn put_varint_always(buf: &mut impl BufMut, tag: u32, value: u64) {
    encode_key(tag, WireType::Varint, buf);
    encode_varint(value, buf);
}

/// Appends field `tag` with a `google.protobuf.Timestamp`.
pub fn put_timestamp(buf: &mut impl BufMut, tag: u32, micros: i64) {
    let seconds = micros.div_euclid(1_000_000);
    let nanos = micros.rem_euclid(1_000_000) * 1_000;
    let len = varint_field_len(seconds as u64) + varint_field_len(nanos as u64);
    put_prefix(buf, tag, len);
    put_varint(buf, 1, seconds as u64);
    put_varint(buf, 2, nanos as u64);
}

fn varint_field_len(value: u64) -> usize {
    if value == 0 {
        0
    } else {
        1 + prost::encoding::encoded_len_varint(value)
    }
}

/// Returns the value of the last field `tag` that holds a message, a string or bytes; it shares the
/// memory of `message`.
pub fn nested(message: &Bytes, tag: u32) -> Result<Option<Bytes>, DecodeError> {
    let mut found = None;
    for field in Fields::new(message) {
        let field = field?;
        if field.tag == tag && field.wire_type == WireType::LengthDelimited {
            found = Some(message.slice(field.value.clone()));
        }
    }
    Ok(found)
}

/// Returns the fields of `message` whose tag satisfies `keep`, in the same order and encoding.
pub fn retain(message: &Bytes, keep: impl Fn(u32) -> bool) -> Result<Bytes, DecodeError> {
    let mut kept = BytesMut::with_capacity(message.len());
    for field in Fields::new(message) {
        let field = field?;
        if keep(field.tag) {
            kept.put_slice(&message[field.whole]);
        }
    }
    Ok(kept.freeze())
}

/// Returns the field numbers of `message`, up to the first byte that begins no valid field.
pub(super) fn tags(message: &[u8]) -> impl Iterator<Item = u32> {
    Fields::new(message).map_while(|field| field.ok().map(|field| field.tag))
}

struct FieldSpan {
    tag: u32,
    wire_type: WireType,
    /// The bytes of key and value.
    whole: std::ops::Range<usize>,
    /// The bytes of the value, without key and length.
    value: std::ops::Range<usize>,
}

struct Fields<'a> {
    message: &'a [u8],
    at: usize,
}

impl<'a> Fields<'a> {
    fn new(message: &'a [u8]) -> Fields<'a> {
        Fields { message, at: 0 }
    }

    fn read(&mut self) -> Result<FieldSpan, DecodeError> {
        let start = self.at;
        let mut rest = &self.message[start..];
        let (tag, wire_type) = decode_key(&mut rest)?;
        let mut value_start = self.message.len() - rest.len();
        if wire_type == WireType::LengthDelimited {
            let mut peek = rest;
            decode_varint(&mut peek)?;
            value_start = self.message.len() - peek.len();
        }
        prost::encoding::skip_field(wire_type, tag, &mut rest, DecodeContext::default())?;
        self.at = self.message.len() - rest.remaining();
        Ok(FieldSpan {
            tag,
            wire_type,
            whole: start..self.at,
            value: value_start..self.at,
        })
    }
}

impl Iterator for Fields<'_> {
    type Item = Result<FieldSpan, DecodeError>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.at >= self.message.len() {
            return None;
        }
        let field = self.read();
        if field.is_err() {
            self.at = self.message.len();
        }
        Some(field)
    }
}

#[cfg(test)]
mod tests {
    use prost::Message;

    use super::*;
    use crate::proto::v1;

    fn event() -> v1::Event {
        v1::Event {
            name: "events/a".into(),
            title: "a title".into(),
            revision: 3,
            parties: vec![v1::Party {
                country_code: "JP".into(),
                ..Default::default()
            }],
            ..Default::default()
        }
    }

    #[test]
    fn a_nested_message_is_found_without_decoding() {
        let response = v1::GetEventResponse {
            event: Some(event()),
        };
        let bytes = Bytes::from(response.encode_to_vec());
        let nested = nested(&bytes, 1).unwrap().unwrap();
        assert_eq!(v1::Event::decode(nested).unwrap(), event());
    }

    #[test]
    fn retained_fields_decode_to_the_message_without_the_others() {
        let bytes = Bytes::from(event().encode_to_vec());
        let kept = v1::Event::decode(retain(&bytes, |tag| tag != 7).unwrap()).unwrap();
        assert_eq!(
            kept,
            v1::Event {
                title: String::new(),
                ..event()
            }
        );
    }

    #[test]
    fn a_timestamp_decodes_as_it_was_put_even_before_1970() {
        for micros in [0, 1, -1, 1_700_000_000_123_456, -86_400_000_000] {
            let mut buf = Vec::new();
            put_timestamp(&mut buf, 6, micros);
            let change = v1::EventChange::decode(&buf[..]).unwrap();
            let time = change.commit_time.unwrap();
            assert_eq!(
                time.seconds * 1_000_000 + i64::from(time.nanos) / 1_000,
                micros
            );
        }
    }

    #[test]
    fn truncated_bytes_are_an_error() {
        let bytes = Bytes::from(event().encode_to_vec());
        let cut = bytes.slice(..bytes.len() - 1);
        assert!(retain(&cut, |_| true).is_err());
    }
}
