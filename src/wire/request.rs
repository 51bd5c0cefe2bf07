//! How requests are read.

use std::marker::PhantomData;

use bytes::Buf as _;
use prost::Message;
use tonic::{
    Status,
    codec::{Codec, DecodeBuf, Decoder},
};
use tonic_prost::{ProstDecoder, ProstEncoder};

use super::fields::tags;

/// A oneof: its name, and the numbers of its fields.
pub type Oneof = (&'static str, &'static [u32]);

/// What a decoded request does not show any more.
pub trait Request {
    /// The oneofs of the message, of each of which a request sets no more than one field.
    const ONEOFS: &'static [Oneof];
}

/// How the status of a request ends that sets a oneof twice, behind the name of the oneof.
pub const ONEOF_TWICE: &str = ": the request sets it twice";

/// Reads requests as tonic does, and refuses one that sets a oneof twice. Of two fields of a oneof
/// protobuf keeps the last, so that a client that sends two places to begin at would be served from one
/// of them.
#[derive(Debug)]
pub struct RequestCodec<T, U> {
    messages: PhantomData<(T, U)>,
}

impl<T, U> Default for RequestCodec<T, U> {
    fn default() -> RequestCodec<T, U> {
        RequestCodec {
            messages: PhantomData,
        }
    }
}

impl<T, U> Codec for RequestCodec<T, U>
where
    T: Message + Send + 'static,
    U: Message + Default + Request + Send + 'static,
{
    type Encode = T;
    type Decode = U;
    type Encoder = ProstEncoder<T>;
    type Decoder = RequestDecoder<U>;

    fn encoder(&mut self) -> ProstEncoder<T> {
        ProstEncoder::default()
    }

    fn decoder(&mut self) -> RequestDecoder<U> {
        RequestDecoder(ProstDecoder::default())
    }
}

/// The half of [`RequestCodec`] that reads.
#[derive(Debug)]
pub struct RequestDecoder<U>(ProstDecoder<U>);

impl<U: Message + Default + Request> Decoder for RequestDecoder<U> {
    type Item = U;
    type Error = Status;

    fn decode(&mut self, buf: &mut DecodeBuf<'_>) -> Result<Option<U>, Status> {
        debug_assert_eq!(buf.chunk().len(), buf.remaining(), "it is in one piece");
        if let Some(oneof) = set_twice(U::ONEOFS, buf.chunk()) {
            return Err(Status::invalid_argument(format!("{oneof}{ONEOF_TWICE}")));
        }
        self.0.decode(buf)
    }
}

/// The first oneof that is. What is no message is left to who decodes it.
fn set_twice(oneofs: &[Oneof], message: &[u8]) -> Option<&'static str> {
    let is_set_twice = |(_, numbers): &&Oneof| {
        let set = tags(message).filter(|tag| numbers.contains(tag));
        set.count() > 1
    };
    oneofs.iter().find(is_set_twice).map(|(name, _)| *name)
}

include!(concat!(env!("OUT_DIR"), "/requests.rs"));

#[cfg(test)]
mod tests {
    use super::*;
    use crate::proto::v1::{
        GetEventRequest, WatchEventsRequest,
        watch_events_request::{Begin, End},
    };

    #[test]
    fn s14_a_request_sets_a_oneof_once() {
        let begin = |begin| WatchEventsRequest {
            begin: Some(begin),
            end: Some(End::StopCount(7)),
            ..WatchEventsRequest::default()
        };
        let (one, other) = (begin(Begin::AfterPosition(3)), begin(Begin::Start(1)));
        let (one, other) = (one.encode_to_vec(), other.encode_to_vec());
        let oneofs = WatchEventsRequest::ONEOFS;
        assert_eq!(set_twice(oneofs, &one), None);
        assert_eq!(
            set_twice(oneofs, &[&one[..], &other].concat()),
            Some("begin")
        );
        assert_eq!(
            set_twice(oneofs, &[&one[..], &[0x48, 1]].concat()),
            Some("end")
        );
        assert_eq!(set_twice(oneofs, &[0xff]), None);
        assert!(GetEventRequest::ONEOFS.is_empty());
    }
}
