//! How much of a resource is sent.

use bytes::Bytes;
use prost::DecodeError;

use super::request::View;
use crate::{
    proto::numbers::v1::{event, partnership},
    store::Resource,
    wire::retain,
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

/// The encoded resource, or less of it.
pub fn of(resource: Resource, view: View) -> Result<Bytes, DecodeError> {
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
