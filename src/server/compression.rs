//! Compressed requests and answers.
//!
//! Answers are compressed if the client accepts it, above the length where it pays. Streams of changes are
//! compressed only if the request asks for it: their messages are short, and each client costs the work
//! again.

use std::{
    io::Write as _,
    pin::Pin,
    task::{Context, Poll, ready},
};

use bytes::{BufMut as _, Bytes, BytesMut};
use flate2::write::GzEncoder;
use http::{HeaderMap, HeaderValue, Response};
use http_body::{Body as HttpBody, Frame};
use tokio::task::JoinHandle;
use tonic::{Status, body::Body};

use crate::{
    grpc::StatusBuilder,
    proto::v1::{Compression, ErrorReason},
};

/// The encodings that a client may send, in the order in which they are listed.
const ENCODINGS: &str = "gzip,zstd,identity";

/// Messages up to this length are sent uncompressed.
const PLAIN_LEN_MAX: usize = 1 << 10;

/// Longer messages are compressed on a thread of their own, where they delay nobody.
const INLINE_LEN_MAX: usize = 64 << 10;

/// The flag of a compressed message, and its length.
const PREFIX_LEN: usize = 5;

/// How the messages of an answer are compressed.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Encoding {
    Gzip,
    Zstd,
}

impl Encoding {
    /// The first one that the client accepts.
    pub(super) fn accepted(headers: &HeaderMap) -> Option<Encoding> {
        let accepted = headers.get("grpc-accept-encoding")?.to_str().ok()?;
        accepted.split(',').find_map(|name| match name.trim() {
            "gzip" => Some(Encoding::Gzip),
            "zstd" => Some(Encoding::Zstd),
            _ => None,
        })
    }

    /// The encoding that the request of a stream asked for.
    pub(super) fn asked(answer: &Response<Body>) -> Option<Encoding> {
        match answer.extensions().get()? {
            Compression::Gzip => Some(Encoding::Gzip),
            Compression::Zstd => Some(Encoding::Zstd),
            Compression::Unspecified => None,
        }
    }

    fn name(self) -> &'static str {
        match self {
            Encoding::Gzip => "gzip",
            Encoding::Zstd => "zstd",
        }
    }

    fn compressed(self, message: &[u8]) -> std::io::Result<Vec<u8>> {
        match self {
            Encoding::Gzip => {
                let mut encoder = GzEncoder::new(Vec::new(), flate2::Compression::fast());
                encoder.write_all(message)?;
                encoder.finish()
            }
            Encoding::Zstd => zstd::bulk::compress(message, 1),
        }
    }

    /// Returns whole messages with their prefixes, the long ones compressed if that makes them shorter.
    fn shortened(self, chunk: &Bytes) -> Bytes {
        let mut shortened = BytesMut::with_capacity(chunk.len() / 2);
        for framed in Messages(chunk) {
            let short = is_long(framed).then(|| self.compressed(&framed[PREFIX_LEN..]));
            match short {
                Some(Ok(short)) if PREFIX_LEN + short.len() < framed.len() => {
                    shortened.put_u8(1);
                    // It is shorter than the one before it, whose length fits.
                    shortened.put_u32(short.len() as u32);
                    shortened.put_slice(&short);
                }
                _ => shortened.put_slice(framed),
            }
        }
        shortened.freeze()
    }
}

/// Refuses a request with an unknown encoding.
pub(super) fn check_request(headers: &HeaderMap, taken: bool) -> Result<(), Status> {
    let Some(encoding) = headers.get("grpc-encoding") else {
        return Ok(());
    };
    match encoding.as_bytes() {
        b"identity" => Ok(()),
        b"gzip" | b"zstd" if taken => Ok(()),
        other => Err(unknown(&String::from_utf8_lossy(other), taken)),
    }
}

fn unknown(encoding: &str, taken: bool) -> Status {
    let encodings = if taken { ENCODINGS } else { "identity" };
    let mut status = StatusBuilder::new(ErrorReason::EncodingUnsupported)
        .with("acceptedEncodings", encodings)
        .status(format!(
            "the request is compressed with {encoding:?}; send it under one of: {encodings}"
        ));
    let accepted = encodings.parse().expect("it is plain text");
    status
        .metadata_mut()
        .insert("grpc-accept-encoding", accepted);
    status
}

/// Returns the answer, with its messages compressed if that makes them shorter.
pub(super) fn compressed(mut answer: Response<Body>, encoding: Encoding) -> Response<Body> {
    // It is there when the answer is a refusal, which has no message.
    if answer.headers().contains_key(Status::GRPC_STATUS) {
        return answer;
    }
    let name = HeaderValue::from_static(encoding.name());
    answer.headers_mut().insert("grpc-encoding", name);
    answer.map(|inner| {
        Body::new(CompressedAnswer {
            inner,
            encoding,
            job: None,
        })
    })
}

struct CompressedAnswer {
    inner: Body,
    encoding: Encoding,
    job: Option<JoinHandle<Bytes>>,
}

impl HttpBody for CompressedAnswer {
    type Data = Bytes;
    type Error = Status;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Status>>> {
        loop {
            if let Some(job) = self.job.as_mut() {
                let done = ready!(Pin::new(job).poll(cx));
                self.job = None;
                return Poll::Ready(Some(match done {
                    Ok(message) => Ok(Frame::data(message)),
                    Err(_) => Err(Status::internal("compressing the answer failed")),
                }));
            }
            let frame = match ready!(Pin::new(&mut self.inner).poll_frame(cx)) {
                Some(Ok(frame)) => frame,
                other => return Poll::Ready(other),
            };
            let chunk = match frame.into_data() {
                Ok(chunk) if Messages(&chunk).any(is_long) => chunk,
                Ok(other) => return Poll::Ready(Some(Ok(Frame::data(other)))),
                Err(trailers) => return Poll::Ready(Some(Ok(trailers))),
            };
            let encoding = self.encoding;
            if chunk.len() <= INLINE_LEN_MAX {
                return Poll::Ready(Some(Ok(Frame::data(encoding.shortened(&chunk)))));
            }
            let job = tokio::task::spawn_blocking(move || encoding.shortened(&chunk));
            self.job = Some(job);
        }
    }
}

/// Splits a chunk into whole messages with their prefixes, and the rest.
struct Messages<'a>(&'a [u8]);

impl<'a> Iterator for Messages<'a> {
    type Item = &'a [u8];

    fn next(&mut self) -> Option<&'a [u8]> {
        let len = match *self.0 {
            [] => return None,
            [0, a, b, c, d, ..] => {
                let len = u32::from_be_bytes([a, b, c, d]) as usize;
                self.0.len().min(PREFIX_LEN.saturating_add(len))
            }
            _ => self.0.len(),
        };
        let (framed, rest) = self.0.split_at(len);
        self.0 = rest;
        Some(framed)
    }
}

/// Whether it is a whole message that is worth compressing.
fn is_long(framed: &[u8]) -> bool {
    match framed {
        [0, a, b, c, d, message @ ..] => {
            message.len() > PLAIN_LEN_MAX
                && message.len() == u32::from_be_bytes([*a, *b, *c, *d]) as usize
        }
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn framed(message: &[u8]) -> Bytes {
        let mut framed = BytesMut::new();
        framed.put_u8(0);
        framed.put_u32(u32::try_from(message.len()).expect("short"));
        framed.put_slice(message);
        framed.freeze()
    }

    #[test]
    fn long_messages_are_shorter_and_say_so() {
        let message = framed(&b"announcement ".repeat(1_000));
        for encoding in [Encoding::Gzip, Encoding::Zstd] {
            let short = encoding.shortened(&message);
            assert!(short.len() < message.len() / 10, "{}", short.len());
            assert_eq!(short[0], 1);
            let told = u32::from_be_bytes([short[1], short[2], short[3], short[4]]);
            assert_eq!(told as usize, short.len() - PREFIX_LEN);
        }
    }

    #[test]
    fn short_messages_stay_as_they_are() {
        assert!(is_long(&framed(&[7; 1_025])));
        assert!(!is_long(&framed(&[7; 1_024])));
        // Noise does not get shorter, so it stays uncompressed too.
        let mut state = 1_u64;
        let noise: Vec<u8> = std::iter::repeat_with(|| {
            state = state
                .wrapping_mul(6_364_136_223_846_793_005)
                .wrapping_add(1);
            (state >> 56) as u8
        })
        .take(2_000)
        .collect();
        let message = framed(&noise);
        assert_eq!(Encoding::Zstd.shortened(&message), message);
    }

    #[test]
    fn of_several_messages_the_long_ones_are_shortened() {
        let (short, long) = (framed(b"short"), framed(&[7; 5_000]));
        let chunk = Bytes::from([&short[..], &long, &short, &long].concat());
        let shortened = Encoding::Gzip.shortened(&chunk);
        let alone = Encoding::Gzip.shortened(&long);
        assert!(alone.len() < 100, "{}", alone.len());
        assert_eq!(shortened, [&short[..], &alone, &short, &alone].concat());
    }

    #[test]
    fn the_first_encoding_that_the_client_accepts_is_taken() {
        let accepted = |text: &str| {
            let mut headers = HeaderMap::new();
            headers.insert("grpc-accept-encoding", text.parse().expect("a header"));
            Encoding::accepted(&headers)
        };
        assert_eq!(accepted("identity, deflate, gzip"), Some(Encoding::Gzip));
        assert_eq!(accepted("zstd,gzip"), Some(Encoding::Zstd));
        assert_eq!(accepted("identity,br"), None);
    }
}
