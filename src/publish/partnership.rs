use super::{
    draft::{PartnershipDraft, note, note_alone},
    publisher::{Prepared, Publisher, Verb},
};
use crate::{
    domain::{ChangeNote, PartnershipChange, PartnershipContent, ResourceName, Violations},
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
        let (content, note) = read(self.partnership.clone(), None)?;
        let draft = PartnershipDraft {
            name: self.name.clone(),
            content,
            change: PartnershipChange::Created,
            note,
        };
        let (change, answer) = draft.propose(None, author)?;
        Ok(Prepared {
            changes: vec![change],
            answers: vec![answer],
            unchanged: false,
        })
    }
}

/// Answers with the current revision when nothing would change.
impl Verb for PartnershipUpdate {
    type Answer = PartnershipMessage;

    async fn prepare(
        &self,
        publisher: &Publisher,
        author: &str,
    ) -> Result<Prepared<PartnershipMessage>, Rejection> {
        let name = self.name.to_string();
        let before = publisher.partnership(&name).await?;
        publisher.check_etag(
            &name,
            self.partnership.etag(),
            before.message.etag(),
            before.message.revision(),
        )?;
        let merged = before.message.masked(&self.partnership, &self.mask)?;
        let (content, note) = read(merged, self.note.clone())?;
        let draft = PartnershipDraft {
            name: self.name.clone(),
            note,
            content,
            change: PartnershipChange::Updated,
        };
        let (change, answer) = draft.propose(Some(&before), author)?;
        let unchanged = change.changed_fields.is_empty();
        let answer = if unchanged { before.message } else { answer };
        Ok(Prepared {
            changes: vec![change],
            answers: vec![answer],
            unchanged,
        })
    }
}

/// Reads what a partnership is to say, and the note of its change. Every violation of both is
/// reported.
fn read(
    partnership: PartnershipMessage,
    given: Option<NoteMessage>,
) -> Result<(PartnershipContent, Option<ChangeNote>), Violations> {
    let mut violations = Violations::default();
    let content = partnership.content();
    let note = match &content {
        Ok(content) => note(given, &content.sources),
        Err(_) => note_alone(given),
    };
    let content = content.map_err(|found| violations.append("partnership", found));
    let note = note.map_err(|found| violations.append("", found));
    match (content, note) {
        (Ok(content), Ok(note)) => Ok((content, note)),
        _ => Err(violations),
    }
}
