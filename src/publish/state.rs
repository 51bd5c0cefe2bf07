use super::{
    draft::{EventDraft, note},
    publisher::{Prepared, Publisher, Verb},
    revision::Revision,
};
use crate::{domain::ResourceName, proto::v1, rejection::Rejection};

/// The withdrawal of an event's record.
#[derive(Clone, Debug)]
pub struct Retraction {
    pub name: ResourceName,
    /// Checked when set.
    pub etag: String,
    pub note: Option<v1::ChangeNote>,
    /// The announcement that takes its place.
    pub superseded_by: Option<ResourceName>,
}

/// The return of an event that was retracted.
#[derive(Clone, Debug)]
pub struct Restoration {
    pub name: ResourceName,
    /// Checked when set.
    pub etag: String,
    pub note: Option<v1::ChangeNote>,
}

impl Verb for Retraction {
    type Answer = v1::Event;

    async fn prepare(
        &self,
        publisher: &Publisher,
        author: &str,
    ) -> Result<Prepared<v1::Event>, Rejection> {
        let name = self.name.to_string();
        let before = publisher.event(&name).await?;
        publisher.check_etag(
            &name,
            &self.etag,
            &before.message.etag,
            before.message.revision,
        )?;
        before.check_active()?;
        let chain = match &self.superseded_by {
            Some(successor) => publisher.check_successor(&self.name, successor).await?,
            None => Vec::new(),
        };
        let content = before.content()?;
        let draft = EventDraft {
            name: self.name.clone(),
            note: note(self.note.clone(), &content.sources)?,
            content,
            kind: v1::ChangeType::Retracted,
            state: v1::State::Retracted,
            superseded_by: self
                .superseded_by
                .as_ref()
                .map_or_else(String::new, ToString::to_string),
        };
        let (mut change, answer) = draft.propose(Some(&before), author)?;
        change.rests_on = chain;
        Ok(Prepared {
            changes: vec![change],
            answers: vec![answer],
            unchanged: false,
        })
    }
}

impl Verb for Restoration {
    type Answer = v1::Event;

    async fn prepare(
        &self,
        publisher: &Publisher,
        author: &str,
    ) -> Result<Prepared<v1::Event>, Rejection> {
        let name = self.name.to_string();
        let before = publisher.event(&name).await?;
        publisher.check_etag(
            &name,
            &self.etag,
            &before.message.etag,
            before.message.revision,
        )?;
        check_retracted(&before)?;
        let content = before.content()?;
        let draft = EventDraft {
            name: self.name.clone(),
            note: note(self.note.clone(), &content.sources)?,
            content,
            kind: v1::ChangeType::Restored,
            state: v1::State::Active,
            superseded_by: String::new(),
        };
        let (change, answer) = draft.propose(Some(&before), author)?;
        Ok(Prepared {
            changes: vec![change],
            answers: vec![answer],
            unchanged: false,
        })
    }
}

fn check_retracted(revision: &Revision<v1::Event>) -> Result<(), Rejection> {
    let state = match revision.message.state() {
        v1::State::Retracted => return Ok(()),
        v1::State::Merged => "merged",
        v1::State::Redacted => "redacted",
        v1::State::Active | v1::State::Unspecified => "active",
    };
    Err(Rejection::WrongState {
        name: revision.message.name.clone(),
        state,
        reason: "NOT_RETRACTED",
        hint: "only a retracted event can be restored",
    })
}
