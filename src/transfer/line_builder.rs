use std::{collections::HashSet, mem};

use prost::{Message, Name};
use prost_types::{FieldMask, Timestamp};

use crate::proto::v1::{
    self, ChangeType, CreateBodyRequest, CreateEventRequest, CreatePartnershipRequest, EventChange,
    MergeEventsRequest, RestoreEventRequest, RetractEventRequest, TransferLine, UpdateBodyRequest,
    UpdateEventRequest, UpdatePartnershipRequest, transfer_line::Write,
};

use super::content;

/// What an export of a store with redacted resources could not carry.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
#[non_exhaustive]
pub struct LeftOut {
    /// Changes of redacted events, which have no content left.
    pub event_changes: usize,
    /// Changes of redacted partnerships.
    pub partnership_changes: usize,
    /// Changes of redacted bodies.
    pub body_changes: usize,
    /// Parties and subjects that have no name without their redacted body, or that repeat another
    /// one without it.
    pub parties: usize,
    /// Parties and subjects that are written by their names, without their redacted body.
    pub bodies_of_parties: usize,
    /// Times that an event is written without a redacted partnership that it belongs to.
    pub partnerships_of_events: usize,
    /// Events that were retracted or merged in favour of an event that is now redacted. They are
    /// written as retracted without a successor.
    pub successors: usize,
}

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
    left_out: LeftOut,
    /// Redacted resources, which are left out.
    redacted: HashSet<String>,
}

impl LineBuilder {
    /// Begins at the start of the log with this epoch.
    pub fn new(store_epoch: impl Into<String>) -> Self {
        Self {
            store_epoch: store_epoch.into(),
            unfinished: Vec::new(),
            left_out: LeftOut::default(),
            redacted: HashSet::new(),
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
        for change in &redacted {
            self.leave_out(change);
        }
        // What is left out cannot be named.
        for change in &mut group {
            self.remove_names(change);
        }
        self.lines(&group, redacted.is_empty())
    }

    /// Counts a change of a redacted resource.
    fn leave_out(&mut self, change: &EventChange) {
        let counter = match (&change.event, &change.partnership) {
            (Some(_), _) => &mut self.left_out.event_changes,
            (None, Some(_)) => &mut self.left_out.partnership_changes,
            (None, None) => &mut self.left_out.body_changes,
        };
        *counter += 1;
        self.redacted.extend(name(change).map(str::to_owned));
    }

    /// Removes the names of redacted resources where a resource must exist to be named. Counts what
    /// the line of the change would have had.
    fn remove_names(&mut self, change: &mut EventChange) {
        if self.redacted.is_empty() {
            return;
        }
        let fields = written_fields(change);
        let is_written = |field| fields.as_ref().is_some_and(|fields| fields.has(field));
        let (redacted, left_out) = (&self.redacted, &mut self.left_out);
        let mut take_bodies = |field, parties: &mut Vec<v1::Party>| {
            let (parties, bodies) = remove_bodies(parties, redacted);
            if is_written(field) {
                left_out.parties += parties;
                left_out.bodies_of_parties += bodies;
            }
        };
        if let Some(event) = &mut change.event {
            take_bodies("parties", &mut event.parties);
            take_bodies("subjects", &mut event.subjects);
            let before = event.partnerships.len();
            event.partnerships.retain(|name| !redacted.contains(name));
            if is_written("partnerships") {
                left_out.partnerships_of_events += before - event.partnerships.len();
            }
            if redacted.contains(&event.superseded_by) {
                event.superseded_by.clear();
                left_out.successors += 1;
            }
        }
        if let Some(partnership) = &mut change.partnership {
            take_bodies("parties", &mut partnership.parties);
        }
    }

    /// Returns what could not be carried so far.
    pub fn left_out(&self) -> LeftOut {
        self.left_out
    }

    /// Returns whether every added change is part of a returned line.
    pub fn is_complete(&self) -> bool {
        self.unfinished.is_empty()
    }

    /// Returns the lines of an atomic write; `is_whole` says whether nothing of it was left out.
    fn lines(&self, group: &[EventChange], is_whole: bool) -> Result<Vec<TransferLine>, String> {
        let merger = self.merger(group, is_whole);
        let told = |change: &&EventChange| match &merger {
            None => true,
            Some(merger) => !is_part_of(merger, change, is_whole),
        };
        let others: Result<Vec<_>, _> = group
            .iter()
            .filter(told)
            .map(|change| self.write(change))
            .collect();
        let mut writes = others?;
        writes.extend(merger.map(Write::MergeEvents));
        Ok(writes
            .into_iter()
            .map(|write| TransferLine { write: Some(write) })
            .collect())
    }

    /// MergeEvents writes one change for each duplicate and one for the event that stays. If a
    /// duplicate is left out, the event that stays cannot take over what that one had, so its
    /// change is a line of its own, before the merger.
    fn merger(&self, group: &[EventChange], is_whole: bool) -> Option<MergeEventsRequest> {
        let is_merged = |change: &&EventChange| change.r#type() == ChangeType::Merged;
        let merged = group
            .iter()
            .filter(is_merged)
            .filter_map(|change| change.event.as_ref());
        let merged: Vec<&v1::Event> = merged.collect();
        let first = merged.first()?;
        // If the event that stays is redacted, its change is left out and there is nothing to merge
        // into.
        let stays = group.iter().find_map(|change| {
            Some(change.event.as_ref()?).filter(|event| event.name == first.superseded_by)
        })?;
        let (note, position) = match is_whole {
            // It may cite sources that no duplicate has.
            true => (&stays.change_note, group.iter().map(position).min()?),
            false => (&first.change_note, first.position),
        };
        Some(MergeEventsRequest {
            into: first.superseded_by.clone(),
            names: merged.iter().map(|event| event.name.clone()).collect(),
            change_note: note.clone(),
            request_id: self.request_id(position),
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

fn is_part_of(merger: &MergeEventsRequest, change: &EventChange, is_whole: bool) -> bool {
    let name = change.event.as_ref().map(|event| &event.name);
    match change.r#type() {
        ChangeType::Merged => true,
        ChangeType::Updated => is_whole && name == Some(&merger.into),
        _ => false,
    }
}

/// Removes redacted bodies from parties, and then the parties that an import would refuse: those
/// without a name and those that repeat an earlier one. Returns how many parties were removed, and
/// how many lost their body only.
fn remove_bodies(parties: &mut Vec<v1::Party>, redacted: &HashSet<String>) -> (usize, usize) {
    let lose = |party: &mut v1::Party| {
        let loses = redacted.contains(&party.body);
        if loses {
            party.body.clear();
        }
        loses
    };
    let loses: Vec<bool> = parties.iter_mut().map(lose).collect();
    if !loses.contains(&true) {
        return (0, 0);
    }
    // Of two alike, the one that loses nothing is kept.
    let repeats_another = |at: usize| {
        (0..parties.len()).any(|other| {
            other != at && (other < at || !loses[other]) && repeats(&parties[at], &parties[other])
        })
    };
    let is_kept = |at: usize| !loses[at] || (is_named(&parties[at]) && !repeats_another(at));
    let kept: Vec<bool> = (0..parties.len()).map(is_kept).collect();
    let removed = kept.iter().filter(|kept| !**kept).count();
    let without_body = loses.iter().filter(|loses| **loses).count() - removed;
    let mut kept = kept.into_iter();
    parties.retain(|_| kept.next().unwrap_or(true));
    (removed, without_body)
}

/// Returns whether a party without a body says who it is.
fn is_named(party: &v1::Party) -> bool {
    let by_code = matches!(party.r#type(), v1::PartyType::State | v1::PartyType::Union);
    by_code || !party.display_name.is_empty()
}

/// Returns whether two parties may not be in one list.
fn repeats(one: &v1::Party, other: &v1::Party) -> bool {
    one.r#type == other.r#type
        && one.country_code == other.country_code
        && one.display_name == other.display_name
        && one.role == other.role
        && one.role_other == other.role_other
        && one.office == other.office
        && one.identifiers == other.identifiers
        && one.body == other.body
        && one.group == other.group
}

/// The top-level fields that the line of a change has.
enum WrittenFields {
    All,
    Some(Vec<String>),
}

impl WrittenFields {
    fn has(&self, field: &str) -> bool {
        match self {
            WrittenFields::All => true,
            WrittenFields::Some(fields) => fields.iter().any(|it| it == field),
        }
    }
}

/// Returns the fields that the line of a change has; `None` if it has no content.
fn written_fields(change: &EventChange) -> Option<WrittenFields> {
    match change.r#type() {
        ChangeType::Created => Some(WrittenFields::All),
        ChangeType::Updated => Some(match changed_fields(change) {
            fields if fields.is_empty() => WrittenFields::All,
            fields => WrittenFields::Some(fields),
        }),
        _ => None,
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
