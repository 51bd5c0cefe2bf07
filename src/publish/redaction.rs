use prost::Message;

use super::{
    draft::{encoded_note, note},
    publisher::{Prepared, Publisher, Verb},
    revision::Revision,
};
use crate::{
    domain::ResourceName, filter::Document, proto::v1, rejection::Rejection, store::Proposal, wire,
};

/// The erasure of an event's content from all of its revisions.
#[derive(Clone, Debug)]
pub struct Redact {
    pub name: ResourceName,
    /// Checked when set.
    pub etag: String,
    /// Stays; it cannot rest on sources, which are erased.
    pub note: Option<v1::ChangeNote>,
}

impl Verb for Redact {
    type Answer = v1::Event;

    async fn prepare(
        &self,
        publisher: &Publisher,
        author: &str,
    ) -> Result<Prepared<v1::Event>, Rejection> {
        let name = self.name.to_string();
        let before = publisher.event(&name).await?;
        let (etag, revision) = (&before.message.etag, before.message.revision);
        publisher.check_etag(&name, &self.etag, etag, revision)?;
        if before.message.state() == v1::State::Redacted {
            return Err(Rejection::WrongState {
                name,
                state: "redacted",
                reason: "EVENT_REDACTED",
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
        before: &Revision<v1::Event>,
        author: &str,
    ) -> Result<(Proposal, v1::Event), Rejection> {
        let content = v1::Event {
            name: before.message.name.clone(),
            // Decides who sees it at all.
            exercise: before.message.exercise,
            ..Default::default()
        };
        let note = note(self.note.clone(), &[])?;
        let note = encoded_note(note.as_ref())?;
        let event = v1::Event {
            state: v1::State::Redacted.into(),
            revision: before.message.revision + 1,
            change_note: note.clone(),
            author: author.to_owned(),
            create_time: before.message.create_time,
            ..content.clone()
        };
        let proposal = Proposal {
            name: content.name.clone(),
            expected: Some(before.position),
            rests_on: Vec::new(),
            kind: v1::ChangeType::Redacted,
            content: content.encode_to_vec().into(),
            partnership: false,
            document: Document::of(&wire::event_facts(&event)),
            state: v1::State::Redacted,
            revision: event.revision,
            create_micros: before.create_micros(),
            note,
            superseded_by: String::new(),
            changed_fields: Vec::new(),
        };
        Ok((proposal, event))
    }
}
