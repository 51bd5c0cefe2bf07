use std::fmt;

use crate::proto::v1::{Body, ChangeType, Event, EventChange, Match, Partnership};

/// Where a watch resumes. Store it together with the effect of the changes before it.
///
/// Any client of the store can use it: one program may store the [`token`](Self::token) and another,
/// in any language, may resume with it.
#[derive(Clone, Debug, Default, Eq, Hash, PartialEq)]
pub struct Checkpoint {
    token: String,
    position: i64,
}

impl Checkpoint {
    /// Makes a checkpoint from a stored token and its position. With the position, more
    /// [choices](super::WatchError::choices) remain if the token is refused.
    pub fn new(token: impl Into<String>, position: i64) -> Self {
        Self {
            token: token.into(),
            position,
        }
    }

    /// Returns the resume token for the server.
    pub fn token(&self) -> &str {
        &self.token
    }

    /// Returns the resume token for the server.
    pub fn into_token(self) -> String {
        self.token
    }

    /// Returns the position up to which everything matching came before; 0 until a snapshot is
    /// complete, and if unknown.
    pub fn position(&self) -> i64 {
        self.position
    }
}

/// Makes a checkpoint from a token that was stored without its position.
impl From<String> for Checkpoint {
    fn from(token: String) -> Self {
        Self::new(token, 0)
    }
}

/// Makes a checkpoint from a token that was stored without its position.
impl From<&str> for Checkpoint {
    fn from(token: &str) -> Self {
        Self::new(token, 0)
    }
}

/// Writes the token.
impl fmt::Display for Checkpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.token)
    }
}

/// A change of one event, partnership or body, with the checkpoint after it.
#[derive(Clone, Debug, PartialEq)]
pub struct Change {
    // Boxed, since events are large and items that are not changes should stay small.
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

    /// Returns what happened; [`ChangeType::Existing`] for an event of a snapshot.
    pub fn kind(&self) -> ChangeType {
        self.message.r#type()
    }

    /// Returns how the change moved its resource across the filter. A resource that has
    /// [`Match::Left`] no longer matches.
    pub fn crossing(&self) -> Match {
        self.message.r#match()
    }

    /// Returns the event after the change, or `None` for a change of something else.
    pub fn event(&self) -> Option<&Event> {
        self.message.event.as_ref()
    }

    /// Returns the partnership after the change, or `None` for a change of something else.
    pub fn partnership(&self) -> Option<&Partnership> {
        self.message.partnership.as_ref()
    }

    /// Returns the body after the change, or `None` for a change of something else.
    pub fn body(&self) -> Option<&Body> {
        self.message.body.as_ref()
    }

    /// Returns the name of what changed: `events/{event}`, `partnerships/{partnership}` or
    /// `bodies/{body}`.
    pub fn name(&self) -> &str {
        let event = self.event().map(|event| &event.name);
        let partnership = || self.partnership().map(|partnership| &partnership.name);
        let body = || self.body().map(|body| &body.name);
        let name = event.or_else(partnership).or_else(body);
        name.map(String::as_str).unwrap_or_default()
    }

    /// Returns its position in the log.
    pub fn position(&self) -> i64 {
        let event = self.event().map(|event| event.position);
        let partnership = || self.partnership().map(|partnership| partnership.position);
        let body = || self.body().map(|body| body.position);
        let position = event.or_else(partnership).or_else(body);
        position.unwrap_or_default()
    }

    /// Returns the change as the server sent it.
    pub fn message(&self) -> &EventChange {
        &self.message
    }

    /// Returns the change as the server sent it.
    pub fn into_message(self) -> EventChange {
        *self.message
    }

    /// Returns the checkpoint to store once the change has had its effect, best in one transaction.
    pub fn checkpoint(&self) -> &Checkpoint {
        &self.checkpoint
    }
}
