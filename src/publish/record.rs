//! Writes of partnerships and bodies, which have no life beyond their revisions.

use super::{
    draft::{Draft, note, noted, propose},
    prepared::Prepared,
    publisher::{Publisher, Verb},
};
use crate::{
    domain::{Micros, RecordChange, ResourceName},
    rejection::Rejection,
    wire::{BodyMessage, NoteMessage, PartnershipMessage, RecordMessage},
};

/// A partnership or body to create.
#[derive(Clone, Debug)]
pub struct NewRecord<M> {
    pub name: ResourceName,
    pub message: M,
    pub note: Option<NoteMessage>,
    pub known_since: Option<Micros>,
}

/// A correction of a partnership or body.
#[derive(Clone, Debug)]
pub struct RecordUpdate<M> {
    pub name: ResourceName,
    /// Holds the fields to take; its etag is checked when set.
    pub message: M,
    pub mask: Vec<String>,
    pub note: Option<NoteMessage>,
    pub known_since: Option<Micros>,
}

/// Erases the content of a partnership or body from all of its revisions.
#[derive(Clone, Debug)]
pub struct RecordRedaction<M> {
    pub name: ResourceName,
    /// Must match the current revision if set.
    pub etag: String,
    /// Is kept. It cannot cite sources, which are erased.
    pub note: Option<NoteMessage>,
    pub known_since: Option<Micros>,
    pub of: std::marker::PhantomData<fn() -> M>,
}

pub type NewPartnership = NewRecord<PartnershipMessage>;
pub type PartnershipUpdate = RecordUpdate<PartnershipMessage>;
pub type PartnershipRedaction = RecordRedaction<PartnershipMessage>;
pub type NewBody = NewRecord<BodyMessage>;
pub type BodyUpdate = RecordUpdate<BodyMessage>;
pub type BodyRedaction = RecordRedaction<BodyMessage>;

impl<M: RecordMessage> Verb for NewRecord<M>
where
    M::Content: Send + Sync,
{
    type Answer = M;

    const CREATES: bool = true;

    async fn prepare(&self, publisher: &Publisher, author: &str) -> Result<Prepared<M>, Rejection> {
        let content = self.message.clone().content(&self.name);
        let content = content.and_then(|it| publisher.check_named::<M>(it, None));
        let (content, note) = noted::<M>(content, self.note.clone())?;
        let draft = Draft::<M> {
            name: self.name.clone(),
            content,
            change: RecordChange::Created,
            note,
            known_since: self.known_since,
        };
        Ok(Prepared::one(draft.propose(None, author)?))
    }
}

/// Returns the current revision if nothing would change.
impl<M: RecordMessage> Verb for RecordUpdate<M>
where
    M::Content: Send + Sync,
{
    type Answer = M;

    async fn prepare(&self, publisher: &Publisher, author: &str) -> Result<Prepared<M>, Rejection> {
        let before = publisher.newest::<M>(&self.name.to_string()).await?;
        before.check_etag(self.message.etag())?;
        before.check_not_redacted("publish a new one instead")?;
        let merged = before.message.masked(&self.message, &self.mask)?;
        let named_before = Some((&before, &self.name));
        let content = merged.content(&self.name);
        let content = content.and_then(|it| publisher.check_named::<M>(it, named_before));
        let (content, note) = noted::<M>(content, self.note.clone())?;
        let draft = Draft::<M> {
            name: self.name.clone(),
            note,
            content,
            change: RecordChange::Updated,
            known_since: self.known_since,
        };
        let proposed = draft.propose(Some(&before), author)?;
        Ok(Prepared::update(proposed, before.message))
    }
}

impl<M: RecordMessage> Verb for RecordRedaction<M> {
    type Answer = M;

    async fn prepare(&self, publisher: &Publisher, author: &str) -> Result<Prepared<M>, Rejection> {
        let before = publisher.newest::<M>(&self.name.to_string()).await?;
        before.check_etag(&self.etag)?;
        before.check_not_redacted("nothing is left of it to erase")?;
        let note = note(self.note.clone(), &[])?;
        let erased = before.message.erased();
        let change = RecordChange::Redacted;
        let since = self.known_since;
        let proposed = propose(erased, &change, note.as_ref(), since, Some(&before), author)?;
        Ok(Prepared::one(proposed))
    }
}
