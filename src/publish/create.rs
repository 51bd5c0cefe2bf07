use std::{collections::HashMap, sync::Arc};

use super::{
    draft::Draft,
    parts::{each_in_a_task, in_parts},
    prepared::Prepared,
    publisher::{Publisher, Verb},
    write_terms::WriteTerms,
    written::Written,
};
use crate::{
    domain::{EventChange, Micros, ResourceName, Violations},
    rejection::Rejection,
    store::Proposal,
    wire::{ANSWER_LEN_MAX, EventMessage, NoteMessage, ResourceMessage as _},
};

/// Maximum number of events that one call may create.
pub const BATCH_LEN_MAX: usize = 1_000;
/// Events that are checked before other tasks get a turn: about two milliseconds of work.
const PART_LEN: usize = 64;
/// Maximum bytes that the commit adds to an event in the answer: etag, position and times.
const ADDED_LEN_MAX: usize = 128;

/// An event to create.
#[derive(Clone, Debug)]
pub struct NewEvent {
    pub name: ResourceName,
    /// `None` if it is missing, which is among the violations that were found already.
    pub event: Option<EventMessage>,
    pub note: Option<NoteMessage>,
    pub known_since: Option<Micros>,
}

/// New events, written all or none, in parts that are each checked in one go.
struct Creation {
    parts: Vec<Arc<Vec<Draft<EventMessage>>>>,
}

/// The proposals of one part, the events for the answer, and their total length.
type Proposed = (Vec<Proposal>, Vec<EventMessage>, usize);

impl Verb for Creation {
    type Answer = EventMessage;

    const CREATES: bool = true;

    async fn prepare(
        &self,
        publisher: &Publisher,
        author: &str,
    ) -> Result<Prepared<EventMessage>, Rejection> {
        let (changes, answers, answer_len) = match &*self.parts {
            [part] => publisher.propose_new(part, author)?,
            parts => publisher.propose_parts(parts, author).await?,
        };
        // Checked before the commit, because a committed write must be answered.
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
        author: &str,
        mut terms: WriteTerms,
    ) -> Result<Written, Rejection> {
        match self.event_draft(new) {
            Ok(draft) => {
                let parts = vec![Arc::new(vec![draft])];
                self.write(Creation { parts }, author, terms).await
            }
            Err(found) => {
                self.check_known(&mut terms);
                terms.wrong.append("", found);
                Err(terms.wrong.into())
            }
        }
    }

    /// Publishes new events, all or none. Reports every violation of every event, under
    /// `requests[index].event`.
    pub async fn create_events(
        &self,
        new: Vec<NewEvent>,
        author: &str,
        mut terms: WriteTerms,
    ) -> Result<Written, Rejection> {
        if let Some(written) = self.repeated(&terms).await? {
            return Ok(written);
        }
        self.check_known(&mut terms);
        check_names(&new, &mut terms.wrong);
        let publisher = self.clone();
        let draft = move |part: Vec<NewEvent>| -> Vec<_> {
            let drafts = part.into_iter().map(|new| publisher.event_draft(new));
            drafts.collect()
        };
        let mut parts = Vec::new();
        let mut at = 0;
        for drafted in each_in_a_task(in_parts(new, PART_LEN), draft).await {
            let mut part = Vec::with_capacity(drafted.len());
            for draft in drafted {
                match draft {
                    Ok(draft) => part.push(draft),
                    Err(found) => terms.wrong.append(&format!("requests[{at}]"), found),
                }
                at += 1;
            }
            parts.push(Arc::new(part));
        }
        if !terms.wrong.is_empty() {
            return Err(terms.wrong.into());
        }
        self.write(Creation { parts }, author, terms).await
    }

    async fn propose_parts(
        &self,
        parts: &[Arc<Vec<Draft<EventMessage>>>],
        author: &str,
    ) -> Result<Proposed, Rejection> {
        let (publisher, author) = (self.clone(), author.to_owned());
        let propose =
            move |part: Arc<Vec<Draft<EventMessage>>>| publisher.propose_new(&part, &author);
        let (mut changes, mut answers, mut answer_len) = Proposed::default();
        for part in each_in_a_task(parts.to_vec(), propose).await {
            let (part_changes, part_answers, len) = part?;
            changes.extend(part_changes);
            answers.extend(part_answers);
            answer_len += len;
        }
        Ok((changes, answers, answer_len))
    }

    fn propose_new(
        &self,
        drafts: &[Draft<EventMessage>],
        author: &str,
    ) -> Result<Proposed, Rejection> {
        let (mut changes, mut answers) = (Vec::new(), Vec::new());
        let mut answer_len = 0;
        for draft in drafts {
            let (change, answer) = draft.propose(None, author)?;
            answer_len += answer.encoded_len() + ADDED_LEN_MAX;
            changes.push(change);
            answers.push(answer);
        }
        Ok((changes, answers, answer_len))
    }

    fn event_draft(&self, new: NewEvent) -> Result<Draft<EventMessage>, Violations> {
        let event = new
            .event
            .ok_or_else(|| Violations::one("event", "is required"))?;
        let (content, note) = self.read_event(&new.name, event, new.note, None)?;
        Ok(Draft {
            name: new.name,
            content,
            change: EventChange::Created,
            note,
            known_since: new.known_since,
        })
    }
}

/// Refuses names that occur twice. A name that already has a violation is skipped, because its stand-in
/// may occur twice.
fn check_names(new: &[NewEvent], violations: &mut Violations) {
    let mut names = HashMap::new();
    for (at, new) in new.iter().enumerate() {
        let field = format!("requests[{at}]");
        if violations.is_refused(&field) {
            continue;
        }
        if let Some(earlier) = names.insert(&new.name, at) {
            let why =
                format!("is the same as in requests[{earlier}]; give each event an id of its own");
            violations.add(&(field + ".event_id"), why);
        }
    }
}
