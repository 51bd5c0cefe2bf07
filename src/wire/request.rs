//! The codec of requests.

use std::marker::PhantomData;

use bytes::Buf as _;
use prost::Message;
use tonic::{
    Status,
    codec::{Codec, DecodeBuf, Decoder},
};
use tonic_prost::{ProstDecoder, ProstEncoder};

use super::fields::tags;
use crate::proto::v1;

/// A oneof: its name, and the numbers of its fields.
pub type Oneof = (&'static str, &'static [u32]);

/// Facts about a request type that its decoded form no longer shows.
pub trait Request {
    /// The oneofs of the message. A request may set at most one field of each.
    const ONEOFS: &'static [Oneof];
}

/// The end of the status message for a request that sets a oneof twice; the name of the oneof comes
/// before it.
pub const ONEOF_TWICE: &str = ": the request sets it twice";

/// Decodes requests as tonic does, and refuses one that sets a oneof twice. Protobuf keeps only the
/// last of two fields of a oneof, so the server would ignore one of two start positions without
/// saying so.
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

/// The decoder of [`RequestCodec`].
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

/// Returns the first oneof that is set twice. Malformed messages are left to the decoder.
fn set_twice(oneofs: &[Oneof], message: &[u8]) -> Option<&'static str> {
    let is_set_twice = |(_, numbers): &&Oneof| {
        let set = tags(message).filter(|tag| numbers.contains(tag));
        set.count() > 1
    };
    oneofs.iter().find(is_set_twice).map(|(name, _)| *name)
}

include!(concat!(env!("OUT_DIR"), "/requests.rs"));

impl<R: Request> Request for Box<R> {
    const ONEOFS: &'static [Oneof] = R::ONEOFS;
}

/// The request as the server decodes it.
pub type BoxedCreateEventRequest = Box<v1::CreateEventRequest>;
/// The request as the server decodes it.
pub type BoxedUpdateEventRequest = Box<v1::UpdateEventRequest>;

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
