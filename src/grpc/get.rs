//! Reads requests for single events.

use super::{page_size::SIZE_MAX, read_at::read_at, rows::EncodedRows};
use crate::{
    command::{BatchGetEvents, GetEvent},
    domain::{ResourceName, Violations},
    proto::{numbers::v1::batch_get_events_response, v1},
    rejection::Rejection,
};

/// The rows of `BatchGetEventsResponse`.
pub(super) type BatchRows = EncodedRows<{ batch_get_events_response::EVENTS }>;

impl TryFrom<v1::GetEventRequest> for GetEvent {
    type Error = Rejection;

    fn try_from(request: v1::GetEventRequest) -> Result<Self, Rejection> {
        let (event, revision) = parse_name(&request.name)?;
        Ok(GetEvent {
            event,
            revision,
            at: read_at(
                request.min_position,
                request.as_of_position,
                request.as_of_time,
                request.known_at,
            )?,
            name: request.name,
        })
    }
}

impl TryFrom<v1::BatchGetEventsRequest> for BatchGetEvents<BatchRows> {
    type Error = Rejection;

    fn try_from(request: v1::BatchGetEventsRequest) -> Result<Self, Rejection> {
        Ok(BatchGetEvents {
            names: parse_names(request.names)?,
            at: read_at(
                request.min_position,
                request.as_of_position,
                request.as_of_time,
                request.known_at,
            )?,
            rows: BatchRows::default(),
        })
    }
}

fn parse_names(names: Vec<String>) -> Result<Vec<String>, Rejection> {
    if names.is_empty() || names.len() > SIZE_MAX {
        let why = format!("has {} entries; send 1 to {SIZE_MAX}", names.len());
        return Err(Rejection::argument("names", why));
    }
    let mut violations = Violations::default();
    violations.each("names", &names, |name, scope| {
        if let Err(why) = ResourceName::event_slug(name) {
            scope.add("", why);
        }
    });
    Ok(violations.into_result(names)?)
}

/// "events/{event}" or "events/{event}/revisions/{n}"
fn parse_name(name: &str) -> Result<(String, Option<usize>), Rejection> {
    let (event, revision) = match name.split_once("/revisions/") {
        Some((event, number)) => {
            let read = number.parse().ok().filter(|number| *number > 0);
            let why = || format!("revision {number:?} is not a number from 1 on");
            (
                event,
                Some(read.ok_or_else(|| Rejection::argument("name", why()))?),
            )
        }
        None => (name, None),
    };
    ResourceName::event_slug(event).map_err(|why| Rejection::argument("name", why))?;
    Ok((event.to_owned(), revision))
}
