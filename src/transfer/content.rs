//! The content of a resource as its publisher wrote it, without the output-only fields.

use prost::{Message, Name};
use prost_reflect::ReflectMessage;

use crate::proto::v1::{Body, Event, FuzzyDate, Partnership, Party, Source};

use super::json::reflect;

pub(super) fn event(event: &Event) -> Event {
    let mut content = Event {
        state: 0,
        revision: 0,
        etag: String::new(),
        position: 0,
        create_time: None,
        update_time: None,
        retract_time: None,
        change_note: None,
        author: String::new(),
        superseded_by: String::new(),
        overdue: false,
        known_since: None,
        ..event.clone()
    };
    let dates = [&mut content.date, &mut content.announce_date];
    dates.into_iter().flatten().for_each(as_written);
    let dates = [&mut content.effective_date, &mut content.end_date];
    dates.into_iter().flatten().for_each(as_written);
    let planned = content.planned_completion_date.iter_mut();
    planned.for_each(as_written);
    content.previous_dates.iter_mut().for_each(as_written);
    let amounts = content.amounts.iter_mut();
    let amounts = amounts.filter_map(|amount| amount.period.as_mut());
    amounts.for_each(as_written);
    let quantities = content.quantities.iter_mut();
    let quantities = quantities.filter_map(|quantity| quantity.period.as_mut());
    quantities.for_each(as_written);
    parties(&mut content.parties);
    sources(&mut content.sources);
    content
}

pub(super) fn partnership(partnership: &Partnership) -> Partnership {
    let mut content = Partnership {
        revision: 0,
        etag: String::new(),
        position: 0,
        create_time: None,
        update_time: None,
        event_count: 0,
        change_note: None,
        author: String::new(),
        redacted: false,
        known_since: None,
        ..partnership.clone()
    };
    let dates = [&mut content.established, &mut content.ended];
    dates.into_iter().flatten().for_each(as_written);
    parties(&mut content.parties);
    sources(&mut content.sources);
    content
}

pub(super) fn body(body: &Body) -> Body {
    let mut content = Body {
        revision: 0,
        etag: String::new(),
        position: 0,
        create_time: None,
        update_time: None,
        change_note: None,
        author: String::new(),
        redacted: false,
        known_since: None,
        ..body.clone()
    };
    let dates = [&mut content.established, &mut content.dissolved];
    dates.into_iter().flatten().for_each(as_written);
    for name in &mut content.names {
        let dates = [&mut name.since, &mut name.until];
        dates.into_iter().flatten().for_each(as_written);
    }
    let successions = content
        .predecessors
        .iter_mut()
        .chain(&mut content.successors);
    successions
        .filter_map(|it| it.date.as_mut())
        .for_each(as_written);
    sources(&mut content.sources);
    content
}

/// Returns `resource` with only its name and the given fields. Fails when it has no such field.
pub(super) fn only<M: Message + Name + Default>(
    resource: &M,
    fields: &[String],
) -> Result<M, String> {
    let whole = reflect(resource)?;
    let descriptor = whole.descriptor();
    if let Some(field) = fields
        .iter()
        .find(|field| descriptor.get_field_by_name(field).is_none())
    {
        return Err(format!(
            "{} has no field {field}: this program is too old",
            M::NAME
        ));
    }
    let mut part = whole.clone();
    let kept = |name: &str| name == "name" || fields.iter().any(|field| field == name);
    whole
        .fields()
        .filter(|(field, _)| !kept(field.name()))
        .for_each(|(field, _)| {
            part.clear_field(&field);
        });
    part.transcode_to().map_err(|error| error.to_string())
}

fn parties(parties: &mut [Party]) {
    let standings = parties.iter_mut().flat_map(|party| &mut party.standings);
    let since = standings.filter_map(|standing| standing.since.as_mut());
    since.for_each(as_written);
}

fn sources(sources: &mut [Source]) {
    sources
        .iter_mut()
        .filter_map(|source| source.publish_date.as_mut())
        .for_each(as_written);
}

fn as_written(date: &mut FuzzyDate) {
    date.earliest.clear();
    date.latest.clear();
}
