//! Resources in the form of messages, in which clients write them and records keep them. What knows
//! these types need not know what protobuf makes of them.

use bytes::Bytes;
use prost::{DecodeError, Message};

use super::{
    apply_mask, change_note, changed_fields, decode::micros, encode_change_note, encode_event,
    encode_partnership, event_content_with, event_facts, partnership_content, partnership_facts,
    timestamp,
};
use crate::{
    domain::{
        Change, ChangeNote, EventChange, EventContent, Micros, PartnershipChange,
        PartnershipContent, ResourceName, Source, State, Violations, Vocabulary as _,
    },
    filter::Document,
    proto::v1,
};

/// An event. In a box, as it has a kilobyte of fields and is handed on from one future to the next.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct EventMessage(Box<v1::Event>);

/// A partnership.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct PartnershipMessage(Box<v1::Partnership>);

/// The note of a change.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct NoteMessage(v1::ChangeNote);

/// What the writes of both resources need to know of them.
pub trait ResourceMessage: Clone + Send + Sized + Sync {
    /// What requests and violations call it.
    const FIELD: &'static str;

    /// What it says, as the domain knows it.
    type Content;

    /// What a write does to it.
    type Change: Clone + Into<Change>;

    /// A resource of this name with this content.
    fn of(name: &ResourceName, content: &Self::Content) -> Self;

    /// The sources of a content.
    fn sources(content: &Self::Content) -> &[Source];

    /// The same content in a revision that stands so after a change.
    fn standing(self, change: &Self::Change, standing: &Standing<'_>) -> Self;

    /// Reads what a record has.
    fn decode(bytes: Bytes) -> Result<Self, DecodeError>;

    /// The encoded message.
    fn encode(&self) -> Vec<u8>;

    /// How long it is when it is encoded.
    fn encoded_len(&self) -> usize;

    /// The content fields of `self` with those of `update` that `mask` names. An empty mask takes
    /// those that are set, `*` all.
    fn masked(&self, update: &Self, mask: &[String]) -> Result<Self, Violations>;

    /// Names of the content fields in which they differ.
    fn changed_fields(&self, after: &Self) -> Vec<String>;

    /// What the index is to know of it.
    fn document(&self) -> Document;

    fn name(&self) -> &str;

    fn etag(&self) -> &str;

    fn revision(&self) -> i32;

    /// When the first revision was committed.
    fn create_micros(&self) -> Option<i64>;
}

/// What a revision has beside its content, but for what only the writer knows.
#[derive(Clone, Debug)]
pub struct Standing<'a> {
    pub revision: i32,
    pub note: Option<&'a NoteMessage>,
    pub author: &'a str,
    pub create_micros: Option<i64>,
}

macro_rules! resource_message {
    ($wrapper:ty, $message:ty, $field:literal, $content:ty, $change:ty, $encode:path, $facts:path) => {
        impl ResourceMessage for $wrapper {
            const FIELD: &'static str = $field;

            type Content = $content;
            type Change = $change;

            fn of(name: &ResourceName, content: &$content) -> Self {
                Self(Box::new($encode(name, content)))
            }

            fn sources(content: &$content) -> &[Source] {
                &content.sources
            }

            fn standing(mut self, change: &$change, standing: &Standing<'_>) -> Self {
                self.0.revision = standing.revision;
                self.0.change_note = standing.note.map(|note| note.0.clone());
                standing.author.clone_into(&mut self.0.author);
                self.0.create_time = standing.create_micros.map(Micros).map(timestamp);
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
    "event",
    EventContent,
    EventChange,
    encode_event,
    event_facts
);
resource_message!(
    PartnershipMessage,
    v1::Partnership,
    "partnership",
    PartnershipContent,
    PartnershipChange,
    encode_partnership,
    partnership_facts
);

impl EventMessage {
    /// What a redaction leaves of it.
    pub fn erased(&self) -> EventMessage {
        EventMessage::from(v1::Event {
            name: self.0.name.clone(),
            // Decides who sees it at all.
            exercise: self.0.exercise,
            ..v1::Event::default()
        })
    }

    /// Its content.
    ///
    /// # Errors
    /// Every violation, by field path.
    pub fn content(self) -> Result<EventContent, Violations> {
        self.content_with(|_, _| ())
    }

    /// The same, with rules of the caller's. They see stand-ins for what is refused already, and are
    /// not heard when they refuse it again.
    ///
    /// # Errors
    /// Every violation, by field path.
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

    /// The life of its record.
    pub fn state(&self) -> State {
        State::from_code(self.0.state).unwrap_or(State::Active)
    }

    /// Full name of the event that takes its place; empty when none does.
    pub fn superseded_by(&self) -> &str {
        &self.0.superseded_by
    }
}

impl PartnershipMessage {
    /// Its content.
    ///
    /// # Errors
    /// Every violation, by field path.
    pub fn content(self) -> Result<PartnershipContent, Violations> {
        partnership_content(*self.0)
    }

    /// Partnerships have no life of their own.
    fn changed_by(&mut self, _: &PartnershipChange) {}
}

impl NoteMessage {
    /// A note as a message.
    pub fn of(note: &ChangeNote) -> NoteMessage {
        NoteMessage(encode_change_note(note))
    }

    /// The note of a change of a resource with these sources.
    ///
    /// # Errors
    /// Every violation, by field path.
    pub fn read(self, sources: &[Source]) -> Result<ChangeNote, Violations> {
        change_note(self.0, sources)
    }

    /// The ids of the sources that it names.
    pub fn sources(&self) -> &[String] {
        &self.0.sources
    }

    /// The encoded message.
    pub fn encode(&self) -> Vec<u8> {
        self.0.encode_to_vec()
    }
}

impl From<v1::ChangeNote> for NoteMessage {
    fn from(message: v1::ChangeNote) -> NoteMessage {
        NoteMessage(message)
    }
}
