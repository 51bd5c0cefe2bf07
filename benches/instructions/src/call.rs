//! A call of a service without a connection: what it costs but for HTTP/2.

use std::{
    convert::Infallible,
    future::poll_fn,
    pin::Pin,
    task::{Context, Poll},
};

use bytes::{BufMut as _, Bytes, BytesMut};
use http::{Request, Response};
use http_body::{Body as _, Frame};
use prost::Message;
use tonic::{Status, body::Body};
use tower::{Service, ServiceExt as _};

use crate::Failure;

/// Length of what stands before each message: whether it is compressed, and how long it is.
const PREFIX_LEN: usize = 5;

/// A message as a request's body has it.
pub fn framed(message: &impl Message) -> Bytes {
    let message = message.encode_to_vec();
    let mut framed = BytesMut::with_capacity(PREFIX_LEN + message.len());
    framed.put_u8(0);
    framed.put_u32(message.len() as u32);
    framed.put_slice(&message);
    framed.freeze()
}

/// Calls a method of a service with a framed message, and gives the answer's body, of which nothing
/// has been read.
pub async fn call<S>(service: &S, method: &str, framed: Bytes) -> Result<Answer, Failure>
where
    S: Service<Request<Once>, Response = Response<Body>, Error = Infallible> + Clone,
{
    let request = Request::post(method).body(Once(Some(framed)))?;
    let answer = service.clone().oneshot(request).await?;
    match Status::from_header_map(answer.headers()) {
        Some(status) => Err(status.into()),
        None => Ok(Answer(answer.into_body())),
    }
}

/// The body of an answer.
pub struct Answer(Body);

impl Answer {
    /// The next piece, of one message or several; `None` at the end of an answer that went well.
    pub async fn next(&mut self) -> Result<Option<Bytes>, Failure> {
        let next = poll_fn(|context| Pin::new(&mut self.0).poll_frame(context)).await;
        match next.transpose()?.map(Frame::into_data) {
            Some(Ok(piece)) => Ok(Some(piece)),
            Some(Err(trailers)) => check(&trailers).map(|()| None),
            None => Ok(None),
        }
    }

    /// Everything that is left of it.
    pub async fn all(mut self) -> Result<Vec<Bytes>, Failure> {
        let mut pieces = Vec::new();
        while let Some(piece) = self.next().await? {
            pieces.push(piece);
        }
        Ok(pieces)
    }
}

/// How many messages there are in these bytes.
pub fn messages(mut bytes: &[u8]) -> usize {
    let mut count = 0;
    while let Some((prefix, rest)) = bytes.split_first_chunk::<PREFIX_LEN>() {
        let [_, len @ ..] = *prefix;
        bytes = &rest[u32::from_be_bytes(len) as usize..];
        count += 1;
    }
    count
}

fn check(trailers: &Frame<Bytes>) -> Result<(), Failure> {
    let status = trailers.trailers_ref().and_then(Status::from_header_map);
    match status {
        Some(status) if status.code() != tonic::Code::Ok => Err(status.into()),
        _ => Ok(()),
    }
}

/// A request's body, in one piece.
pub struct Once(Option<Bytes>);

impl http_body::Body for Once {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        _: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        Poll::Ready(self.0.take().map(|bytes| Ok(Frame::data(bytes))))
    }
}
