use super::{
    draft::{PartnershipDraft, note},
    publisher::{Prepared, Publisher, Verb},
};
use crate::{
    domain::{ResourceName, Violations},
    proto::v1,
    rejection::Rejection,
    wire,
};

/// A partnership to create.
#[derive(Clone, Debug)]
pub struct NewPartnership {
    pub name: ResourceName,
    pub partnership: v1::Partnership,
}

/// A correction of a partnership.
#[derive(Clone, Debug)]
pub struct PartnershipUpdate {
    pub name: ResourceName,
    /// Holds the fields to take; its etag is checked when set.
    pub partnership: v1::Partnership,
    pub mask: Vec<String>,
    pub note: Option<v1::ChangeNote>,
}

impl Verb for NewPartnership {
    type Answer = v1::Partnership;

    const CREATES: bool = true;

    async fn prepare(
        &self,
        _: &Publisher,
        author: &str,
    ) -> Result<Prepared<v1::Partnership>, Rejection> {
        let content = wire::partnership_content(self.partnership.clone());
        let draft = PartnershipDraft {
            name: self.name.clone(),
            content: content.map_err(in_partnership)?,
            kind: v1::ChangeType::Created,
            note: None,
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
    type Answer = v1::Partnership;

    async fn prepare(
        &self,
        publisher: &Publisher,
        author: &str,
    ) -> Result<Prepared<v1::Partnership>, Rejection> {
        let name = self.name.to_string();
        let before = publisher.partnership(&name).await?;
        publisher.check_etag(
            &name,
            &self.partnership.etag,
            &before.message.etag,
            before.message.revision,
        )?;
        let merged = wire::apply_mask(&before.message, &self.partnership, &self.mask)?;
        let content = wire::partnership_content(merged).map_err(in_partnership)?;
        let draft = PartnershipDraft {
            name: self.name.clone(),
            note: note(self.note.clone(), &content.sources)?,
            content,
            kind: v1::ChangeType::Updated,
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

fn in_partnership(found: Violations) -> Violations {
    let mut violations = Violations::default();
    violations.append("partnership", found);
    violations
}
