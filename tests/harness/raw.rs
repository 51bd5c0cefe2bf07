//! Calls whose messages are bytes, to send what no generated client can and to see what was sent.

use bytes::{Buf, Bytes};
use prost::encoding::{DecodeContext, WireType, decode_key, decode_varint, skip_field};
use tonic::{
    Request, Status, Streaming, client::Grpc, codegen::http::uri::PathAndQuery, transport::Channel,
};

use super::raw_codec::RawCodec;

/// A unary call of `/package.Service/Method`.
pub async fn call_raw(channel: Channel, path: &str, message: Bytes) -> Result<Bytes, Status> {
    let mut client = ready(channel).await?;
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
    let mut client = ready(channel).await?;
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

async fn ready(channel: Channel) -> Result<Grpc<Channel>, Status> {
    let mut client = Grpc::new(channel);
    let ready = client.ready().await;
    ready.map_err(|error| Status::unavailable(error.to_string()))?;
    Ok(client)
}
