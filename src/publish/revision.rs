//! The revision of a resource that a write starts from.

use prost::Message;

use super::Publisher;
use crate::{
    domain::{EventContent, Micros},
    index::Position,
    proto::v1,
    rejection::Rejection,
    store::{Resource, StoreError},
    wire,
};

/// A revision as it lies in the log.
#[derive(Clone, Debug)]
pub struct Revision<M> {
    pub position: Position,
    pub message: M,
}

impl Publisher {
    /// The newest revision of an event.
    pub(super) async fn event(&self, name: &str) -> Result<Revision<v1::Event>, Rejection> {
        let (position, resource) = self.newest(name).await?;
        match resource {
            Resource::Event(bytes) => decoded(position, v1::Event::decode(bytes)),
            Resource::Partnership(_) => Err(Rejection::not_found(name)),
        }
    }

    /// The newest revision of a partnership.
    pub(super) async fn partnership(
        &self,
        name: &str,
    ) -> Result<Revision<v1::Partnership>, Rejection> {
        let (position, resource) = self.newest(name).await?;
        match resource {
            Resource::Partnership(bytes) => decoded(position, v1::Partnership::decode(bytes)),
            Resource::Event(_) => Err(Rejection::not_found(name)),
        }
    }

    async fn newest(&self, name: &str) -> Result<(Position, Resource), Rejection> {
        let head = self.store.head().position;
        let position = self.store.index().newest_as_of(name, head);
        let position = position.ok_or_else(|| Rejection::not_found(name))?;
        Ok((position, self.resource(position).await?))
    }

    /// The encoded resource of a position.
    pub(super) async fn resource(&self, position: Position) -> Result<Resource, Rejection> {
        let records = self.store.read(vec![position]).await?;
        let record = records.first().ok_or(StoreError::Closed)?;
        let resource = record.resource();
        Ok(resource.map_err(|error| damaged(position, error.to_string()))?)
    }

    /// Refuses when the client saw another revision than the one with this etag and number.
    pub(super) fn check_etag(
        &self,
        name: &str,
        given: &str,
        current: &str,
        number: i32,
    ) -> Result<(), Rejection> {
        if given.is_empty() || given == current {
            return Ok(());
        }
        Err(Rejection::EtagMismatch {
            name: name.to_owned(),
            current_etag: current.to_owned(),
            current_revision: number,
        })
    }
}

impl Revision<v1::Event> {
    /// Its content as the domain knows it.
    pub fn content(&self) -> Result<EventContent, Rejection> {
        Ok(wire::event_content(self.message.clone())?)
    }

    /// Refuses unless the record stands.
    pub fn check_active(&self) -> Result<(), Rejection> {
        let (state, reason, hint) = match self.message.state() {
            v1::State::Retracted => ("retracted", "EVENT_RETRACTED", "restore it first"),
            v1::State::Merged => (
                "merged",
                "EVENT_MERGED",
                "write to the event it was merged into",
            ),
            v1::State::Redacted => ("redacted", "EVENT_REDACTED", "publish a new event instead"),
            v1::State::Active | v1::State::Unspecified => return Ok(()),
        };
        Err(Rejection::WrongState {
            name: self.message.name.clone(),
            state,
            reason,
            hint,
        })
    }

    /// Commit time of the first revision.
    pub fn create_micros(&self) -> Option<i64> {
        micros(self.message.create_time)
    }
}

impl Revision<v1::Partnership> {
    /// Commit time of the first revision.
    pub fn create_micros(&self) -> Option<i64> {
        micros(self.message.create_time)
    }
}

fn micros(time: Option<prost_types::Timestamp>) -> Option<i64> {
    time.and_then(|time| wire::micros(time).ok())
        .map(|Micros(micros)| micros)
}

fn decoded<M>(
    position: Position,
    message: Result<M, prost::DecodeError>,
) -> Result<Revision<M>, Rejection> {
    let message = message.map_err(|error| damaged(position, error.to_string()))?;
    Ok(Revision { position, message })
}

fn damaged(position: Position, what: String) -> StoreError {
    StoreError::Damaged { position, what }
}
