//! How much of a resource is sent.

use bytes::Bytes;
use prost::DecodeError;

use super::{change::Resource, fields::retain};
use crate::{
    domain::View,
    proto::{
        numbers::v1::{event, partnership},
        v1,
    },
};

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

/// What a message says of a view, if anything.
pub fn view_of(given: v1::View) -> Option<View> {
    match given {
        v1::View::Unspecified => None,
        v1::View::Basic => Some(View::Basic),
        v1::View::Full => Some(View::Full),
    }
}

/// The same for a message.
pub fn view_message(view: Option<View>) -> v1::View {
    match view {
        None => v1::View::Unspecified,
        Some(View::Basic) => v1::View::Basic,
        Some(View::Full) => v1::View::Full,
    }
}

/// The encoded resource, or less of it.
pub fn viewed(view: View, resource: Resource) -> Result<Bytes, DecodeError> {
    match (view, resource) {
        (View::Full, resource) => Ok(resource.into_bytes()),
        (View::Basic, Resource::Event(event)) => {
            retain(&event, |tag| !NOT_BASIC_EVENT.contains(&tag))
        }
        (View::Basic, Resource::Partnership(partnership)) => {
            retain(&partnership, |tag| !NOT_BASIC_PARTNERSHIP.contains(&tag))
        }
    }
}
