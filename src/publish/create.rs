use prost::Message;

use super::{
    context::{Context, Written},
    draft::{EventDraft, note},
    publisher::{Prepared, Publisher, Verb},
};
use crate::{
    domain::{ResourceName, Violations},
    proto::v1,
    rejection::Rejection,
    wire::{self, ANSWER_LEN_MAX},
};

/// Events that one call may create.
pub const BATCH_LEN_MAX: usize = 1_000;
/// Bytes that an event has in the answer, at most, beyond what is known before it is committed: etag,
/// position and times.
const ADDED_LEN_MAX: usize = 128;

/// An event to create.
#[derive(Clone, Debug)]
pub struct NewEvent {
    pub name: ResourceName,
    pub event: v1::Event,
    pub note: Option<v1::ChangeNote>,
}

/// New events, all or none.
struct Creation {
    drafts: Vec<EventDraft>,
}

impl Verb for Creation {
    type Answer = v1::Event;

    const CREATES: bool = true;

    async fn prepare(
        &self,
        publisher: &Publisher,
        author: &str,
    ) -> Result<Prepared<v1::Event>, Rejection> {
        let (mut changes, mut answers) = (Vec::new(), Vec::new());
        let mut answer_len = 0;
        for draft in &self.drafts {
            let (change, answer) = draft.propose(None, author)?;
            publisher.check_absent(&change.name)?;
            answer_len += answer.encoded_len() + ADDED_LEN_MAX;
            changes.push(change);
            answers.push(answer);
        }
        // Now, as what is committed is to be answered.
        if answer_len > ANSWER_LEN_MAX {
            return Err(Rejection::TooLarge {
                what: "the answer with every event",
                size: answer_len,
                limit: ANSWER_LEN_MAX,
            });
        }
        Ok(Prepared {
            changes,
            answers,
            unchanged: false,
        })
    }
}

impl Publisher {
    /// Publishes a new event.
    pub async fn create_event(
        &self,
        new: NewEvent,
        context: Context,
    ) -> Result<Written, Rejection> {
        let draft = self.event_draft(new)?;
        self.write(
            Creation {
                drafts: vec![draft],
            },
            context,
        )
        .await
    }

    /// Publishes new events, all or none. Every violation of every one is reported, under
    /// `requests[index].event`.
    pub async fn create_events(
        &self,
        new: Vec<NewEvent>,
        context: Context,
    ) -> Result<Written, Rejection> {
        let mut violations = Violations::default();
        let mut drafts: Vec<EventDraft> = Vec::with_capacity(new.len());
        let mut names = std::collections::HashMap::new();
        for (at, new) in new.into_iter().enumerate() {
            if let Some(earlier) = names.insert(new.name.clone(), at) {
                let why = format!("is the same as in requests[{earlier}]; each must be another");
                violations.add(&format!("requests[{at}].event_id"), why);
            }
            match self.event_draft(new) {
                Ok(draft) => drafts.push(draft),
                Err(found) => violations.append(&format!("requests[{at}]"), found),
            }
        }
        violations.into_result(())?;
        self.write(Creation { drafts }, context).await
    }

    fn event_draft(&self, new: NewEvent) -> Result<EventDraft, Violations> {
        let mut violations = Violations::default();
        let content = wire::event_content(new.event);
        let read = match &content {
            Ok(content) => {
                violations.at("event", |scope| {
                    self.check_references(&new.name, content, scope);
                });
                note(new.note, &content.sources)
            }
            // The sources that a note may name are not known then.
            Err(_) => Ok(None),
        };
        let content = content.map_err(|found| violations.append("event", found));
        let note = read.map_err(|found| violations.append("", found));
        match (content, note) {
            (Ok(content), Ok(note)) if violations.is_empty() => Ok(EventDraft {
                name: new.name,
                content,
                kind: v1::ChangeType::Created,
                state: v1::State::Active,
                note,
                superseded_by: String::new(),
            }),
            _ => Err(violations),
        }
    }

    /// The writer checks this too; here it serves those who only validate.
    pub(super) fn check_absent(&self, name: &str) -> Result<(), Rejection> {
        let head = self.store.head().position;
        match self.store.index().newest_as_of(name, head) {
            None => Ok(()),
            Some(_) => Err(Rejection::AlreadyExists {
                name: name.to_owned(),
            }),
        }
    }
}
