//! A client of HTTP/2 alone, which sends what no gRPC client does and takes as little as it likes.

use std::net::SocketAddr;

use bytes::{BufMut as _, Bytes, BytesMut};
use h2::{
    RecvStream, SendStream,
    client::{ResponseFuture, SendRequest},
};
use http::{HeaderMap, Request};
use tokio::{net::TcpStream, task::AbortHandle};
use tonic::Status;

use super::soon;

/// A connection. It is closed when this is dropped.
pub struct Http2 {
    sender: SendRequest<Bytes>,
    connection: AbortHandle,
}

/// A call that has begun.
pub struct Call {
    pub request: SendStream<Bytes>,
    answer: ResponseFuture,
}

/// All that was sent in answer to a call.
#[derive(Debug)]
pub struct Answer {
    pub headers: HeaderMap,
    pub body: Vec<u8>,
    pub trailers: HeaderMap,
    /// Whether nothing came after the headers, not even the end.
    pub headers_alone: bool,
}

impl Http2 {
    /// Connects with windows of so many bytes for each answer.
    pub async fn connect(address: SocketAddr, window: u32) -> Http2 {
        let stream = TcpStream::connect(address).await.expect("it listens");
        let mut builder = h2::client::Builder::new();
        builder.initial_window_size(window);
        let handshake = builder.handshake::<_, Bytes>(stream);
        let (sender, connection) = soon("a connection", handshake).await.expect("HTTP/2");
        Http2 {
            sender,
            connection: tokio::spawn(async move { drop(connection.await) }).abort_handle(),
        }
    }

    /// Begins a call of `/package.Service/Method` with these headers.
    pub async fn begin(&self, path: &str, headers: &[(&str, &str)]) -> Call {
        let request = Request::post(format!("http://server{path}"));
        let request = request
            .header("content-type", "application/grpc")
            .header("te", "trailers");
        let add = |request: http::request::Builder, (name, value): &(&str, &str)| {
            request.header(*name, *value)
        };
        let request = headers.iter().fold(request, add).body(()).expect("valid");
        let ready = soon("a place for a call", self.sender.clone().ready()).await;
        let (answer, request) = ready
            .expect("an open connection")
            .send_request(request, false)
            .expect("a request");
        Call { request, answer }
    }

    /// A whole call with this body.
    pub async fn call(&self, path: &str, headers: &[(&str, &str)], body: Bytes) -> Call {
        let mut call = self.begin(path, headers).await;
        call.request.send_data(body, true).expect("an open stream");
        call
    }
}

impl Drop for Http2 {
    fn drop(&mut self) {
        self.connection.abort();
    }
}

impl Call {
    /// Takes the whole answer.
    pub async fn answer(self) -> Answer {
        let answer = soon("an answer", self.answer)
            .await
            .expect("it is answered");
        let (parts, mut stream) = answer.into_parts();
        let headers_alone = stream.is_end_stream();
        let mut body = Vec::new();
        while let Some(chunk) = soon("the body", stream.data()).await {
            let chunk = chunk.expect("an open stream");
            take(&mut stream, chunk.len());
            body.extend(chunk);
        }
        let trailers = soon("trailers", stream.trailers()).await;
        Answer {
            headers: parts.headers,
            body,
            trailers: trailers.expect("an open stream").unwrap_or_default(),
            headers_alone,
        }
    }

    /// Whether the server has ended the stream without its trailers.
    #[allow(dead_code, reason = "not every suite leaves answers unread")]
    pub async fn ends_in_a_reset(self) -> bool {
        let Ok(answer) = soon("an answer", self.answer).await else {
            return true;
        };
        let mut stream = answer.into_body();
        while let Some(chunk) = soon("the end of the stream", stream.data()).await {
            match chunk {
                Ok(chunk) => take(&mut stream, chunk.len()),
                Err(error) => return error.is_reset(),
            }
        }
        soon("trailers", stream.trailers()).await.is_err()
    }

    /// Takes the headers of the answer and as much of it as the window holds.
    pub async fn headers(self) -> (HeaderMap, RecvStream) {
        let answer = soon("an answer", self.answer)
            .await
            .expect("it is answered");
        let (parts, stream) = answer.into_parts();
        (parts.headers, stream)
    }
}

impl Answer {
    /// How the call ended.
    pub fn status(&self) -> Status {
        let from = |headers| Status::from_header_map(headers);
        from(&self.trailers)
            .or_else(|| from(&self.headers))
            .unwrap_or_else(|| panic!("there is no status in {self:?}"))
    }

    /// The length of its headers or trailers as HTTP/2 counts it.
    pub fn trailers_len(&self) -> usize {
        let refused = self.headers.contains_key("grpc-status");
        let headers = if refused {
            &self.headers
        } else {
            &self.trailers
        };
        let len = |(name, value): (&http::HeaderName, &http::HeaderValue)| {
            name.as_str().len() + value.len() + 32
        };
        headers.iter().map(len).sum::<usize>() + ":status200".len() + 32
    }
}

/// Lets the server send so many bytes more.
pub fn take(stream: &mut RecvStream, len: usize) {
    // It fails once the stream has ended, when there is nothing more to take.
    let _ = stream.flow_control().release_capacity(len);
}

/// A message as gRPC frames it.
pub fn framed(message: &impl prost::Message) -> Bytes {
    framed_bytes(0, &message.encode_to_vec())
}

/// Bytes as gRPC frames a message, with this flag.
pub fn framed_bytes(flag: u8, message: &[u8]) -> Bytes {
    let mut framed = BytesMut::with_capacity(5 + message.len());
    framed.put_u8(flag);
    framed.put_u32(u32::try_from(message.len()).expect("short"));
    framed.put_slice(message);
    framed.freeze()
}
