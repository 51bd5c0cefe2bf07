//! The revision of a resource on which a write is based.

use super::Publisher;
use crate::{
    domain::{EventContent, Micros, State},
    index::Position,
    rejection::Rejection,
    store::{Resource, StoreError},
    wire::{EventMessage, RecordMessage, ResourceMessage},
};

/// A revision in the log.
#[derive(Clone, Debug)]
pub(super) struct Revision<M> {
    pub position: Position,
    pub message: M,
}

impl Publisher {
    /// Reads the newest revision of an event.
    pub(super) async fn event(&self, name: &str) -> Result<Revision<EventMessage>, Rejection> {
        self.newest(name).await
    }

    /// Reads the newest revision of a resource.
    pub(super) async fn newest<M: ResourceMessage>(
        &self,
        name: &str,
    ) -> Result<Revision<M>, Rejection> {
        let not_found = || Rejection::not_found(name);
        let head = self.store.head().position;
        let position = self.store.index().newest_as_of(name, head);
        let position = position.ok_or_else(not_found)?;
        let bytes = M::bytes(self.resource(position).await?).ok_or_else(not_found)?;
        let message = M::decode(bytes).map_err(|error| damaged(position, error.to_string()))?;
        Ok(Revision { position, message })
    }

    /// Reads the encoded resource at a position.
    pub(super) async fn resource(&self, position: Position) -> Result<Resource, Rejection> {
        let records = self.store.read(vec![position]).await?;
        let record = records.first().ok_or(StoreError::Closed)?;
        let resource = record.resource();
        Ok(resource.map_err(|error| damaged(position, error.to_string()))?)
    }
}

impl<M: ResourceMessage> Revision<M> {
    /// Refuses the write if the client's etag, if given, belongs to another revision.
    pub(super) fn check_etag(&self, given: &str) -> Result<(), Rejection> {
        let current = self.message.etag();
        if given.is_empty() || given == current {
            return Ok(());
        }
        Err(Rejection::EtagMismatch {
            name: self.message.name().to_owned(),
            current_etag: current.to_owned(),
            current_revision: self.message.revision(),
        })
    }

    /// Refuses a revision that would be known earlier than this one.
    pub(super) fn check_known_since(&self, given: Option<Micros>) -> Result<(), Rejection> {
        let known = self.message.known_micros().map(Micros);
        match (given, known) {
            (Some(given), Some(known)) if given < known => Err(Rejection::KnownTooEarly {
                name: self.message.name().to_owned(),
                known_since: known,
            }),
            _ => Ok(()),
        }
    }
}

impl<M: RecordMessage> Revision<M> {
    /// Refuses the write if the content was erased.
    pub(super) fn check_not_redacted(&self, hint: &'static str) -> Result<(), Rejection> {
        if !self.message.is_redacted() {
            return Ok(());
        }
        Err(Rejection::Redacted {
            name: self.message.name().to_owned(),
            hint,
        })
    }
}

impl Revision<EventMessage> {
    /// Returns the content as a domain value.
    pub(super) fn content(&self) -> Result<EventContent, Rejection> {
        Ok(self.message.clone().content()?)
    }

    /// Refuses the write unless the event is active.
    pub(super) fn check_active(&self) -> Result<(), Rejection> {
        let name = self.message.name().to_owned();
        match self.message.state() {
            State::Active => Ok(()),
            State::Retracted => Err(Rejection::EventRetracted { name }),
            State::Merged => Err(Rejection::EventMerged { name }),
            State::Redacted => Err(Rejection::EventRedacted {
                name,
                hint: "publish a new event instead",
            }),
        }
    }
}

fn damaged(position: Position, what: String) -> StoreError {
    StoreError::Damaged { position, what }
}
