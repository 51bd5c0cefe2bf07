//! What is proposed to the store: a checked revision without what only the writer can add.

use bytes::Bytes;

use super::revision::Revision;
use crate::{
    domain::{ChangeNote, Micros, ResourceName, Slug, Source, Violations, limits::SOURCES_MAX},
    rejection::Rejection,
    store::Proposal,
    wire::{NoteMessage, ResourceMessage, RevisionFields},
};

/// Longest content of an event or partnership, encoded. Leaves room for what the server adds, and
/// for several in one answer.
pub const CONTENT_LEN_MAX: usize = 48 << 10;
/// Longest change note, encoded.
pub const NOTE_LEN_MAX: usize = 8 << 10;

/// A resource to be written.
#[derive(Clone, Debug)]
pub(super) struct Draft<M: ResourceMessage> {
    pub name: ResourceName,
    pub content: M::Content,
    pub change: M::Change,
    pub note: Option<ChangeNote>,
    /// When it became known, if that was before the commit.
    pub known_since: Option<Micros>,
}

/// Content that was parsed, with the note of its change.
pub(super) type Noted<M> = (<M as ResourceMessage>::Content, Option<ChangeNote>);

impl<M: ResourceMessage> Draft<M> {
    /// Proposes the draft as the revision after `before`, or as the first. Also returns the resource for the
    /// answer, without what only the writer knows.
    pub(super) fn propose(
        &self,
        before: Option<&Revision<M>>,
        author: &str,
    ) -> Result<(Proposal, M), Rejection> {
        let content = M::of(&self.name, &self.content);
        let (note, since) = (self.note.as_ref(), self.known_since);
        propose(content, &self.change, note, since, before, author)
    }
}

/// Proposes content that is already a message.
pub(super) fn propose<M: ResourceMessage>(
    content: M,
    change: &M::Change,
    note: Option<&ChangeNote>,
    known_since: Option<Micros>,
    before: Option<&Revision<M>>,
    author: &str,
) -> Result<(Proposal, M), Rejection> {
    let proposed = M::change(change.clone());
    if let Some(before) = before {
        before.check_known_since(known_since)?;
    }
    let encoded = bounded(M::FIELD, content.encode())?;
    let changed_fields = match before {
        // The names of erased fields are not disclosed.
        Some(before) if !proposed.redacts() => before.message.changed_fields(&content),
        _ => Vec::new(),
    };
    let note = note.map(NoteMessage::of);
    let encoded_note = note.as_ref().map(encoded_note).transpose()?;
    let revision = before.map_or(1, |before| before.message.revision() + 1);
    let create_micros = before.and_then(|before| before.message.create_micros());
    let answer = content.into_revision(
        change,
        &RevisionFields {
            revision,
            note: note.as_ref(),
            author,
            create_micros,
            known_since,
        },
    );
    let proposal = Proposal {
        name: answer.name().to_owned(),
        change: proposed,
        expected: before.map(|before| before.position),
        rests_on: Vec::new(),
        content: encoded,
        changed_fields,
        note: encoded_note,
        document: answer.document(),
        revision,
        create_micros,
        known_since,
    };
    Ok((proposal, answer))
}

/// Reads content and the note of its change. Reports every violation of both.
pub(super) fn noted<M: ResourceMessage>(
    content: Result<M::Content, Violations>,
    given: Option<NoteMessage>,
) -> Result<Noted<M>, Violations> {
    let mut violations = Violations::default();
    let note = match &content {
        Ok(content) => note(given, M::sources(content)),
        Err(_) => note_alone(given),
    };
    let content = content.map_err(|found| violations.append(M::FIELD, found));
    let note = note.map_err(|found| violations.append("", found));
    match (content, note) {
        (Ok(content), Ok(note)) => Ok((content, note)),
        _ => Err(violations),
    }
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

/// Reads the note of a write whose resource was refused, so that its sources are unknown. Reports the
/// violations that can be found without them.
fn note_alone(given: Option<NoteMessage>) -> Result<Option<ChangeNote>, Violations> {
    let named = given.iter().flat_map(NoteMessage::sources);
    let named = named.filter_map(|id| Slug::parse(id).ok());
    let sources: Vec<Source> = named.take(SOURCES_MAX).map(Source::new).collect();
    note(given, &sources)
}

/// Encodes the note and checks its length.
fn encoded_note(note: &NoteMessage) -> Result<Bytes, Rejection> {
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
