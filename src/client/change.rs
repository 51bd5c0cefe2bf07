use std::fmt;

use crate::proto::v1::{ChangeType, Event, EventChange, Match, Partnership};

/// A place to go on from, to be stored with the effect of what came before it.
///
/// Text that means the same to every client of the store: [`token`](Self::token) may be stored by
/// one program and resumed by another, in any language.
#[derive(Clone, Debug, Default, Eq, Hash, PartialEq)]
pub struct Checkpoint {
    token: String,
    position: i64,
}

impl Checkpoint {
    /// A checkpoint that was stored with its position, which makes more
    /// [choices](super::WatchError::choices) possible when the token is refused.
    pub fn new(token: impl Into<String>, position: i64) -> Self {
        Self {
            token: token.into(),
            position,
        }
    }

    /// What the server goes on from.
    pub fn token(&self) -> &str {
        &self.token
    }

    /// The same, for keeps.
    pub fn into_token(self) -> String {
        self.token
    }

    /// Everything matching at or below this position came before; 0 until a snapshot is complete,
    /// and when it is not known.
    pub fn position(&self) -> i64 {
        self.position
    }
}

/// A token that was stored without its position.
impl From<String> for Checkpoint {
    fn from(token: String) -> Self {
        Self::new(token, 0)
    }
}

/// A token that was stored without its position.
impl From<&str> for Checkpoint {
    fn from(token: &str) -> Self {
        Self::new(token, 0)
    }
}

/// The token.
impl fmt::Display for Checkpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.token)
    }
}

/// A change of one event or partnership, and where to go on once it has had its effect.
#[derive(Clone, Debug, PartialEq)]
pub struct Change {
    // Events are large; items that are not changes should not be.
    message: Box<EventChange>,
    checkpoint: Checkpoint,
}

impl Change {
    pub(super) fn new(message: EventChange, checkpoint: Checkpoint) -> Self {
        Self {
            message: Box::new(message),
            checkpoint,
        }
    }

    /// What happened; [`ChangeType::Existing`] for an event that stood when a snapshot was taken.
    pub fn kind(&self) -> ChangeType {
        self.message.r#type()
    }

    /// How it moved across the filter. What has [`Match::Left`] no longer belongs to what is
    /// watched.
    pub fn crossing(&self) -> Match {
        self.message.r#match()
    }

    /// The event after the change, unless it is of a partnership.
    pub fn event(&self) -> Option<&Event> {
        self.message.event.as_ref()
    }

    /// The partnership after the change, unless it is of an event.
    pub fn partnership(&self) -> Option<&Partnership> {
        self.message.partnership.as_ref()
    }

    /// What changed: `events/{event}` or `partnerships/{partnership}`.
    pub fn name(&self) -> &str {
        let event = self.event().map(|event| &event.name);
        let name = event.or(self.partnership().map(|partnership| &partnership.name));
        name.map(String::as_str).unwrap_or_default()
    }

    /// Its place in the log.
    pub fn position(&self) -> i64 {
        let event = self.event().map(|event| event.position);
        event
            .or(self.partnership().map(|partnership| partnership.position))
            .unwrap_or_default()
    }

    /// Everything the server said about it.
    pub fn message(&self) -> &EventChange {
        &self.message
    }

    /// The same, for keeps.
    pub fn into_message(self) -> EventChange {
        *self.message
    }

    /// Store this once the change has had its effect, best in one transaction with it.
    pub fn checkpoint(&self) -> &Checkpoint {
        &self.checkpoint
    }
}
