//! How much of a resource is sent.

use bytes::Bytes;
use prost::DecodeError;

use super::{change::Resource, fields::retain};
use crate::proto::{
    numbers::v1::{event, partnership},
    v1,
};

/// How much of a resource to send.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum View {
    Basic,
    Full,
}

/// As the proto says of `VIEW_BASIC`.
const NOT_BASIC_EVENT: [u32; 6] = [
    event::SUMMARY,
    event::TRANSLATIONS,
    event::SOURCES,
    event::CLAIMS,
    event::NOTES,
    event::ANNOTATIONS,
];
const NOT_BASIC_PARTNERSHIP: [u32; 3] = [
    partnership::TRANSLATIONS,
    partnership::SOURCES,
    partnership::NOTES,
];

impl View {
    /// As a client gave it; `default` when it did not say.
    pub fn or(given: v1::View, default: View) -> View {
        match given {
            v1::View::Unspecified => default,
            v1::View::Basic => View::Basic,
            v1::View::Full => View::Full,
        }
    }

    /// The encoded resource, or less of it.
    pub fn of(self, resource: Resource) -> Result<Bytes, DecodeError> {
        match (self, resource) {
            (View::Full, resource) => Ok(resource.into_bytes()),
            (View::Basic, Resource::Event(event)) => {
                retain(&event, |tag| !NOT_BASIC_EVENT.contains(&tag))
            }
            (View::Basic, Resource::Partnership(partnership)) => {
                retain(&partnership, |tag| !NOT_BASIC_PARTNERSHIP.contains(&tag))
            }
        }
    }
}
