//! Calls with raw bytes as messages, to send malformed requests and to compare answers byte by byte.

use bytes::{Buf, Bytes};
use prost::encoding::{DecodeContext, WireType, decode_key, decode_varint, skip_field};
use tonic::{
    Request, Status, Streaming, client::Grpc, codegen::http::uri::PathAndQuery, transport::Channel,
};

use super::raw_codec::RawCodec;

/// Pages stay below 4 MiB; the rest allows for servers with other limits.
const MESSAGE_SIZE_MAX: usize = 16 << 20;

/// Makes a unary call of `/package.Service/Method`.
pub(super) async fn call(
    channel: Channel,
    path: &'static str,
    message: Bytes,
) -> Result<Bytes, Status> {
    let mut client = ready(channel).await?;
    let path = PathAndQuery::from_static(path);
    let answer = client.unary(Request::new(message), path, RawCodec).await?;
    Ok(answer.into_inner())
}

/// Makes a server-streaming call of `/package.Service/Method`.
pub(super) async fn stream(
    channel: Channel,
    path: &'static str,
    request: Request<Bytes>,
) -> Result<Streaming<Bytes>, Status> {
    let mut client = ready(channel).await?;
    let path = PathAndQuery::from_static(path);
    let answer = client.server_streaming(request, path, RawCodec).await?;
    Ok(answer.into_inner())
}

/// Returns the bytes of the first field `tag` of an encoded message, or `None` if it is missing or
/// malformed.
pub(super) fn field(mut message: Bytes, tag: u32) -> Option<Bytes> {
    while message.has_remaining() {
        let (found, wire_type) = decode_key(&mut message).ok()?;
        if found == tag && wire_type == WireType::LengthDelimited {
            let len = usize::try_from(decode_varint(&mut message).ok()?).ok()?;
            return (len <= message.remaining()).then(|| message.split_to(len));
        }
        skip_field(wire_type, found, &mut message, DecodeContext::default()).ok()?;
    }
    None
}

async fn ready(channel: Channel) -> Result<Grpc<Channel>, Status> {
    let mut client = Grpc::new(channel).max_decoding_message_size(MESSAGE_SIZE_MAX);
    let ready = client.ready().await;
    ready.map_err(|error| Status::unavailable(error.to_string()))?;
    Ok(client)
}
