//! What is proposed to the store: a revision that was checked, with all that only the writer adds
//! still missing.

use bytes::Bytes;
use prost::Message;

use super::revision::Revision;
use crate::{
    domain::{
        ChangeNote, EventContent, PartnershipContent, ResourceName, Slug, Source, Violations,
        limits::SOURCES_MAX,
    },
    filter::Document,
    proto::v1,
    rejection::Rejection,
    store::Proposal,
    wire,
};

/// Longest content of an event or partnership, encoded. Leaves room for what the server adds, and
/// for several in one answer.
pub const CONTENT_LEN_MAX: usize = 48 << 10;
/// Longest change note, encoded.
pub const NOTE_LEN_MAX: usize = 8 << 10;

/// An event as it is to be written.
#[derive(Clone, Debug)]
pub struct EventDraft {
    pub name: ResourceName,
    pub content: EventContent,
    pub kind: v1::ChangeType,
    pub state: v1::State,
    pub note: Option<ChangeNote>,
    pub superseded_by: String,
}

/// A partnership as it is to be written.
#[derive(Clone, Debug)]
pub struct PartnershipDraft {
    pub name: ResourceName,
    pub content: PartnershipContent,
    pub kind: v1::ChangeType,
    pub note: Option<ChangeNote>,
}

impl EventDraft {
    /// Proposes it as the revision after `before`, or as the first. Also gives the event as it would
    /// be answered, but for what only the writer knows.
    pub fn propose(
        &self,
        before: Option<&Revision<v1::Event>>,
        author: &str,
    ) -> Result<(Proposal, v1::Event), Rejection> {
        let mut event = wire::encode_event(&self.name, &self.content);
        let content = bounded("event", event.encode_to_vec())?;
        let changed_fields = before.map_or_else(Vec::new, |before| {
            wire::changed_fields(&before.message, &event)
        });
        let note = encoded_note(self.note.as_ref())?;
        event.state = self.state.into();
        event.revision = before.map_or(1, |before| before.message.revision + 1);
        event.change_note.clone_from(&note);
        author.clone_into(&mut event.author);
        event.superseded_by.clone_from(&self.superseded_by);
        event.create_time = before.and_then(|before| before.message.create_time);
        let proposal = Proposal {
            name: event.name.clone(),
            expected: before.map(|before| before.position),
            rests_on: Vec::new(),
            kind: self.kind,
            content,
            partnership: false,
            document: Document::of(&wire::event_facts(&event)),
            state: self.state,
            revision: event.revision,
            create_micros: before.and_then(Revision::<v1::Event>::create_micros),
            note,
            superseded_by: self.superseded_by.clone(),
            changed_fields,
        };
        Ok((proposal, event))
    }
}

impl PartnershipDraft {
    /// Proposes it as the revision after `before`, or as the first.
    pub fn propose(
        self,
        before: Option<&Revision<v1::Partnership>>,
        author: &str,
    ) -> Result<(Proposal, v1::Partnership), Rejection> {
        let mut partnership = wire::encode_partnership(&self.name, &self.content);
        let content = bounded("partnership", partnership.encode_to_vec())?;
        let changed_fields = before.map_or_else(Vec::new, |before| {
            wire::changed_fields(&before.message, &partnership)
        });
        let note = encoded_note(self.note.as_ref())?;
        partnership.revision = before.map_or(1, |before| before.message.revision + 1);
        partnership.change_note.clone_from(&note);
        author.clone_into(&mut partnership.author);
        partnership.create_time = before.and_then(|before| before.message.create_time);
        let proposal = Proposal {
            name: partnership.name.clone(),
            expected: before.map(|before| before.position),
            rests_on: Vec::new(),
            kind: self.kind,
            content,
            partnership: true,
            document: Document::of(&wire::partnership_facts(&partnership)),
            state: v1::State::Unspecified,
            revision: partnership.revision,
            create_micros: before.and_then(Revision::<v1::Partnership>::create_micros),
            note,
            superseded_by: String::new(),
            changed_fields,
        };
        Ok((proposal, partnership))
    }
}

/// Reads the note of a write on a resource with these sources.
pub fn note(
    note: Option<v1::ChangeNote>,
    sources: &[Source],
) -> Result<Option<ChangeNote>, Violations> {
    let read = |note| {
        wire::change_note(note, sources).map_err(|violations| {
            let mut prefixed = Violations::default();
            prefixed.append("change_note", violations);
            prefixed
        })
    };
    note.map(read).transpose()
}

/// The same on a resource whose sources are not known, as it is refused: all that can be said.
pub fn note_alone(given: Option<v1::ChangeNote>) -> Result<Option<ChangeNote>, Violations> {
    let named = given.iter().flat_map(|note| &note.sources);
    let named = named.filter_map(|id| Slug::parse(id).ok());
    let sources: Vec<Source> = named.take(SOURCES_MAX).map(Source::new).collect();
    note(given, &sources)
}

/// The message of a note, which is not too long.
pub fn encoded_note(note: Option<&ChangeNote>) -> Result<Option<v1::ChangeNote>, Rejection> {
    let Some(note) = note.map(wire::encode_change_note) else {
        return Ok(None);
    };
    let len = note.encoded_len();
    if len > NOTE_LEN_MAX {
        let why = format!("is {len} bytes encoded and may be {NOTE_LEN_MAX}; shorten it");
        return Err(Violations::one("change_note", why).into());
    }
    Ok(Some(note))
}

fn bounded(field: &str, content: Vec<u8>) -> Result<Bytes, Rejection> {
    let len = content.len();
    if len > CONTENT_LEN_MAX {
        let why = format!(
            "is {len} bytes encoded and may be {CONTENT_LEN_MAX}; shorten its texts or lists"
        );
        return Err(Violations::one(field, why).into());
    }
    Ok(content.into())
}
