//! Resources as messages, the form in which clients write them and records store them. Users of
//! these types need not know the generated protobuf types.

use bytes::Bytes;
use prost::{DecodeError, Message};

use super::{
    Resource, apply_mask, body_content, body_facts, change_note, changed_fields, decode::micros,
    encode_body, encode_change_note, encode_event, encode_partnership, event_content_with,
    event_facts, partnership_content, partnership_facts, timestamp,
};
use crate::{
    domain::{
        BodyContent, Change, ChangeNote, EventChange, EventContent, Micros, PartnershipContent,
        RecordChange, ResourceName, Slug, Source, State, Violations, Vocabulary as _,
    },
    filter::Document,
    proto::v1,
};

/// An event. Boxed, because it has a kilobyte of fields and moves from future to future.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct EventMessage(Box<v1::Event>);

/// A partnership.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct PartnershipMessage(Box<v1::Partnership>);

/// A body.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct BodyMessage(Box<v1::Body>);

/// The note of a change.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct NoteMessage(v1::ChangeNote);

/// The operations on resources that all writes share.
pub trait ResourceMessage: Clone + Send + Sized + Sync {
    /// Its field name in requests and violations.
    const FIELD: &'static str;

    /// Its content as a domain type.
    type Content;

    /// The type of its changes.
    type Change: Clone;

    /// Returns a change of this resource as a change of any resource.
    fn change(change: Self::Change) -> Change;

    /// Returns the bytes of a resource if it is one of this type.
    fn bytes(resource: Resource) -> Option<Bytes>;

    /// Returns the resource with this name and content.
    fn of(name: &ResourceName, content: &Self::Content) -> Self;

    /// Returns the sources of a content.
    fn sources(content: &Self::Content) -> &[Source];

    /// Returns the same content as the revision that `change` makes, with these fields of the
    /// revision.
    fn into_revision(self, change: &Self::Change, fields: &RevisionFields<'_>) -> Self;

    /// Decodes the resource in a record.
    fn decode(bytes: Bytes) -> Result<Self, DecodeError>;

    /// Encodes the message.
    fn encode(&self) -> Vec<u8>;

    /// Returns its length when encoded, in bytes.
    fn encoded_len(&self) -> usize;

    /// Returns `self` with the content fields that `mask` names taken from `update`. An empty mask
    /// takes those that are set, `*` takes all.
    fn masked(&self, update: &Self, mask: &[String]) -> Result<Self, Violations>;

    /// Returns the names of the content fields in which the two differ.
    fn changed_fields(&self, after: &Self) -> Vec<String>;

    /// Returns the document that the index stores for the resource.
    fn document(&self) -> Document;

    fn name(&self) -> &str;

    fn etag(&self) -> &str;

    fn revision(&self) -> i32;

    /// When the first revision was committed, in microseconds since 1970.
    fn create_micros(&self) -> Option<i64>;

    /// When this revision became known: as its publisher said, or else when it was committed.
    fn known_micros(&self) -> Option<i64>;

    /// Returns what a redaction leaves of the content.
    fn erased(&self) -> Self;
}

/// A resource that has no life beyond its revisions: a partnership or a body.
pub trait RecordMessage: ResourceMessage<Change = RecordChange> {
    /// Returns the name of a resource of this type.
    fn named(slug: Slug) -> ResourceName;

    /// Decodes the content of the resource with this name.
    ///
    /// # Errors
    /// Returns every violation, by field path.
    fn content(self, name: &ResourceName) -> Result<Self::Content, Violations>;

    /// Returns the partnerships and bodies that content names, each with its field.
    fn references(content: &Self::Content) -> Vec<(String, ResourceName)>;

    /// Returns whether an operator erased the content.
    fn is_redacted(&self) -> bool;
}

/// The fields of a revision beside its content, without those that only the writer knows.
#[derive(Clone, Debug)]
pub struct RevisionFields<'a> {
    pub revision: i32,
    pub note: Option<&'a NoteMessage>,
    pub author: &'a str,
    pub create_micros: Option<i64>,
    pub known_since: Option<Micros>,
}

macro_rules! resource_message {
    (
        $wrapper:ty, $message:ty, $resource:ident, $field:literal, $content:ty, $change:ty, $encode:path,
        $facts:path
    ) => {
        impl ResourceMessage for $wrapper {
            const FIELD: &'static str = $field;

            type Content = $content;
            type Change = $change;

            fn change(change: $change) -> Change {
                Change::$resource(change)
            }

            fn bytes(resource: Resource) -> Option<Bytes> {
                match resource {
                    Resource::$resource(bytes) => Some(bytes),
                    _ => None,
                }
            }

            fn of(name: &ResourceName, content: &$content) -> Self {
                Self(Box::new($encode(name, content)))
            }

            fn sources(content: &$content) -> &[Source] {
                &content.sources
            }

            fn into_revision(mut self, change: &$change, fields: &RevisionFields<'_>) -> Self {
                self.0.revision = fields.revision;
                self.0.change_note = fields.note.map(|note| note.0.clone());
                fields.author.clone_into(&mut self.0.author);
                self.0.create_time = fields.create_micros.map(Micros).map(timestamp);
                self.0.known_since = fields.known_since.map(timestamp);
                self.changed_by(change);
                self
            }

            fn decode(bytes: Bytes) -> Result<Self, DecodeError> {
                <$message as Message>::decode(bytes).map(Self::from)
            }

            fn encode(&self) -> Vec<u8> {
                self.0.encode_to_vec()
            }

            fn encoded_len(&self) -> usize {
                self.0.encoded_len()
            }

            fn masked(&self, update: &Self, mask: &[String]) -> Result<Self, Violations> {
                apply_mask(&*self.0, &*update.0, mask).map(Self::from)
            }

            fn changed_fields(&self, after: &Self) -> Vec<String> {
                changed_fields(&*self.0, &*after.0)
            }

            fn document(&self) -> Document {
                Document::of(&$facts(&self.0))
            }

            fn name(&self) -> &str {
                &self.0.name
            }

            fn etag(&self) -> &str {
                &self.0.etag
            }

            fn revision(&self) -> i32 {
                self.0.revision
            }

            fn create_micros(&self) -> Option<i64> {
                let time = self.0.create_time?;
                micros(time).ok().map(|Micros(micros)| micros)
            }

            fn known_micros(&self) -> Option<i64> {
                let time = self.0.known_since.or(self.0.update_time)?;
                micros(time).ok().map(|Micros(micros)| micros)
            }

            fn erased(&self) -> Self {
                Self::from(self.without_content())
            }
        }

        impl From<$message> for $wrapper {
            fn from(message: $message) -> Self {
                Self(Box::new(message))
            }
        }
    };
}

resource_message!(
    EventMessage,
    v1::Event,
    Event,
    "event",
    EventContent,
    EventChange,
    encode_event,
    event_facts
);
resource_message!(
    PartnershipMessage,
    v1::Partnership,
    Partnership,
    "partnership",
    PartnershipContent,
    RecordChange,
    encode_partnership,
    partnership_facts
);
resource_message!(
    BodyMessage,
    v1::Body,
    Body,
    "body",
    BodyContent,
    RecordChange,
    encode_body,
    body_facts
);

impl EventMessage {
    fn without_content(&self) -> v1::Event {
        v1::Event {
            name: self.0.name.clone(),
            // Drills stay hidden from filters that do not name `exercise`.
            exercise: self.0.exercise,
            ..v1::Event::default()
        }
    }

    /// Decodes its content.
    ///
    /// # Errors
    /// Returns every violation, by field path.
    pub fn content(self) -> Result<EventContent, Violations> {
        self.content_with(|_, _| ())
    }

    /// Decodes and checks it with additional `rules`. They see placeholders for values that are
    /// already refused; a second violation of such a value is ignored.
    ///
    /// # Errors
    /// Returns every violation, by field path.
    pub fn content_with(
        self,
        rules: impl FnOnce(&EventContent, &mut Violations),
    ) -> Result<EventContent, Violations> {
        event_content_with(*self.0, rules)
    }

    fn changed_by(&mut self, change: &EventChange) {
        let successor = change.superseded_by().map(ResourceName::to_string);
        self.0.state = change.state().code();
        self.0.superseded_by = successor.unwrap_or_default();
    }

    /// Returns the state of its record.
    pub fn state(&self) -> State {
        State::from_code(self.0.state).unwrap_or(State::Active)
    }

    /// Returns the full name of the event that replaces it; empty if there is none.
    pub fn superseded_by(&self) -> &str {
        &self.0.superseded_by
    }
}

macro_rules! record_message {
    ($wrapper:ty, $message:ty, $resource:ident, $content:expr, $references:path) => {
        impl $wrapper {
            fn without_content(&self) -> $message {
                let mut message = <$message>::default();
                message.name.clone_from(&self.0.name);
                message
            }

            /// The only state is whether the content was erased.
            fn changed_by(&mut self, change: &RecordChange) {
                self.0.redacted = *change == RecordChange::Redacted;
            }
        }

        impl RecordMessage for $wrapper {
            fn named(slug: Slug) -> ResourceName {
                ResourceName::$resource(slug)
            }

            fn content(self, name: &ResourceName) -> Result<Self::Content, Violations> {
                $content(*self.0, Some(name.slug()))
            }

            fn references(content: &Self::Content) -> Vec<(String, ResourceName)> {
                $references(content)
            }

            fn is_redacted(&self) -> bool {
                self.0.redacted
            }
        }
    };
}

record_message!(
    PartnershipMessage,
    v1::Partnership,
    Partnership,
    partnership_content,
    PartnershipContent::references
);
record_message!(
    BodyMessage,
    v1::Body,
    Body,
    body_content,
    BodyContent::references
);

impl NoteMessage {
    /// Encodes a note as a message.
    pub fn of(note: &ChangeNote) -> NoteMessage {
        NoteMessage(encode_change_note(note))
    }

    /// Decodes the note of a change of a resource with these sources.
    ///
    /// # Errors
    /// Returns every violation, by field path.
    pub fn read(self, sources: &[Source]) -> Result<ChangeNote, Violations> {
        change_note(self.0, sources)
    }

    /// Returns the ids of the sources that it names.
    pub fn sources(&self) -> &[String] {
        &self.0.sources
    }

    /// Encodes the message.
    pub fn encode(&self) -> Vec<u8> {
        self.0.encode_to_vec()
    }
}

impl From<v1::ChangeNote> for NoteMessage {
    fn from(message: v1::ChangeNote) -> NoteMessage {
        NoteMessage(message)
    }
}
