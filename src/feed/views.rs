//! How much of a resource is sent.

use bytes::Bytes;
use prost::DecodeError;

use super::request::View;
use crate::{store::Resource, wire::retain};

/// summary, translations, sources, claims, notes, annotations
const NOT_BASIC_EVENT: [u32; 6] = [8, 10, 23, 24, 26, 27];
/// translations, sources, notes
const NOT_BASIC_PARTNERSHIP: [u32; 3] = [4, 10, 11];

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
