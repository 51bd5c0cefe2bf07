//! What is proposed to the store: a revision that was checked, with all that only the writer adds
//! still missing.

use bytes::Bytes;

use super::revision::Revision;
use crate::{
    domain::{
        Change, ChangeNote, EventChange, EventContent, PartnershipChange, PartnershipContent,
        ResourceName, Slug, Source, Violations, limits::SOURCES_MAX,
    },
    rejection::Rejection,
    store::Proposal,
    wire::{EventMessage, NoteMessage, PartnershipMessage, ResourceMessage, Standing},
};

/// Longest content of an event or partnership, encoded. Leaves room for what the server adds, and
/// for several in one answer.
pub const CONTENT_LEN_MAX: usize = 48 << 10;
/// Longest change note, encoded.
pub const NOTE_LEN_MAX: usize = 8 << 10;

/// An event as it is to be written.
#[derive(Clone, Debug)]
pub(super) struct EventDraft {
    pub name: ResourceName,
    pub content: EventContent,
    pub change: EventChange,
    pub note: Option<ChangeNote>,
}

/// A partnership as it is to be written.
#[derive(Clone, Debug)]
pub(super) struct PartnershipDraft {
    pub name: ResourceName,
    pub content: PartnershipContent,
    pub change: PartnershipChange,
    pub note: Option<ChangeNote>,
}

impl EventDraft {
    /// Proposes it as the revision after `before`, or as the first. Also gives the event as it would
    /// be answered, but for what only the writer knows.
    pub(super) fn propose(
        &self,
        before: Option<&Revision<EventMessage>>,
        author: &str,
    ) -> Result<(Proposal, EventMessage), Rejection> {
        let event = EventMessage::of(&self.name, &self.content);
        let standing =
            |event: EventMessage, standing: &Standing<'_>| event.standing(&self.change, standing);
        let change = Change::Event(self.change.clone());
        propose(
            ("event", change),
            event,
            self.note.as_ref(),
            before,
            author,
            standing,
        )
    }
}

impl PartnershipDraft {
    /// Proposes it as the revision after `before`, or as the first.
    pub(super) fn propose(
        &self,
        before: Option<&Revision<PartnershipMessage>>,
        author: &str,
    ) -> Result<(Proposal, PartnershipMessage), Rejection> {
        let partnership = PartnershipMessage::of(&self.name, &self.content);
        let change = Change::Partnership(self.change);
        let what = ("partnership", change);
        propose(
            what,
            partnership,
            self.note.as_ref(),
            before,
            author,
            PartnershipMessage::standing,
        )
    }
}

/// Proposes content as the revision after `before`, or as the first.
fn propose<M: ResourceMessage>(
    (field, change): (&str, Change),
    content: M,
    note: Option<&ChangeNote>,
    before: Option<&Revision<M>>,
    author: &str,
    standing: impl FnOnce(M, &Standing<'_>) -> M,
) -> Result<(Proposal, M), Rejection> {
    let encoded = bounded(field, content.encode())?;
    let changed_fields =
        before.map_or_else(Vec::new, |before| before.message.changed_fields(&content));
    let note = note.map(NoteMessage::of);
    let encoded_note = note.as_ref().map(encoded_note).transpose()?;
    let revision = before.map_or(1, |before| before.message.revision() + 1);
    let create_micros = before.and_then(|before| before.message.create_micros());
    let answer = standing(
        content,
        &Standing {
            revision,
            note: note.as_ref(),
            author,
            create_micros,
        },
    );
    let proposal = Proposal {
        name: answer.name().to_owned(),
        change,
        expected: before.map(|before| before.position),
        rests_on: Vec::new(),
        content: encoded,
        changed_fields,
        note: encoded_note,
        document: answer.document(),
        revision,
        create_micros,
    };
    Ok((proposal, answer))
}

/// Reads the note of a write on a resource with these sources.
pub(super) fn note(
    note: Option<NoteMessage>,
    sources: &[Source],
) -> Result<Option<ChangeNote>, Violations> {
    let read = |note: NoteMessage| {
        NoteMessage::read(note, sources).map_err(|violations| {
            let mut prefixed = Violations::default();
            prefixed.append("change_note", violations);
            prefixed
        })
    };
    note.map(read).transpose()
}

/// The same on a resource whose sources are not known, as it is refused: all that can be said.
pub(super) fn note_alone(given: Option<NoteMessage>) -> Result<Option<ChangeNote>, Violations> {
    let named = given.iter().flat_map(NoteMessage::sources);
    let named = named.filter_map(|id| Slug::parse(id).ok());
    let sources: Vec<Source> = named.take(SOURCES_MAX).map(Source::new).collect();
    note(given, &sources)
}

/// The encoded note, which is not too long.
pub(super) fn encoded_note(note: &NoteMessage) -> Result<Bytes, Rejection> {
    let encoded = note.encode();
    let len = encoded.len();
    if len > NOTE_LEN_MAX {
        let why = format!("is {len} bytes encoded and may be {NOTE_LEN_MAX}; shorten it");
        return Err(Violations::one("change_note", why).into());
    }
    Ok(encoded.into())
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
