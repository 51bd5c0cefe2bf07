use super::{ResourceName, State};

/// What a change does.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Change {
    Event(EventChange),
    Partnership(RecordChange),
    Body(RecordChange),
}

/// What a change does to an event.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum EventChange {
    Created,
    Updated,
    /// The record is withdrawn.
    Retracted {
        /// The event that replaces it.
        superseded_by: Option<ResourceName>,
    },
    /// The retraction is undone.
    Restored,
    /// The event is a duplicate of another.
    Merged {
        /// The event that stays.
        into: ResourceName,
    },
    /// The content of all its revisions is erased.
    Redacted,
}

/// What a change does to a partnership or a body.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum RecordChange {
    Created,
    Updated,
    /// The content of all its revisions is erased.
    Redacted,
}

impl Change {
    /// Returns whether the change erases the content of all earlier revisions.
    pub fn redacts(&self) -> bool {
        matches!(
            self,
            Change::Event(EventChange::Redacted)
                | Change::Partnership(RecordChange::Redacted)
                | Change::Body(RecordChange::Redacted)
        )
    }
}

impl EventChange {
    /// Returns the state of the event's record after the change.
    pub fn state(&self) -> State {
        match self {
            EventChange::Created | EventChange::Updated | EventChange::Restored => State::Active,
            EventChange::Retracted { .. } => State::Retracted,
            EventChange::Merged { .. } => State::Merged,
            EventChange::Redacted => State::Redacted,
        }
    }

    /// Returns the event that replaces this one after the change, if any.
    pub fn superseded_by(&self) -> Option<&ResourceName> {
        match self {
            EventChange::Retracted { superseded_by } => superseded_by.as_ref(),
            EventChange::Merged { into } => Some(into),
            _ => None,
        }
    }
}
