use super::{ResourceName, State};

/// What a change does.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Change {
    Event(EventChange),
    Partnership(PartnershipChange),
}

/// What a change does to an event.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum EventChange {
    Created,
    Updated,
    /// Withdrawn.
    Retracted {
        /// The event that takes its place.
        superseded_by: Option<ResourceName>,
    },
    /// Back after a retraction.
    Restored,
    /// Found to be a duplicate.
    Merged {
        /// The event that stays.
        into: ResourceName,
    },
    /// Its content is erased, from all of its revisions.
    Redacted,
}

/// What a change does to a partnership.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum PartnershipChange {
    Created,
    Updated,
}

impl Change {
    /// Whether it erases the content of the revisions before it.
    pub fn redacts(&self) -> bool {
        *self == Change::Event(EventChange::Redacted)
    }
}

impl From<EventChange> for Change {
    fn from(change: EventChange) -> Change {
        Change::Event(change)
    }
}

impl From<PartnershipChange> for Change {
    fn from(change: PartnershipChange) -> Change {
        Change::Partnership(change)
    }
}

impl EventChange {
    /// The life of the event's record from then on.
    pub fn state(&self) -> State {
        match self {
            EventChange::Created | EventChange::Updated | EventChange::Restored => State::Active,
            EventChange::Retracted { .. } => State::Retracted,
            EventChange::Merged { .. } => State::Merged,
            EventChange::Redacted => State::Redacted,
        }
    }

    /// The event that takes its place from then on.
    pub fn superseded_by(&self) -> Option<&ResourceName> {
        match self {
            EventChange::Retracted { superseded_by } => superseded_by.as_ref(),
            EventChange::Merged { into } => Some(into),
            _ => None,
        }
    }
}
