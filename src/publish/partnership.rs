use super::{
    draft::{Draft, noted},
    prepared::Prepared,
    publisher::{Publisher, Verb},
};
use crate::{
    domain::{PartnershipChange, ResourceName},
    rejection::Rejection,
    wire::{NoteMessage, PartnershipMessage, ResourceMessage as _},
};

/// A partnership to create.
#[derive(Clone, Debug)]
pub struct NewPartnership {
    pub name: ResourceName,
    pub partnership: PartnershipMessage,
}

/// A correction of a partnership.
#[derive(Clone, Debug)]
pub struct PartnershipUpdate {
    pub name: ResourceName,
    /// Holds the fields to take; its etag is checked when set.
    pub partnership: PartnershipMessage,
    pub mask: Vec<String>,
    pub note: Option<NoteMessage>,
}

impl Verb for NewPartnership {
    type Answer = PartnershipMessage;

    const CREATES: bool = true;

    async fn prepare(
        &self,
        _: &Publisher,
        author: &str,
    ) -> Result<Prepared<PartnershipMessage>, Rejection> {
        let content = self.partnership.clone().content();
        let (content, note) = noted::<PartnershipMessage>(content, None)?;
        let draft = Draft::<PartnershipMessage> {
            name: self.name.clone(),
            content,
            change: PartnershipChange::Created,
            note,
        };
        Ok(Prepared::one(draft.propose(None, author)?))
    }
}

/// Returns the current revision if nothing would change.
impl Verb for PartnershipUpdate {
    type Answer = PartnershipMessage;

    async fn prepare(
        &self,
        publisher: &Publisher,
        author: &str,
    ) -> Result<Prepared<PartnershipMessage>, Rejection> {
        let before = publisher.partnership(&self.name.to_string()).await?;
        before.check_etag(self.partnership.etag())?;
        let merged = before.message.masked(&self.partnership, &self.mask)?;
        let (content, note) = noted::<PartnershipMessage>(merged.content(), self.note.clone())?;
        let draft = Draft::<PartnershipMessage> {
            name: self.name.clone(),
            note,
            content,
            change: PartnershipChange::Updated,
        };
        let proposed = draft.propose(Some(&before), author)?;
        Ok(Prepared::update(proposed, before.message))
    }
}
