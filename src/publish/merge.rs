use super::{
    draft::{Draft, note},
    prepared::Prepared,
    publisher::{Publisher, Verb},
    revision::Revision,
    update::in_event,
};
use crate::{
    domain::{
        ChangeNote, EventChange, EventContent, RelatedEvent, Relation, ResourceName, Violations,
    },
    rejection::Rejection,
    store::Proposal,
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
            content,
            change: EventChange::Updated,
            note: note.clone(),
        };
        let mut prepared = Prepared::one(draft.propose(Some(&target), author)?);
        for (name, duplicate) in duplicates {
            let pointer = pointer(name, &duplicate, &self.into, note.clone(), author)?;
            prepared.changes.push(pointer);
        }
        Ok(prepared)
    }
}

fn pointer(
    name: ResourceName,
    duplicate: &Revision<EventMessage>,
    into: &ResourceName,
    note: Option<ChangeNote>,
    author: &str,
) -> Result<Proposal, Rejection> {
    let mut content = duplicate.content()?;
    link(&mut content, into);
    // What the note rests on stands in the event that stays.
    let note = note.map(|note| ChangeNote {
        sources: note
            .sources
            .into_iter()
            .filter(|id| has_source(&content, id))
            .collect(),
        ..note
    });
    let draft = Draft::<EventMessage> {
        name,
        content,
        change: EventChange::Merged { into: into.clone() },
        note,
    };
    Ok(draft.propose(Some(duplicate), author)?.0)
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
