//! `PublisherService`: parse, ask below, convert the answer.

use std::collections::BTreeSet;

use tonic::{Request, Response, Status, async_trait};

use super::{answer::written, write};
use crate::{
    domain::{ResourceName, Violations},
    proto::v1,
    publish::{
        BATCH_LEN_MAX, EventUpdate, MERGE_LEN_MAX, Merger, NewEvent, Publisher, Restoration,
        Retraction,
    },
    rejection::Rejection,
    wire::{Encoded, NoteMessage, services::publisher_service_server::PublisherService},
};

/// Writes of events.
#[derive(Clone)]
pub struct Publishing {
    pub(super) publisher: Publisher,
}

#[async_trait]
impl PublisherService for Publishing {
    async fn create_event(
        &self,
        request: Request<v1::CreateEventRequest>,
    ) -> Result<Response<Encoded>, Status> {
        let mut context = write::context(&request, |request| {
            ("CreateEvent", &request.request_id, request.validate_only)
        });
        let new = new_event(request.into_inner(), &mut context.wrong);
        let Some(new) = new? else {
            return Err(Rejection::from(context.wrong).into());
        };
        Ok(Response::new(written(
            &self.publisher.create_event(new, context).await?,
        )))
    }

    async fn batch_create_events(
        &self,
        request: Request<v1::BatchCreateEventsRequest>,
    ) -> Result<Response<Encoded>, Status> {
        let validates = batch_validates_only(request.get_ref());
        let validate_only = *validates.as_ref().unwrap_or(&true);
        let mut context = write::context(&request, |request| {
            ("BatchCreateEvents", &request.request_id, validate_only)
        });
        write::needed(&mut context.wrong, validates)?;
        let new = new_events(request.into_inner().requests, &mut context.wrong);
        let Some(new) = new? else {
            return Err(Rejection::from(context.wrong).into());
        };
        Ok(Response::new(written(
            &self.publisher.create_events(new, context).await?,
        )))
    }

    async fn update_event(
        &self,
        request: Request<v1::UpdateEventRequest>,
    ) -> Result<Response<Encoded>, Status> {
        let mut context = write::context(&request, |request| {
            ("UpdateEvent", &request.request_id, request.validate_only)
        });
        let request = request.into_inner();
        let wrong = &mut context.wrong;
        let event = write::needed(wrong, write::required("event", request.event))?;
        let update = EventUpdate {
            name: write::needed(wrong, event_name("event.name", &event.name))?,
            event: event.into(),
            mask: request.update_mask.unwrap_or_default().paths,
            note: request.change_note.map(NoteMessage::from),
        };
        Ok(Response::new(written(
            &self.publisher.write(update, context).await?,
        )))
    }

    async fn retract_event(
        &self,
        request: Request<v1::RetractEventRequest>,
    ) -> Result<Response<Encoded>, Status> {
        let mut context = write::context(&request, |request| {
            ("RetractEvent", &request.request_id, request.validate_only)
        });
        let request = request.into_inner();
        let wrong = &mut context.wrong;
        let superseded_by = match request.superseded_by.as_str() {
            "" => None,
            name => write::heard(wrong, event_name("superseded_by", name))?,
        };
        let name = write::needed(wrong, event_name("name", &request.name))?;
        let (etag, note) = (request.etag, request.change_note.map(NoteMessage::from));
        let retraction = Retraction {
            name,
            etag,
            note,
            superseded_by,
        };
        Ok(Response::new(written(
            &self.publisher.write(retraction, context).await?,
        )))
    }

    async fn restore_event(
        &self,
        request: Request<v1::RestoreEventRequest>,
    ) -> Result<Response<Encoded>, Status> {
        let mut context = write::context(&request, |request| {
            ("RestoreEvent", &request.request_id, request.validate_only)
        });
        let request = request.into_inner();
        let name = event_name("name", &request.name);
        let restoration = Restoration {
            name: write::needed(&mut context.wrong, name)?,
            etag: request.etag,
            note: request.change_note.map(NoteMessage::from),
        };
        Ok(Response::new(written(
            &self.publisher.write(restoration, context).await?,
        )))
    }

    async fn merge_events(
        &self,
        request: Request<v1::MergeEventsRequest>,
    ) -> Result<Response<Encoded>, Status> {
        let mut context = write::context(&request, |request| {
            ("MergeEvents", &request.request_id, request.validate_only)
        });
        let merger = merger(request.into_inner(), &mut context.wrong)?;
        Ok(Response::new(written(
            &self.publisher.write(merger, context).await?,
        )))
    }
}

/// The name of an event that a request has in `field`.
pub(super) fn event_name(field: &'static str, name: &str) -> Result<ResourceName, Rejection> {
    let slug = ResourceName::event_slug(name).map_err(|why| Rejection::argument(field, why))?;
    Ok(ResourceName::Event(slug))
}

/// An event to create, under a stand-in when its name is refused; none when there is none.
fn new_event(
    request: v1::CreateEventRequest,
    wrong: &mut Violations,
) -> Result<Option<NewEvent>, Rejection> {
    let named = request.event.as_ref().map_or("", |event| &event.name);
    let slug = write::new_name("event", &request.event_id, named, ResourceName::event_slug);
    let event = write::heard(wrong, write::required("event", request.event))?;
    let slug = write::heard(wrong, slug)?.unwrap_or_else(write::stand_in);
    Ok(event.map(|event| NewEvent {
        name: ResourceName::Event(slug),
        event: event.into(),
        note: request.change_note.map(NoteMessage::from),
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

/// Events to create; none when one of them is missing.
fn new_events(
    requests: Vec<v1::CreateEventRequest>,
    wrong: &mut Violations,
) -> Result<Option<Vec<NewEvent>>, Rejection> {
    let read = wrong.each("requests", requests, new_event);
    read.into_iter().collect()
}

fn merger(request: v1::MergeEventsRequest, wrong: &mut Violations) -> Result<Merger, Rejection> {
    let into = write::heard(wrong, event_name("into", &request.into))?;
    let duplicates = duplicates(&request.names, into.as_ref());
    let duplicates = write::needed(wrong, duplicates)?;
    Ok(Merger {
        into: into.ok_or_else(|| std::mem::take(wrong))?,
        etag: request.etag,
        duplicates,
        note: request.change_note.map(NoteMessage::from),
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
