use super::{
    draft::{encoded_note, note},
    publisher::{Prepared, Publisher, Verb},
    revision::Revision,
};
use crate::{
    domain::{Change, EventChange, ResourceName, State},
    rejection::Rejection,
    store::Proposal,
    wire::{EventMessage, NoteMessage, ResourceMessage as _, Standing},
};

/// The erasure of an event's content from all of its revisions.
#[derive(Clone, Debug)]
pub struct Redact {
    pub name: ResourceName,
    /// Checked when set.
    pub etag: String,
    /// Stays; it cannot rest on sources, which are erased.
    pub note: Option<NoteMessage>,
}

impl Verb for Redact {
    type Answer = EventMessage;

    async fn prepare(
        &self,
        publisher: &Publisher,
        author: &str,
    ) -> Result<Prepared<EventMessage>, Rejection> {
        let name = self.name.to_string();
        let before = publisher.event(&name).await?;
        let (etag, revision) = (before.message.etag(), before.message.revision());
        publisher.check_etag(&name, &self.etag, etag, revision)?;
        if before.message.state() == State::Redacted {
            return Err(Rejection::EventRedacted {
                name,
                hint: "nothing is left of it to erase",
            });
        }
        let (change, answer) = self.propose(&before, author)?;
        Ok(Prepared {
            changes: vec![change],
            answers: vec![answer],
            unchanged: false,
        })
    }
}

impl Redact {
    fn propose(
        &self,
        before: &Revision<EventMessage>,
        author: &str,
    ) -> Result<(Proposal, EventMessage), Rejection> {
        let content = before.message.erased();
        let encoded = content.encode().into();
        let note = note(self.note.clone(), &[])?;
        let note = note.as_ref().map(NoteMessage::of);
        let standing = Standing {
            revision: before.message.revision() + 1,
            note: note.as_ref(),
            author,
            create_micros: before.message.create_micros(),
        };
        let event = content.standing(&EventChange::Redacted, &standing);
        let proposal = Proposal {
            name: event.name().to_owned(),
            change: Change::Event(EventChange::Redacted),
            expected: Some(before.position),
            rests_on: Vec::new(),
            content: encoded,
            changed_fields: Vec::new(),
            note: note.as_ref().map(encoded_note).transpose()?,
            document: event.document(),
            revision: standing.revision,
            create_micros: standing.create_micros,
        };
        Ok((proposal, event))
    }
}
