//! The new content of an event, checked also against the store.

use super::{
    Publisher,
    draft::{Noted, noted},
    named::Named,
    revision::Revision,
};
use crate::{
    domain::{BodyKind, EventContent, Party, PartyType, ResourceName, Slug, Violations},
    index::Position,
    wire::{EventMessage, NoteMessage},
};

impl Publisher {
    /// Reads the new content of an event and the note of its change. Reports every violation of both.
    pub(super) fn read_event(
        &self,
        name: &ResourceName,
        event: EventMessage,
        note: Option<NoteMessage>,
        before: Option<&Revision<EventMessage>>,
    ) -> Result<Noted<EventMessage>, Violations> {
        let today = self.store.clock().today();
        let content = event.content_with(|content, found| {
            content.check_new(Some(today), found);
            self.check_references(name, content, before, found);
        });
        noted::<EventMessage>(content, note)
    }

    /// Refuses an event that names a partnership or body which is not there or is redacted, or that relates
    /// to itself. What the revision before names may be redacted since.
    fn check_references(
        &self,
        name: &ResourceName,
        content: &EventContent,
        before: Option<&Revision<EventMessage>>,
        violations: &mut Violations,
    ) {
        let before = || before.and_then(|before| before.content().ok());
        if !content.partnerships.is_empty() {
            let kept = |slug: &Slug| before().is_some_and(|it| it.partnerships.contains(slug));
            self.check_partnerships(&content.partnerships, kept, violations);
        }
        for (field, parties) in [
            ("parties", &content.parties),
            ("subjects", &content.subjects),
        ] {
            let kept = |slug: &Slug| before().is_some_and(|it| it.names_body(slug));
            self.check_bodies(field, parties, kept, violations);
        }
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

    fn check_partnerships(
        &self,
        partnerships: &[Slug],
        kept: impl Fn(&Slug) -> bool,
        violations: &mut Violations,
    ) {
        let named = self.named();
        violations.each("partnerships", partnerships, |slug, scope| {
            let partnership = ResourceName::Partnership(slug.clone());
            if let Err(why) = named.usable(&partnership, || kept(slug)) {
                scope.add("", why);
            }
        });
    }

    /// Refuses parties that name a body which is not there, is redacted or is no such party.
    fn check_bodies(
        &self,
        field: &str,
        parties: &[Party],
        kept: impl Fn(&Slug) -> bool,
        violations: &mut Violations,
    ) {
        if parties.iter().all(|party| party.body.is_none()) {
            return;
        }
        let named = self.named();
        violations.each(field, parties, |party, scope| {
            let Some(slug) = party.body.as_ref().filter(|_| !scope.is_refused("body")) else {
                return;
            };
            let body = ResourceName::Body(slug.clone());
            let is_kept = || kept(slug);
            let why = match named.usable(&body, is_kept) {
                Err(why) => Some(why),
                Ok(position) if party.party_type == PartyType::Union && !is_kept() => {
                    why_not_this_union(&named, party, &body, position)
                }
                Ok(_) => None,
            };
            if let Some(why) = why {
                scope.add("body", why);
            }
        });
    }

    /// Returns what can be named at this moment.
    pub(super) fn named(&self) -> Named<'_> {
        Named::of(&self.store)
    }
}

/// Returns why a party that is a union cannot be the body whose revision is at a position.
fn why_not_this_union(
    named: &Named<'_>,
    party: &Party,
    body: &ResourceName,
    position: Position,
) -> Option<String> {
    if !named.is_of_kind(BodyKind::Union, position) {
        return Some(format!(
            "{body} is no union by its kind; name another body, or give the party the type \
             PARTY_TYPE_ORGANISATION"
        ));
    }
    let code = party.country_code.as_ref().map_or("", AsRef::as_ref);
    let own = named.union_code(position);
    (!code.is_empty() && !own.is_empty() && code != own).then(|| {
        format!(
            "{body} is the union with the code {own}; name that of {code}, or leave out one of both"
        )
    })
}
