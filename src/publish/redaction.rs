use super::{
    draft::{note, propose},
    prepared::Prepared,
    publisher::{Publisher, Verb},
};
use crate::{
    domain::{EventChange, Micros, ResourceName, State},
    rejection::Rejection,
    wire::{EventMessage, NoteMessage, ResourceMessage as _},
};

/// Erases an event's content from all of its revisions.
#[derive(Clone, Debug)]
pub struct Redact {
    pub name: ResourceName,
    /// Must match the current revision if set.
    pub etag: String,
    /// Is kept. It cannot cite sources, which are erased.
    pub note: Option<NoteMessage>,
    pub known_since: Option<Micros>,
}

impl Verb for Redact {
    type Answer = EventMessage;

    async fn prepare(
        &self,
        publisher: &Publisher,
        author: &str,
    ) -> Result<Prepared<EventMessage>, Rejection> {
        let before = publisher.event(&self.name.to_string()).await?;
        before.check_etag(&self.etag)?;
        if before.message.state() == State::Redacted {
            return Err(Rejection::EventRedacted {
                name: self.name.to_string(),
                hint: "nothing is left of it to erase",
            });
        }
        let note = note(self.note.clone(), &[])?;
        let erased = before.message.erased();
        let proposed = propose(
            erased,
            &EventChange::Redacted,
            note.as_ref(),
            self.known_since,
            Some(&before),
            author,
        )?;
        Ok(Prepared::one(proposed))
    }
}
