//! The revision of a resource on which a write is based.

use bytes::Bytes;

use super::Publisher;
use crate::{
    domain::{EventContent, State},
    index::Position,
    rejection::Rejection,
    store::{Resource, StoreError},
    wire::{EventMessage, PartnershipMessage, ResourceMessage},
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
        let (position, resource) = self.newest(name).await?;
        match resource {
            Resource::Event(bytes) => decoded(position, bytes),
            Resource::Partnership(_) => Err(Rejection::not_found(name)),
        }
    }

    /// Reads the newest revision of a partnership.
    pub(super) async fn partnership(
        &self,
        name: &str,
    ) -> Result<Revision<PartnershipMessage>, Rejection> {
        let (position, resource) = self.newest(name).await?;
        match resource {
            Resource::Partnership(bytes) => decoded(position, bytes),
            Resource::Event(_) => Err(Rejection::not_found(name)),
        }
    }

    async fn newest(&self, name: &str) -> Result<(Position, Resource), Rejection> {
        let head = self.store.head().position;
        let position = self.store.index().newest_as_of(name, head);
        let position = position.ok_or_else(|| Rejection::not_found(name))?;
        Ok((position, self.resource(position).await?))
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

fn decoded<M: ResourceMessage>(position: Position, bytes: Bytes) -> Result<Revision<M>, Rejection> {
    let message = M::decode(bytes).map_err(|error| damaged(position, error.to_string()))?;
    Ok(Revision { position, message })
}

fn damaged(position: Position, what: String) -> StoreError {
    StoreError::Damaged { position, what }
}
