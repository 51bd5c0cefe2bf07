//! Reads requests that write events.

use std::collections::BTreeSet;

use super::write;
use crate::{
    command::{Method, Write},
    domain::{Micros, ResourceName, Violations},
    proto::v1,
    publish::{
        BATCH_LEN_MAX, EventUpdate, MERGE_LEN_MAX, Merger, NewEvent, Redact, Restoration,
        Retraction,
    },
    rejection::Rejection,
    wire::{EventMessage, NoteMessage},
};

impl TryFrom<v1::CreateEventRequest> for Write<NewEvent> {
    type Error = Rejection;

    fn try_from(request: v1::CreateEventRequest) -> Result<Self, Rejection> {
        let (id, validate_only) = (&request.request_id, request.validate_only);
        let conditions = write::Conditions {
            known_since: request.known_since,
            tracking: request.tracking.clone(),
            precondition: request.precondition.clone(),
        };
        let mut terms = write::terms(
            Method::CreateEvent,
            &request,
            (id, validate_only),
            conditions,
        )?;
        let known_since = terms.known_since();
        match new_event(request, known_since, &mut terms.wrong)? {
            Some(what) => Ok(Write { what, terms }),
            None => Err(terms.wrong.into()),
        }
    }
}

impl TryFrom<v1::BatchCreateEventsRequest> for Write<Vec<NewEvent>> {
    type Error = Rejection;

    fn try_from(request: v1::BatchCreateEventsRequest) -> Result<Self, Rejection> {
        let validates = batch_validates_only(&request);
        let validate_only = *validates.as_ref().unwrap_or(&true);
        let id = &request.request_id;
        let conditions = write::Conditions {
            known_since: None,
            tracking: request.tracking.clone(),
            precondition: request.precondition.clone(),
        };
        let method = Method::BatchCreateEvents;
        let mut terms = write::terms(method, &request, (id, validate_only), conditions)?;
        write::needed(&mut terms.wrong, validates)?;
        let mut known = Vec::with_capacity(request.requests.len());
        for (at, request) in request.requests.iter().enumerate() {
            known.push(request.known_since.and_then(|given| {
                let field = format!("requests[{at}].known_since");
                write::read_known_since(&field, Some(given), &mut terms)
            }));
        }
        match new_events(request.requests, known, &mut terms.wrong)? {
            Some(what) => Ok(Write { what, terms }),
            None => Err(terms.wrong.into()),
        }
    }
}

impl TryFrom<v1::UpdateEventRequest> for Write<EventUpdate> {
    type Error = Rejection;

    fn try_from(request: v1::UpdateEventRequest) -> Result<Self, Rejection> {
        let (id, validate_only) = (&request.request_id, request.validate_only);
        let conditions = write::Conditions {
            known_since: request.known_since,
            tracking: request.tracking.clone(),
            ..Default::default()
        };
        let mut terms = write::terms(
            Method::UpdateEvent,
            &request,
            (id, validate_only),
            conditions,
        )?;
        let known_since = terms.known_since();
        let wrong = &mut terms.wrong;
        let event = write::needed(wrong, write::required("event", request.event))?;
        let what = EventUpdate {
            name: write::needed(wrong, event_name("event.name", &event.name))?,
            event: event.into(),
            mask: request.update_mask.unwrap_or_default().paths,
            note: request.change_note.map(NoteMessage::from),
            known_since,
        };
        Ok(Write { what, terms })
    }
}

impl TryFrom<v1::RetractEventRequest> for Write<Retraction> {
    type Error = Rejection;

    fn try_from(request: v1::RetractEventRequest) -> Result<Self, Rejection> {
        let (id, validate_only) = (&request.request_id, request.validate_only);
        let conditions = write::Conditions {
            known_since: request.known_since,
            tracking: request.tracking.clone(),
            ..Default::default()
        };
        let mut terms = write::terms(
            Method::RetractEvent,
            &request,
            (id, validate_only),
            conditions,
        )?;
        let known_since = terms.known_since();
        let wrong = &mut terms.wrong;
        let superseded_by = match request.superseded_by.as_str() {
            "" => None,
            name => write::heard(wrong, event_name("superseded_by", name))?,
        };
        let what = Retraction {
            name: write::needed(wrong, event_name("name", &request.name))?,
            etag: request.etag,
            note: request.change_note.map(NoteMessage::from),
            known_since,
            superseded_by,
        };
        Ok(Write { what, terms })
    }
}

impl TryFrom<v1::RestoreEventRequest> for Write<Restoration> {
    type Error = Rejection;

    fn try_from(request: v1::RestoreEventRequest) -> Result<Self, Rejection> {
        let (id, validate_only) = (&request.request_id, request.validate_only);
        let conditions = write::Conditions {
            known_since: request.known_since,
            tracking: request.tracking.clone(),
            ..Default::default()
        };
        let mut terms = write::terms(
            Method::RestoreEvent,
            &request,
            (id, validate_only),
            conditions,
        )?;
        let known_since = terms.known_since();
        let name = event_name("name", &request.name);
        let what = Restoration {
            name: write::needed(&mut terms.wrong, name)?,
            etag: request.etag,
            note: request.change_note.map(NoteMessage::from),
            known_since,
        };
        Ok(Write { what, terms })
    }
}

impl TryFrom<v1::MergeEventsRequest> for Write<Merger> {
    type Error = Rejection;

    fn try_from(request: v1::MergeEventsRequest) -> Result<Self, Rejection> {
        let (id, validate_only) = (&request.request_id, request.validate_only);
        let conditions = write::Conditions {
            known_since: request.known_since,
            tracking: request.tracking.clone(),
            ..Default::default()
        };
        let mut terms = write::terms(
            Method::MergeEvents,
            &request,
            (id, validate_only),
            conditions,
        )?;
        let known_since = terms.known_since();
        let what = merger(request, known_since, &mut terms.wrong)?;
        Ok(Write { what, terms })
    }
}

impl TryFrom<v1::RedactEventRequest> for Write<Redact> {
    type Error = Rejection;

    fn try_from(request: v1::RedactEventRequest) -> Result<Self, Rejection> {
        let (id, validate_only) = (&request.request_id, request.validate_only);
        let conditions = write::Conditions {
            known_since: request.known_since,
            tracking: request.tracking.clone(),
            ..Default::default()
        };
        let mut terms = write::terms(
            Method::RedactEvent,
            &request,
            (id, validate_only),
            conditions,
        )?;
        let known_since = terms.known_since();
        let name = event_name("name", &request.name);
        let what = Redact {
            name: write::needed(&mut terms.wrong, name)?,
            etag: request.etag,
            note: request.change_note.map(NoteMessage::from),
            known_since,
        };
        Ok(Write { what, terms })
    }
}

/// The name of an event that a request has in `field`.
fn event_name(field: &'static str, name: &str) -> Result<ResourceName, Rejection> {
    let slug = ResourceName::event_slug(name).map_err(|why| Rejection::argument(field, why))?;
    Ok(ResourceName::Event(slug))
}

/// Reads an event to create, with a stand-in if its name is refused; `None` if the event is missing.
fn new_event(
    request: v1::CreateEventRequest,
    known_since: Option<Micros>,
    wrong: &mut Violations,
) -> Result<Option<NewEvent>, Rejection> {
    let named = request.event.as_ref().map_or("", |event| &event.name);
    let slug = write::new_name("event", &request.event_id, named, ResourceName::event_slug);
    let event = request.event.map(EventMessage::from);
    let event = write::heard(wrong, write::required("event", event))?;
    let slug = write::heard(wrong, slug)?.unwrap_or_else(write::stand_in);
    Ok(event.map(|event| NewEvent {
        name: ResourceName::Event(slug),
        event,
        note: request.change_note.map(NoteMessage::from),
        known_since,
    }))
}

fn batch_validates_only(batch: &v1::BatchCreateEventsRequest) -> Result<bool, Rejection> {
    let refused = |why: String| Err(Rejection::argument("requests", why));
    let count = batch.requests.len();
    if count == 0 || count > BATCH_LEN_MAX {
        return refused(format!("has {count} entries; send 1 to {BATCH_LEN_MAX}"));
    }
    if batch
        .requests
        .iter()
        .any(|request| !request.request_id.is_empty())
    {
        return refused("has a request_id of its own; give one for the whole batch".to_owned());
    }
    let has_own = |request: &v1::CreateEventRequest| {
        request.precondition.is_some() || request.tracking.is_some()
    };
    if batch.requests.iter().any(has_own) {
        let why = "has a precondition or tracking of its own; give one for the whole batch";
        return refused(why.to_owned());
    }
    let validating = batch
        .requests
        .iter()
        .filter(|request| request.validate_only)
        .count();
    if validating != 0 && validating != count {
        return refused("differ in validate_only; set it in all or in none".to_owned());
    }
    Ok(validating != 0)
}

/// Reads events to create; `None` if one of them is missing.
fn new_events(
    requests: Vec<v1::CreateEventRequest>,
    known: Vec<Option<Micros>>,
    wrong: &mut Violations,
) -> Result<Option<Vec<NewEvent>>, Rejection> {
    let requests: Vec<_> = requests.into_iter().zip(known).collect();
    let read = wrong.each("requests", requests, |(request, known_since), wrong| {
        new_event(request, known_since, wrong)
    });
    read.into_iter().collect()
}

fn merger(
    request: v1::MergeEventsRequest,
    known_since: Option<Micros>,
    wrong: &mut Violations,
) -> Result<Merger, Rejection> {
    let into = write::heard(wrong, event_name("into", &request.into))?;
    let duplicates = duplicates(&request.names, into.as_ref());
    let duplicates = write::needed(wrong, duplicates)?;
    Ok(Merger {
        into: into.ok_or_else(|| std::mem::take(wrong))?,
        etag: request.etag,
        duplicates,
        note: request.change_note.map(NoteMessage::from),
        known_since,
    })
}

fn duplicates(
    names: &[String],
    into: Option<&ResourceName>,
) -> Result<Vec<ResourceName>, Rejection> {
    let refused = |why: String| Err(Rejection::argument("names", why));
    let count = names.len();
    if count == 0 || count > MERGE_LEN_MAX {
        return refused(format!("has {count} entries; send 1 to {MERGE_LEN_MAX}"));
    }
    let names = names.iter().map(|name| event_name("names", name));
    let duplicates: Vec<ResourceName> = names.collect::<Result<_, _>>()?;
    if duplicates.iter().collect::<BTreeSet<_>>().len() != count {
        return refused("names an event twice; name each once".to_owned());
    }
    match into {
        Some(into) if duplicates.contains(into) => refused(format!(
            "has {into}, which is the event that stays; leave it out"
        )),
        _ => Ok(duplicates),
    }
}
