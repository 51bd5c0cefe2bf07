//! Calls whose messages are bytes, to send what no generated client can and to see what was sent.

use bytes::{Buf, BufMut, Bytes};
use prost::encoding::{DecodeContext, WireType, decode_key, decode_varint, skip_field};
use tonic::{
    Request, Status, Streaming,
    codec::{Codec, DecodeBuf, Decoder, EncodeBuf, Encoder},
    codegen::http::uri::PathAndQuery,
    transport::Channel,
};

#[derive(Clone, Copy, Default)]
struct RawCodec;

impl Codec for RawCodec {
    type Encode = Bytes;
    type Decode = Bytes;
    type Encoder = RawCodec;
    type Decoder = RawCodec;

    fn encoder(&mut self) -> RawCodec {
        RawCodec
    }

    fn decoder(&mut self) -> RawCodec {
        RawCodec
    }
}

impl Encoder for RawCodec {
    type Item = Bytes;
    type Error = Status;

    fn encode(&mut self, item: Bytes, buffer: &mut EncodeBuf<'_>) -> Result<(), Status> {
        buffer.put(item);
        Ok(())
    }
}

impl Decoder for RawCodec {
    type Item = Bytes;
    type Error = Status;

    fn decode(&mut self, buffer: &mut DecodeBuf<'_>) -> Result<Option<Bytes>, Status> {
        Ok(Some(buffer.copy_to_bytes(buffer.remaining())))
    }
}

/// A unary call of `/package.Service/Method`.
pub async fn call_raw(channel: Channel, path: &str, message: Bytes) -> Result<Bytes, Status> {
    let mut client = tonic::client::Grpc::new(channel);
    client
        .ready()
        .await
        .map_err(|error| Status::unavailable(error.to_string()))?;
    let path = PathAndQuery::try_from(path).expect("a path");
    let answer = client.unary(Request::new(message), path, RawCodec).await?;
    Ok(answer.into_inner())
}

/// A call of `/package.Service/Method` that is answered with a stream.
pub async fn stream_raw(
    channel: Channel,
    path: &str,
    request: Request<Bytes>,
) -> Result<Streaming<Bytes>, Status> {
    let mut client = tonic::client::Grpc::new(channel);
    client
        .ready()
        .await
        .map_err(|error| Status::unavailable(error.to_string()))?;
    let path = PathAndQuery::try_from(path).expect("a path");
    let answer = client.server_streaming(request, path, RawCodec).await?;
    Ok(answer.into_inner())
}

/// The bytes of the first field `tag` of an encoded message, if it has one.
pub fn field(mut message: Bytes, tag: u32) -> Option<Bytes> {
    while message.has_remaining() {
        let (found, wire_type) = decode_key(&mut message).expect("a field");
        if found == tag && wire_type == WireType::LengthDelimited {
            let length = decode_varint(&mut message).expect("a length") as usize;
            return Some(message.split_to(length));
        }
        skip_field(wire_type, found, &mut message, DecodeContext::default()).expect("a field");
    }
    None
}
