//! The new content of an event, checked also against the store.

use super::{
    Publisher,
    draft::{Noted, noted},
};
use crate::{
    domain::{EventContent, Party, ResourceName, Slug, Violations},
    wire::{EventMessage, NoteMessage},
};

impl Publisher {
    /// Reads the new content of an event and the note of its change. Reports every violation of both.
    pub(super) fn read_event(
        &self,
        name: &ResourceName,
        event: EventMessage,
        note: Option<NoteMessage>,
    ) -> Result<Noted<EventMessage>, Violations> {
        let today = self.store.clock().today();
        let content = event.content_with(|content, found| {
            content.check_new(Some(today), found);
            self.check_references(name, content, found);
        });
        noted::<EventMessage>(content, note)
    }

    /// Refuses an event that belongs to an unknown partnership or relates to itself.
    fn check_references(
        &self,
        name: &ResourceName,
        content: &EventContent,
        violations: &mut Violations,
    ) {
        if !content.partnerships.is_empty() {
            self.check_partnerships(&content.partnerships, violations);
        }
        self.check_bodies("parties", &content.parties, violations);
        violations.each(
            "related_events",
            &content.related_events,
            |related, scope| {
                if related.event == *name.slug() {
                    scope.add("event", "is the event itself; name another one");
                }
            },
        );
    }

    fn check_partnerships(&self, partnerships: &[Slug], violations: &mut Violations) {
        let head = self.store.head().position;
        let index = self.store.index();
        violations.each("partnerships", partnerships, |slug, scope| {
            let partnership = ResourceName::Partnership(slug.clone()).to_string();
            if index.newest_as_of(&partnership, head).is_none() {
                scope.add("", format!("there is no {partnership}; create it first"));
            }
        });
    }

    /// Refuses parties that name an unknown body.
    pub(super) fn check_bodies(&self, field: &str, parties: &[Party], violations: &mut Violations) {
        if parties.iter().all(|party| party.body.is_none()) {
            return;
        }
        let head = self.store.head().position;
        let index = self.store.index();
        violations.each(field, parties, |party, scope| {
            let Some(slug) = &party.body else { return };
            let body = ResourceName::Body(slug.clone()).to_string();
            if index.newest_as_of(&body, head).is_none() {
                scope.add("body", format!("there is no {body}; create it first"));
            }
        });
    }
}
