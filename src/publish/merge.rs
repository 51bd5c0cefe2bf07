use super::{
    draft::{Draft, note},
    prepared::Prepared,
    publisher::{Publisher, Verb},
    revision::Revision,
    update::in_event,
};
use crate::{
    domain::{
        ChangeNote, EventChange, EventContent, Micros, RelatedEvent, Relation, ResourceName,
        Violations,
    },
    rejection::Rejection,
    wire::{EventMessage, NoteMessage},
};

/// Maximum number of duplicates that one call may merge.
pub const MERGE_LEN_MAX: usize = 32;

/// Duplicates to turn into pointers to one event, which takes over their sources and claims.
#[derive(Clone, Debug)]
pub struct Merger {
    /// The event that stays; `etag` is checked against it when set.
    pub into: ResourceName,
    pub etag: String,
    /// The duplicates; each occurs once, and none is the event that stays.
    pub duplicates: Vec<ResourceName>,
    pub note: Option<NoteMessage>,
    pub known_since: Option<Micros>,
}

/// The revision of the event that stays comes first in the log.
impl Verb for Merger {
    type Answer = EventMessage;

    async fn prepare(
        &self,
        publisher: &Publisher,
        author: &str,
    ) -> Result<Prepared<EventMessage>, Rejection> {
        let target = publisher.event(&self.into.to_string()).await?;
        target.check_etag(&self.etag)?;
        target.check_active()?;
        let mut content = target.content()?;
        let mut duplicates = Vec::with_capacity(self.duplicates.len());
        for name in &self.duplicates {
            let duplicate = publisher.event(&name.to_string()).await?;
            duplicate.check_active()?;
            content.absorb(duplicate.content()?);
            duplicates.push((name.clone(), duplicate));
        }
        let mut violations = Violations::default();
        content.check(&mut violations);
        violations.into_result(()).map_err(in_event)?;
        let note = note(self.note.clone(), &content.sources)?;
        let draft = Draft::<EventMessage> {
            name: self.into.clone(),
            known_since: self.known_since,
            content,
            change: EventChange::Updated,
            note: note.clone(),
        };
        let mut prepared = Prepared::one(draft.propose(Some(&target), author)?);
        for (name, duplicate) in duplicates {
            let mut draft = self.pointer(name, &duplicate)?;
            draft.note = note.clone().map(|note| of_content(note, &draft.content));
            let (pointer, _) = draft.propose(Some(&duplicate), author)?;
            prepared.changes.push(pointer);
        }
        Ok(prepared)
    }
}

impl Merger {
    /// Makes the revision that turns a duplicate into a pointer to the event that stays.
    fn pointer(
        &self,
        name: ResourceName,
        duplicate: &Revision<EventMessage>,
    ) -> Result<Draft<EventMessage>, Rejection> {
        let mut content = duplicate.content()?;
        link(&mut content, &self.into);
        Ok(Draft {
            name,
            content,
            change: EventChange::Merged {
                into: self.into.clone(),
            },
            note: None,
            known_since: self.known_since,
        })
    }
}

/// Returns the note without sources that the content lacks: those are in the event that stays.
fn of_content(note: ChangeNote, content: &EventContent) -> ChangeNote {
    let sources = note.sources.into_iter();
    ChangeNote {
        sources: sources.filter(|id| has_source(content, id)).collect(),
        ..note
    }
}

fn link(content: &mut EventContent, into: &ResourceName) {
    let link = RelatedEvent {
        relation: Relation::DuplicateOf,
        event: into.slug().clone(),
    };
    let room = content.related_events.len() < crate::domain::limits::RELATED_EVENTS_MAX;
    if room && !content.related_events.contains(&link) {
        content.related_events.push(link);
    }
}

fn has_source(content: &EventContent, id: &crate::domain::Slug) -> bool {
    content.sources.iter().any(|source| source.id == *id)
}
