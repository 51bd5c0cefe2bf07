use std::{collections::HashSet, mem};

use prost::{Message, Name};
use prost_types::{FieldMask, Timestamp};

use crate::proto::v1::{
    self, ChangeType, CreateBodyRequest, CreateEventRequest, CreatePartnershipRequest, EventChange,
    MergeEventsRequest, RestoreEventRequest, RetractEventRequest, TransferLine, UpdateBodyRequest,
    UpdateEventRequest, UpdatePartnershipRequest, transfer_line::Write,
};

use super::content;

/// Turns the changes of a log, in order, into the lines that reproduce them.
///
/// Written in order to an empty store, the lines give the same history: the same changes at the
/// same positions, except for redacted resources, which have no content left. Authors, commit times
/// and therefore digests are those of the new store, because a client cannot prove who wrote a
/// change or when; a line says since when its content is known, which is not later than its
/// commit. Each line has the request id `export/<store epoch>/<position>`, so writing it
/// twice is harmless.
#[derive(Debug)]
pub struct LineBuilder {
    store_epoch: String,
    unfinished: Vec<EventChange>,
    left_out: usize,
    /// Redacted resources, which are left out.
    redacted: HashSet<String>,
    without_successor: usize,
}

impl LineBuilder {
    /// Begins at the start of the log with this epoch.
    pub fn new(store_epoch: impl Into<String>) -> Self {
        Self {
            store_epoch: store_epoch.into(),
            unfinished: Vec::new(),
            left_out: 0,
            redacted: HashSet::new(),
            without_successor: 0,
        }
    }

    /// Adds the next change and returns the lines that it completes: none until its atomic write is
    /// complete, one for a merger of any size, one for each event of a batch.
    ///
    /// Fails when a change cannot be expressed as a line, because a later version wrote it.
    pub fn push(&mut self, change: EventChange) -> Result<Vec<TransferLine>, String> {
        let continued = change.continued;
        self.unfinished.push(change);
        if continued {
            return Ok(Vec::new());
        }
        let group = mem::take(&mut self.unfinished);
        let (redacted, mut group): (Vec<_>, Vec<_>) = group.into_iter().partition(is_redacted);
        self.left_out += redacted.len();
        let names = redacted.iter().filter_map(name);
        self.redacted.extend(names.map(str::to_owned));
        // What is left out cannot be named.
        for change in &mut group {
            self.remove_names(change);
        }
        self.lines(&group)
    }

    /// Removes the names of redacted resources where a resource must exist to be named.
    fn remove_names(&mut self, change: &mut EventChange) {
        if self.redacted.is_empty() {
            return;
        }
        let redacted = &self.redacted;
        let without_body = |parties: &mut Vec<v1::Party>| {
            for party in parties.iter_mut() {
                if redacted.contains(&party.body) {
                    party.body.clear();
                }
            }
            // Without a name, nothing is left of it.
            parties.retain(|party| {
                !party.display_name.is_empty()
                    || !party.country_code.is_empty()
                    || !party.body.is_empty()
            });
        };
        if let Some(event) = &mut change.event {
            event.partnerships.retain(|name| !redacted.contains(name));
            without_body(&mut event.parties);
            without_body(&mut event.subjects);
            if redacted.contains(&event.superseded_by) {
                event.superseded_by.clear();
                self.without_successor += 1;
            }
        }
        if let Some(partnership) = &mut change.partnership {
            without_body(&mut partnership.parties);
        }
    }

    /// Returns how many changes of redacted resources were left out.
    pub fn left_out(&self) -> usize {
        self.left_out
    }

    /// Returns how many events were retracted or merged in favour of an event that is now redacted.
    /// They are written as retracted without a successor.
    pub fn without_successor(&self) -> usize {
        self.without_successor
    }

    /// Returns whether every added change is part of a returned line.
    pub fn is_complete(&self) -> bool {
        self.unfinished.is_empty()
    }

    fn lines(&self, group: &[EventChange]) -> Result<Vec<TransferLine>, String> {
        let merger = self.merger(group);
        let told = |change: &&EventChange| merger.as_ref().is_none_or(|m| !is_part_of(m, change));
        let others: Result<Vec<_>, _> = group
            .iter()
            .filter(told)
            .map(|change| self.write(change))
            .collect();
        let writes = merger
            .clone()
            .map(Write::MergeEvents)
            .into_iter()
            .chain(others?);
        Ok(writes
            .map(|write| TransferLine { write: Some(write) })
            .collect())
    }

    /// MergeEvents writes one change for each duplicate and one for the event that stays.
    fn merger(&self, group: &[EventChange]) -> Option<MergeEventsRequest> {
        let is_merged = |change: &&EventChange| change.r#type() == ChangeType::Merged;
        let merged = group
            .iter()
            .filter(is_merged)
            .filter_map(|change| change.event.as_ref());
        let merged: Vec<&v1::Event> = merged.collect();
        let first = merged.first()?;
        // If the event that stays is redacted, its change is left out and there is nothing to merge
        // into.
        group.iter().find_map(|change| {
            Some(change.event.as_ref()?).filter(|event| event.name == first.superseded_by)
        })?;
        Some(MergeEventsRequest {
            into: first.superseded_by.clone(),
            names: merged.iter().map(|event| event.name.clone()).collect(),
            change_note: first.change_note.clone(),
            request_id: self.request_id(group.iter().map(position).min()?),
            known_since: known_since(first.known_since, first.update_time),
            ..Default::default()
        })
    }

    fn write(&self, change: &EventChange) -> Result<Write, String> {
        let request_id = self.request_id(position(change));
        if let Some(event) = &change.event {
            return event_write(change, event, request_id);
        }
        if let Some(partnership) = &change.partnership {
            return partnership_write(change, partnership, request_id);
        }
        match &change.body {
            Some(body) => body_write(change, body, request_id),
            None => Err("a change has no event, partnership or body".into()),
        }
    }

    fn request_id(&self, position: i64) -> String {
        format!("export/{}/{position}", self.store_epoch)
    }
}

fn is_redacted(change: &EventChange) -> bool {
    let event = change.event.as_ref();
    event.is_some_and(|event| event.state() == v1::State::Redacted)
        || change.partnership.as_ref().is_some_and(|it| it.redacted)
        || change.body.as_ref().is_some_and(|it| it.redacted)
}

fn name(change: &EventChange) -> Option<&str> {
    let event = change.event.as_ref().map(|event| event.name.as_str());
    let partnership = || change.partnership.as_ref().map(|it| it.name.as_str());
    let body = || change.body.as_ref().map(|it| it.name.as_str());
    event.or_else(partnership).or_else(body)
}

fn is_part_of(merger: &MergeEventsRequest, change: &EventChange) -> bool {
    let name = change.event.as_ref().map(|event| &event.name);
    match change.r#type() {
        ChangeType::Merged => true,
        ChangeType::Updated => name == Some(&merger.into),
        _ => false,
    }
}

/// Returns the position of a change; 0 if it has no resource.
pub fn position(change: &EventChange) -> i64 {
    let event = change.event.as_ref().map(|event| event.position);
    let partnership = || change.partnership.as_ref().map(|it| it.position);
    let body = || change.body.as_ref().map(|it| it.position);
    event.or_else(partnership).or_else(body).unwrap_or_default()
}

/// Returns when a revision became known, so that this is not lost with the commit time.
fn known_since(known: Option<Timestamp>, committed: Option<Timestamp>) -> Option<Timestamp> {
    known.or(committed)
}

fn event_write(
    change: &EventChange,
    event: &v1::Event,
    request_id: String,
) -> Result<Write, String> {
    let change_note = event.change_note.clone();
    let known_since = known_since(event.known_since, event.update_time);
    let name = event.name.clone();
    Ok(match change.r#type() {
        ChangeType::Created => Write::CreateEvent(CreateEventRequest {
            event: Some(content::event(event)),
            request_id,
            change_note,
            known_since,
            ..Default::default()
        }),
        ChangeType::Updated => Write::UpdateEvent(UpdateEventRequest {
            event: Some(part(&content::event(event), change)?),
            update_mask: Some(mask(change)),
            change_note,
            request_id,
            known_since,
            ..Default::default()
        }),
        ChangeType::Retracted => Write::RetractEvent(RetractEventRequest {
            name,
            change_note,
            superseded_by: event.superseded_by.clone(),
            request_id,
            known_since,
            ..Default::default()
        }),
        ChangeType::Merged => Write::RetractEvent(RetractEventRequest {
            name,
            change_note,
            request_id,
            known_since,
            ..Default::default()
        }),
        ChangeType::Restored => Write::RestoreEvent(RestoreEventRequest {
            name,
            change_note,
            request_id,
            known_since,
            ..Default::default()
        }),
        other => return Err(cannot_export(&event.name, event.position, other)),
    })
}

fn partnership_write(
    change: &EventChange,
    partnership: &v1::Partnership,
    request_id: String,
) -> Result<Write, String> {
    let content = content::partnership(partnership);
    let change_note = partnership.change_note.clone();
    let known_since = known_since(partnership.known_since, partnership.update_time);
    Ok(match change.r#type() {
        ChangeType::Created => Write::CreatePartnership(CreatePartnershipRequest {
            partnership: Some(content),
            change_note,
            request_id,
            known_since,
            ..Default::default()
        }),
        ChangeType::Updated => Write::UpdatePartnership(UpdatePartnershipRequest {
            partnership: Some(part(&content, change)?),
            update_mask: Some(mask(change)),
            change_note,
            request_id,
            known_since,
            ..Default::default()
        }),
        other => {
            return Err(cannot_export(
                &partnership.name,
                partnership.position,
                other,
            ));
        }
    })
}

fn body_write(change: &EventChange, body: &v1::Body, request_id: String) -> Result<Write, String> {
    let content = content::body(body);
    let change_note = body.change_note.clone();
    let known_since = known_since(body.known_since, body.update_time);
    Ok(match change.r#type() {
        ChangeType::Created => Write::CreateBody(CreateBodyRequest {
            body: Some(content),
            change_note,
            request_id,
            known_since,
            ..Default::default()
        }),
        ChangeType::Updated => Write::UpdateBody(UpdateBodyRequest {
            body: Some(part(&content, change)?),
            update_mask: Some(mask(change)),
            change_note,
            request_id,
            known_since,
            ..Default::default()
        }),
        other => return Err(cannot_export(&body.name, body.position, other)),
    })
}

fn part<M: Message + Name + Default + Clone>(
    resource: &M,
    change: &EventChange,
) -> Result<M, String> {
    match changed_fields(change) {
        fields if fields.is_empty() => Ok(resource.clone()),
        fields => content::only(resource, &fields),
    }
}

fn mask(change: &EventChange) -> FieldMask {
    match changed_fields(change) {
        fields if fields.is_empty() => FieldMask {
            paths: vec!["*".into()],
        },
        paths => FieldMask { paths },
    }
}

/// Returns whole top-level fields: a mask of nested fields would need a value for each of them that
/// is now unset.
fn changed_fields(change: &EventChange) -> Vec<String> {
    let paths = change.changed_fields.iter().flat_map(|mask| &mask.paths);
    let mut fields: Vec<String> = paths
        .filter_map(|path| path.split('.').next())
        .map(str::to_owned)
        .collect();
    fields.sort();
    fields.dedup();
    fields
}

fn cannot_export(name: &str, position: i64, change: ChangeType) -> String {
    let change = change.as_str_name();
    format!("the change of {name} at position {position} cannot be exported: its type is {change}")
}

#[cfg(test)]
mod tests;
