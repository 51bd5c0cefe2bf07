use super::{
    draft::EventDraft,
    publisher::{Prepared, Publisher, Verb},
};
use crate::{
    domain::{EventChange, ResourceName, Violations},
    rejection::Rejection,
    wire::{EventMessage, NoteMessage, ResourceMessage as _},
};

/// A correction of an event.
#[derive(Clone, Debug)]
pub struct EventUpdate {
    pub name: ResourceName,
    /// Holds the fields to take; its etag is checked when set.
    pub event: EventMessage,
    pub mask: Vec<String>,
    pub note: Option<NoteMessage>,
}

/// Answers with the current revision when nothing would change.
impl Verb for EventUpdate {
    type Answer = EventMessage;

    async fn prepare(
        &self,
        publisher: &Publisher,
        author: &str,
    ) -> Result<Prepared<EventMessage>, Rejection> {
        let name = self.name.to_string();
        let before = publisher.event(&name).await?;
        publisher.check_etag(
            &name,
            self.event.etag(),
            before.message.etag(),
            before.message.revision(),
        )?;
        before.check_active()?;
        let merged = before.message.masked(&self.event, &self.mask)?;
        let (content, note) = publisher.read_event(&self.name, merged, self.note.clone())?;
        let draft = EventDraft {
            name: self.name.clone(),
            content,
            change: EventChange::Updated,
            note,
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

/// Violations of the content, by their path in the request.
pub(super) fn in_event(found: Violations) -> Violations {
    let mut violations = Violations::default();
    violations.append("event", found);
    violations
}
