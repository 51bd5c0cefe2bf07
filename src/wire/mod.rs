//! Conversions between generated messages and domain values, and operations on encoded bytes that
//! avoid decoding them.

mod change;
mod decode;
mod decode_body;
mod decode_event;
mod decode_parts;
mod descriptors;
mod encode_body;
mod encode_event;
mod encode_parts;
mod encoded;
mod facts;
mod fields;
mod mask;
mod messages;
mod request;
mod view;

pub use change::{
    NewChange, Resource, creates, is_without_content, redacted_name, without_content,
};
pub use decode::micros;
pub use decode_body::{body_content, names_of_body};
pub use decode_event::{change_note, event_content, event_content_with, partnership_content};
pub use descriptors::descriptors;
pub use encode_body::encode_body;
pub use encode_event::{encode_change_note, encode_event, encode_partnership};
pub use encode_parts::timestamp;
pub use encoded::{ANSWER_LEN_MAX, Encoded};
pub use facts::{body_facts, event_facts, partnership_facts};
pub use fields::{
    nested, put_bytes, put_prefix, put_timestamp, put_varint, put_varint_always, retain,
};
pub use mask::{apply_mask, changed_fields};
pub use messages::{
    BodyMessage, EventMessage, NoteMessage, PartnershipMessage, RecordMessage, ResourceMessage,
    RevisionFields,
};
pub use request::{
    BoxedCreateEventRequest, BoxedUpdateEventRequest, ONEOF_TWICE, Oneof, Request, RequestCodec,
};
pub use view::{apply_view, view_message, view_of};

/// The traits of the services of `entente.v1`, whose requests are decoded by [`RequestCodec`] and
/// whose answers with events are [`Encoded`].
#[allow(clippy::all, missing_docs)]
pub mod services {
    include!(concat!(env!("OUT_DIR"), "/server/entente.v1.rs"));
}

#[cfg(test)]
mod conversion_tests;
#[cfg(test)]
mod decode_tests;
#[cfg(test)]
mod facts_tests;
