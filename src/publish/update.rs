use super::{
    draft::Draft,
    prepared::Prepared,
    publisher::{Publisher, Verb},
};
use crate::{
    domain::{EventChange, Micros, ResourceName, Violations},
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
    pub known_since: Option<Micros>,
}

/// Returns the current revision if nothing would change.
impl Verb for EventUpdate {
    type Answer = EventMessage;

    async fn prepare(
        &self,
        publisher: &Publisher,
        author: &str,
    ) -> Result<Prepared<EventMessage>, Rejection> {
        let before = publisher.event(&self.name.to_string()).await?;
        before.check_etag(self.event.etag())?;
        before.check_active()?;
        let merged = before.message.masked(&self.event, &self.mask)?;
        let (content, note) =
            publisher.read_event(&self.name, merged, self.note.clone(), Some(&before))?;
        let draft = Draft::<EventMessage> {
            name: self.name.clone(),
            known_since: self.known_since,
            content,
            change: EventChange::Updated,
            note,
        };
        let proposed = draft.propose(Some(&before), author)?;
        Ok(Prepared::update(proposed, before.message))
    }
}

/// Returns the violations of the content, by their paths in the request.
pub(super) fn in_event(found: Violations) -> Violations {
    let mut violations = Violations::default();
    violations.append("event", found);
    violations
}
