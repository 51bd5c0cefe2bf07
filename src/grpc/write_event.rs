//! Reads requests that write events.

use std::collections::BTreeMap;

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

impl TryFrom<Box<v1::CreateEventRequest>> for Write<NewEvent> {
    type Error = Rejection;

    fn try_from(request: Box<v1::CreateEventRequest>) -> Result<Self, Rejection> {
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
        let what = new_event(*request, known_since, &mut terms.wrong)?;
        Ok(Write { what, terms })
    }
}

impl TryFrom<v1::BatchCreateEventsRequest> for Write<Vec<NewEvent>> {
    type Error = Rejection;

    fn try_from(request: v1::BatchCreateEventsRequest) -> Result<Self, Rejection> {
        let validate_only = request.requests.iter().any(|request| request.validate_only);
        let id = &request.request_id;
        let conditions = write::Conditions {
            known_since: None,
            tracking: request.tracking.clone(),
            precondition: request.precondition.clone(),
        };
        let method = Method::BatchCreateEvents;
        let mut terms = write::terms(method, &request, (id, validate_only), conditions)?;
        write::needed(&mut terms.wrong, check_batch_len(request.requests.len()))?;
        check_own_conditions(&request.requests, &mut terms.wrong);
        let mut known = Vec::with_capacity(request.requests.len());
        for (at, request) in request.requests.iter().enumerate() {
            known.push(request.known_since.and_then(|given| {
                let field = format!("requests[{at}].known_since");
                write::read_known_since(&field, Some(given), &mut terms)
            }));
        }
        let what = new_events(request.requests, known, &mut terms.wrong)?;
        Ok(Write { what, terms })
    }
}

impl TryFrom<Box<v1::UpdateEventRequest>> for Write<EventUpdate> {
    type Error = Rejection;

    fn try_from(request: Box<v1::UpdateEventRequest>) -> Result<Self, Rejection> {
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

/// Reads an event to create, with stand-ins for what is refused.
fn new_event(
    request: v1::CreateEventRequest,
    known_since: Option<Micros>,
    wrong: &mut Violations,
) -> Result<NewEvent, Rejection> {
    let named = request.event.as_ref().map_or("", |event| &event.name);
    let slug = write::new_name("event", &request.event_id, named, ResourceName::event_slug);
    let event = request.event.map(EventMessage::from);
    let event = write::heard(wrong, write::required("event", event))?;
    let slug = write::heard(wrong, slug)?.unwrap_or_else(write::stand_in);
    Ok(NewEvent {
        name: ResourceName::Event(slug),
        event,
        note: request.change_note.map(NoteMessage::from),
        known_since,
    })
}

fn check_batch_len(count: usize) -> Result<(), Rejection> {
    if (1..=BATCH_LEN_MAX).contains(&count) {
        return Ok(());
    }
    let why = format!("has {count} entries; send 1 to {BATCH_LEN_MAX}");
    Err(Rejection::argument("requests", why))
}

/// Refuses what the requests of a batch may have only for the whole batch.
fn check_own_conditions(requests: &[v1::CreateEventRequest], wrong: &mut Violations) {
    let validate_only = requests.first().is_some_and(|first| first.validate_only);
    let is_sound = |request: &v1::CreateEventRequest| {
        request.request_id.is_empty()
            && request.precondition.is_none()
            && request.tracking.is_none()
            && request.validate_only == validate_only
    };
    // Most batches break no rule; then no paths are built.
    if requests.iter().all(is_sound) {
        return;
    }
    wrong.each("requests", requests, |request, scope| {
        let given = [
            ("request_id", !request.request_id.is_empty()),
            ("precondition", request.precondition.is_some()),
            ("tracking", request.tracking.is_some()),
        ];
        for (field, _) in given.iter().filter(|(_, is_given)| *is_given) {
            scope.add(field, "is for the whole batch; give it there and not here");
        }
        if request.validate_only != validate_only {
            let why = "differs from that of requests[0]; set it in all or in none";
            scope.add("validate_only", why);
        }
    });
}

/// Reads events to create.
fn new_events(
    requests: Vec<v1::CreateEventRequest>,
    known: Vec<Option<Micros>>,
    wrong: &mut Violations,
) -> Result<Vec<NewEvent>, Rejection> {
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
    let duplicates = duplicates(&request.names, into.as_ref(), wrong);
    let (Some(into), Some(duplicates)) = (into, duplicates) else {
        return Err(std::mem::take(wrong).into());
    };
    Ok(Merger {
        into,
        etag: request.etag,
        duplicates,
        note: request.change_note.map(NoteMessage::from),
        known_since,
    })
}

/// Reads the names of the events to merge; `None` if one of them is refused.
fn duplicates(
    names: &[String],
    into: Option<&ResourceName>,
    wrong: &mut Violations,
) -> Option<Vec<ResourceName>> {
    let count = names.len();
    if count == 0 || count > MERGE_LEN_MAX {
        let why = format!("has {count} entries; send 1 to {MERGE_LEN_MAX}");
        wrong.add("names", why);
        return None;
    }
    let mut seen = BTreeMap::new();
    let names: Vec<_> = names.iter().enumerate().collect();
    let read = wrong.each("names", names, |(at, name), scope| {
        let slug = ResourceName::event_slug(name).map_err(|why| scope.add("", why));
        let name = ResourceName::Event(slug.ok()?);
        if let Some(earlier) = seen.insert(name.clone(), at) {
            scope.add(
                "",
                format!("repeats names[{earlier}]; name each event once"),
            );
            return None;
        }
        if into == Some(&name) {
            scope.add(
                "",
                format!("is {name}, which is the event that stays; leave it out"),
            );
            return None;
        }
        Some(name)
    });
    read.into_iter().collect()
}
