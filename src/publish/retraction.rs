use super::{
    draft::{Draft, note},
    prepared::Prepared,
    publisher::{Publisher, Verb},
    revision::Revision,
};
use crate::{
    domain::{EventChange, Micros, ResourceName, State},
    rejection::Rejection,
    wire::{EventMessage, NoteMessage, ResourceMessage as _},
};

/// Retracts an event.
#[derive(Clone, Debug)]
pub struct Retraction {
    pub name: ResourceName,
    /// Must match the current revision if set.
    pub etag: String,
    pub note: Option<NoteMessage>,
    pub known_since: Option<Micros>,
    /// The event that replaces it.
    pub superseded_by: Option<ResourceName>,
}

/// Restores a retracted event.
#[derive(Clone, Debug)]
pub struct Restoration {
    pub name: ResourceName,
    /// Must match the current revision if set.
    pub etag: String,
    pub note: Option<NoteMessage>,
    pub known_since: Option<Micros>,
}

impl Verb for Retraction {
    type Answer = EventMessage;

    async fn prepare(
        &self,
        publisher: &Publisher,
        author: &str,
    ) -> Result<Prepared<EventMessage>, Rejection> {
        let before = publisher.event(&self.name.to_string()).await?;
        before.check_etag(&self.etag)?;
        before.check_active()?;
        let chain = match &self.superseded_by {
            Some(successor) => publisher.check_successor(&self.name, successor).await?,
            None => Vec::new(),
        };
        let content = before.content()?;
        let draft = Draft::<EventMessage> {
            name: self.name.clone(),
            known_since: self.known_since,
            note: note(self.note.clone(), &content.sources)?,
            content,
            change: EventChange::Retracted {
                superseded_by: self.superseded_by.clone(),
            },
        };
        let (mut change, answer) = draft.propose(Some(&before), author)?;
        change.rests_on = chain;
        Ok(Prepared::one((change, answer)))
    }
}

impl Verb for Restoration {
    type Answer = EventMessage;

    async fn prepare(
        &self,
        publisher: &Publisher,
        author: &str,
    ) -> Result<Prepared<EventMessage>, Rejection> {
        let before = publisher.event(&self.name.to_string()).await?;
        before.check_etag(&self.etag)?;
        check_retracted(&before)?;
        let content = before.content()?;
        let draft = Draft::<EventMessage> {
            name: self.name.clone(),
            known_since: self.known_since,
            note: note(self.note.clone(), &content.sources)?,
            content,
            change: EventChange::Restored,
        };
        Ok(Prepared::one(draft.propose(Some(&before), author)?))
    }
}

fn check_retracted(revision: &Revision<EventMessage>) -> Result<(), Rejection> {
    let state = match revision.message.state() {
        State::Retracted => return Ok(()),
        State::Merged => "merged",
        State::Redacted => "redacted",
        State::Active => "active",
    };
    Err(Rejection::NotRetracted {
        name: revision.message.name().to_owned(),
        state,
    })
}
