//! `entente.v1.EventChange`, as the log stores it and as watches send it: encoded once, when it is
//! committed.
//!
//! The content arrives encoded in the proposal. The fields that only the writer knows (position,
//! times, etag) are appended to it, which protobuf allows.

use bytes::{BufMut, Bytes, BytesMut};
use prost::{DecodeError, Message, Name as _};

use super::{
    body_facts, descriptors, event_facts,
    fields::{nested, put_bytes, put_timestamp, put_varint},
    partnership_facts,
};
use crate::{
    domain::{Change, EventChange, Micros, RecordChange, State, Vocabulary as _},
    filter::Document,
    proto::{
        numbers::v1::{body, event, event_change, partnership},
        v1,
    },
};

/// A change to commit.
#[derive(Clone, Copy, Debug)]
pub struct NewChange<'a> {
    pub change: &'a Change,
    /// The encoded content fields of the resource.
    pub content: &'a [u8],
    /// The encoded note.
    pub note: Option<&'a [u8]>,
    pub changed_fields: &'a [String],
    /// True when the event is overdue at the commit.
    pub overdue: bool,
    pub revision: i32,
    /// When the first revision was committed, in microseconds since 1970.
    pub create_micros: i64,
    pub etag: &'a str,
    pub author: &'a str,
    pub position: u64,
    pub commit_micros: i64,
    /// When it became known, if its publisher gave that.
    pub known_since: Option<Micros>,
    /// True when another change of the same write follows.
    pub continued: bool,
}

/// The encoded resource inside a change.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Resource {
    /// `entente.v1.Event`.
    Event(Bytes),
    /// `entente.v1.Partnership`.
    Partnership(Bytes),
    /// `entente.v1.Body`.
    Body(Bytes),
}

/// The numbers of the output-only fields that partnerships and bodies have.
struct RecordFields {
    revision: u32,
    etag: u32,
    position: u32,
    create_time: u32,
    update_time: u32,
    change_note: u32,
    author: u32,
    redacted: u32,
    known_since: u32,
}

const PARTNERSHIP: RecordFields = RecordFields {
    revision: partnership::REVISION,
    etag: partnership::ETAG,
    position: partnership::POSITION,
    create_time: partnership::CREATE_TIME,
    update_time: partnership::UPDATE_TIME,
    change_note: partnership::CHANGE_NOTE,
    author: partnership::AUTHOR,
    redacted: partnership::REDACTED,
    known_since: partnership::KNOWN_SINCE,
};

const BODY: RecordFields = RecordFields {
    revision: body::REVISION,
    etag: body::ETAG,
    position: body::POSITION,
    create_time: body::CREATE_TIME,
    update_time: body::UPDATE_TIME,
    change_note: body::CHANGE_NOTE,
    author: body::AUTHOR,
    redacted: body::REDACTED,
    known_since: body::KNOWN_SINCE,
};

impl NewChange<'_> {
    /// Encodes an `entente.v1.EventChange` without the fields that differ from stream to stream.
    pub fn encode(&self) -> Bytes {
        let (kind, resource) = match self.change {
            Change::Event(change) => (event_type(change), self.event(change)),
            Change::Partnership(change) => {
                (record_type(*change), self.record(*change, &PARTNERSHIP))
            }
            Change::Body(change) => (record_type(*change), self.record(*change, &BODY)),
        };
        let mut bytes = BytesMut::with_capacity(resource.len() + 64);
        put_varint(&mut bytes, event_change::TYPE, kind as u64);
        if let Change::Event(_) = self.change {
            put_bytes(&mut bytes, event_change::EVENT, &resource);
        }
        if !self.changed_fields.is_empty() {
            let mask = prost_types::FieldMask {
                paths: self.changed_fields.to_vec(),
            };
            put_bytes(
                &mut bytes,
                event_change::CHANGED_FIELDS,
                &mask.encode_to_vec(),
            );
        }
        put_timestamp(&mut bytes, event_change::COMMIT_TIME, self.commit_micros);
        put_varint(
            &mut bytes,
            event_change::CONTINUED,
            u64::from(self.continued),
        );
        match self.change {
            Change::Event(_) => {}
            Change::Partnership(_) => put_bytes(&mut bytes, event_change::PARTNERSHIP, &resource),
            Change::Body(_) => put_bytes(&mut bytes, event_change::BODY, &resource),
        }
        bytes.freeze()
    }

    fn event(&self, change: &EventChange) -> BytesMut {
        let mut bytes = self.content();
        let state = change.state();
        put_varint(&mut bytes, event::STATE, state.code() as u64);
        put_varint(&mut bytes, event::REVISION, self.revision as u64);
        put_bytes(&mut bytes, event::ETAG, self.etag.as_bytes());
        put_varint(&mut bytes, event::POSITION, self.position);
        put_timestamp(&mut bytes, event::CREATE_TIME, self.create_micros);
        put_timestamp(&mut bytes, event::UPDATE_TIME, self.commit_micros);
        if state == State::Retracted {
            put_timestamp(&mut bytes, event::RETRACT_TIME, self.commit_micros);
        }
        if let Some(note) = self.note {
            put_bytes(&mut bytes, event::CHANGE_NOTE, note);
        }
        put_bytes(&mut bytes, event::AUTHOR, self.author.as_bytes());
        if let Some(successor) = change.superseded_by() {
            let successor = successor.to_string();
            put_bytes(&mut bytes, event::SUPERSEDED_BY, successor.as_bytes());
        }
        put_varint(&mut bytes, event::OVERDUE, u64::from(self.overdue));
        self.put_known_since(&mut bytes, event::KNOWN_SINCE);
        bytes
    }

    fn put_known_since(&self, bytes: &mut BytesMut, tag: u32) {
        if let Some(Micros(micros)) = self.known_since {
            put_timestamp(bytes, tag, micros);
        }
    }

    fn record(&self, change: RecordChange, fields: &RecordFields) -> BytesMut {
        let mut bytes = self.content();
        put_varint(&mut bytes, fields.revision, self.revision as u64);
        put_bytes(&mut bytes, fields.etag, self.etag.as_bytes());
        put_varint(&mut bytes, fields.position, self.position);
        put_timestamp(&mut bytes, fields.create_time, self.create_micros);
        put_timestamp(&mut bytes, fields.update_time, self.commit_micros);
        if let Some(note) = self.note {
            put_bytes(&mut bytes, fields.change_note, note);
        }
        put_bytes(&mut bytes, fields.author, self.author.as_bytes());
        let is_redacted = change == RecordChange::Redacted;
        put_varint(&mut bytes, fields.redacted, u64::from(is_redacted));
        self.put_known_since(&mut bytes, fields.known_since);
        bytes
    }

    fn content(&self) -> BytesMut {
        let mut bytes = BytesMut::with_capacity(self.content.len() + 128);
        bytes.put_slice(self.content);
        bytes
    }
}

fn event_type(change: &EventChange) -> v1::ChangeType {
    match change {
        EventChange::Created => v1::ChangeType::Created,
        EventChange::Updated => v1::ChangeType::Updated,
        EventChange::Retracted { .. } => v1::ChangeType::Retracted,
        EventChange::Restored => v1::ChangeType::Restored,
        EventChange::Merged { .. } => v1::ChangeType::Merged,
        EventChange::Redacted => v1::ChangeType::Redacted,
    }
}

fn record_type(change: RecordChange) -> v1::ChangeType {
    match change {
        RecordChange::Created => v1::ChangeType::Created,
        RecordChange::Updated => v1::ChangeType::Updated,
        RecordChange::Redacted => v1::ChangeType::Redacted,
    }
}

impl Resource {
    /// Returns the resource inside a change; `None` if there is none.
    pub fn of_change(change: &Bytes) -> Result<Option<Resource>, DecodeError> {
        if let Some(event) = nested(change, event_change::EVENT)? {
            return Ok(Some(Resource::Event(event)));
        }
        if let Some(partnership) = nested(change, event_change::PARTNERSHIP)? {
            return Ok(Some(Resource::Partnership(partnership)));
        }
        Ok(nested(change, event_change::BODY)?.map(Resource::Body))
    }

    /// Returns the encoded resource.
    pub fn into_bytes(self) -> Bytes {
        match self {
            Resource::Event(bytes) | Resource::Partnership(bytes) | Resource::Body(bytes) => bytes,
        }
    }

    /// Returns the document that the index stores for the resource.
    pub fn document(self) -> Result<Document, DecodeError> {
        Ok(match self {
            Resource::Event(bytes) => Document::of(&event_facts(&v1::Event::decode(bytes)?)),
            Resource::Partnership(bytes) => {
                Document::of(&partnership_facts(&v1::Partnership::decode(bytes)?))
            }
            Resource::Body(bytes) => Document::of(&body_facts(&v1::Body::decode(bytes)?)),
        })
    }

    /// Returns the full name; `None` if the bytes are damaged.
    pub fn name(&self) -> Option<String> {
        let (bytes, tag) = match self {
            Resource::Event(bytes) => (bytes, event::NAME),
            Resource::Partnership(bytes) => (bytes, partnership::NAME),
            Resource::Body(bytes) => (bytes, body::NAME),
        };
        let name = nested(bytes, tag).ok()??;
        String::from_utf8(name.into()).ok()
    }

    /// Calls `look` with each text that the field `text` searches.
    pub fn for_each_text(self, look: impl FnMut(&str)) -> Result<(), DecodeError> {
        match self {
            Resource::Event(bytes) => {
                let event = v1::Event::decode(bytes)?;
                event_facts(&event).searched_texts().for_each(look);
            }
            Resource::Partnership(bytes) => {
                let partnership = v1::Partnership::decode(bytes)?;
                let facts = partnership_facts(&partnership);
                facts.searched_texts().for_each(look);
            }
            Resource::Body(bytes) => {
                let body = v1::Body::decode(bytes)?;
                body_facts(&body).searched_texts().for_each(look);
            }
        }
        Ok(())
    }
}

/// Returns whether a change created a resource.
pub fn creates(change: &Bytes) -> bool {
    begins_with(change, v1::ChangeType::Created)
}

/// Returns the full name of the resource that a change redacted, if any.
pub fn redacted_name(change: &Bytes) -> Option<String> {
    if !begins_with(change, v1::ChangeType::Redacted) {
        return None;
    }
    Resource::of_change(change).ok()??.name()
}

/// Returns whether a change has this type. The type is the first field of an encoded change: its
/// key, then its value.
fn begins_with(change: &Bytes, kind: v1::ChangeType) -> bool {
    const KEY: u8 = (event_change::TYPE << 3) as u8;
    change.starts_with(&[KEY, kind as u8])
}

/// Returns what a redaction leaves of a change: that there was a change, of what, when and by whom.
/// `None` for a change of nothing.
pub fn without_content(change: &Bytes) -> Result<Option<Bytes>, DecodeError> {
    let without = skeleton(v1::EventChange::decode(change.clone())?);
    Ok(without.map(|without| without.encode_to_vec().into()))
}

/// Returns whether a change has only what a redaction leaves.
pub fn is_without_content(change: &Bytes) -> bool {
    let Ok(read) = v1::EventChange::decode(change.clone()) else {
        return false;
    };
    let resource = match &read {
        v1::EventChange { event: Some(_), .. } => v1::Event::full_name(),
        v1::EventChange {
            partnership: Some(_),
            ..
        } => v1::Partnership::full_name(),
        _ => v1::Body::full_name(),
    };
    let fields = descriptors().get_message_by_name(&resource);
    let is_field = |path: &String| {
        let fields = fields.as_ref();
        fields.is_some_and(|fields| fields.get_field_by_name(path).is_some())
    };
    let mut changed = read.changed_fields.iter().flat_map(|mask| &mask.paths);
    if !changed.all(is_field) {
        return false;
    }
    // Compares bytes, because an unknown field would be content too.
    skeleton(read).is_some_and(|without| without.encode_to_vec() == *change)
}

fn skeleton(change: v1::EventChange) -> Option<v1::EventChange> {
    let left = v1::EventChange {
        r#type: change.r#type,
        changed_fields: change.changed_fields,
        commit_time: change.commit_time,
        continued: change.continued,
        ..Default::default()
    };
    if let Some(event) = change.event {
        let event = Some(event_skeleton(event));
        return Some(v1::EventChange { event, ..left });
    }
    if let Some(partnership) = change.partnership {
        let partnership = Some(partnership_skeleton(partnership));
        return Some(v1::EventChange {
            partnership,
            ..left
        });
    }
    let body = Some(body_skeleton(change.body?));
    Some(v1::EventChange { body, ..left })
}

fn event_skeleton(event: v1::Event) -> v1::Event {
    v1::Event {
        name: event.name,
        // Drills stay hidden from filters that do not name `exercise`.
        exercise: event.exercise,
        state: v1::State::Redacted.into(),
        revision: event.revision,
        etag: event.etag,
        position: event.position,
        create_time: event.create_time,
        update_time: event.update_time,
        author: event.author,
        superseded_by: event.superseded_by,
        known_since: event.known_since,
        ..Default::default()
    }
}

fn partnership_skeleton(partnership: v1::Partnership) -> v1::Partnership {
    v1::Partnership {
        name: partnership.name,
        revision: partnership.revision,
        etag: partnership.etag,
        position: partnership.position,
        create_time: partnership.create_time,
        update_time: partnership.update_time,
        author: partnership.author,
        redacted: true,
        known_since: partnership.known_since,
        ..Default::default()
    }
}

fn body_skeleton(body: v1::Body) -> v1::Body {
    v1::Body {
        name: body.name,
        revision: body.revision,
        etag: body.etag,
        position: body.position,
        create_time: body.create_time,
        update_time: body.update_time,
        author: body.author,
        redacted: true,
        known_since: body.known_since,
        ..Default::default()
    }
}
