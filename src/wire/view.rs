//! Views: how much of a resource is sent.

use bytes::Bytes;
use prost::DecodeError;

use super::{change::Resource, fields::retain};
use crate::{
    domain::View,
    proto::{
        numbers::v1::{body, event, partnership},
        v1,
    },
};

/// The fields that `VIEW_BASIC` leaves out, as the proto says.
const NOT_BASIC_EVENT: [u32; 7] = [
    event::SUMMARY,
    event::TRANSLATIONS,
    event::SOURCES,
    event::CLAIMS,
    event::NOTES,
    event::ANNOTATIONS,
    event::SAME_AS,
];
const NOT_BASIC_PARTNERSHIP: [u32; 4] = [
    partnership::TRANSLATIONS,
    partnership::SOURCES,
    partnership::NOTES,
    partnership::SAME_AS,
];
const NOT_BASIC_BODY: [u32; 3] = [body::SOURCES, body::NOTES, body::SAME_AS];

/// Decodes a view; `None` if it is not given.
pub fn view_of(given: v1::View) -> Option<View> {
    match given {
        v1::View::Unspecified => None,
        v1::View::Basic => Some(View::Basic),
        v1::View::Full => Some(View::Full),
    }
}

/// Encodes a view.
pub fn view_message(view: Option<View>) -> v1::View {
    match view {
        None => v1::View::Unspecified,
        Some(View::Basic) => v1::View::Basic,
        Some(View::Full) => v1::View::Full,
    }
}

/// Returns the encoded resource with only the fields of the view.
pub fn apply_view(view: View, resource: Resource) -> Result<Bytes, DecodeError> {
    match (view, resource) {
        (View::Full, resource) => Ok(resource.into_bytes()),
        (View::Basic, Resource::Event(event)) => {
            retain(&event, |tag| !NOT_BASIC_EVENT.contains(&tag))
        }
        (View::Basic, Resource::Partnership(partnership)) => {
            retain(&partnership, |tag| !NOT_BASIC_PARTNERSHIP.contains(&tag))
        }
        (View::Basic, Resource::Body(body)) => retain(&body, |tag| !NOT_BASIC_BODY.contains(&tag)),
    }
}
