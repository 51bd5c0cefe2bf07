//! What an event takes over from its duplicates.

use super::{Claim, EventContent, Slug, Source};

impl EventContent {
    /// Takes over the sources and claims of a duplicate, each once. A source whose id is already
    /// used for another source gets the next free number as a suffix, and its claims are updated.
    /// The result may exceed the limits of both lists: check it.
    pub fn absorb(&mut self, other: EventContent) {
        let renamed: Vec<_> = other
            .sources
            .into_iter()
            .map(|source| self.absorb_source(source))
            .collect();
        for claim in other.claims {
            let claim = with_renamed_sources(claim, &renamed);
            if !self.claims.contains(&claim) {
                self.claims.push(claim);
            }
        }
    }

    /// Returns the id that the source had and its new id.
    fn absorb_source(&mut self, mut source: Source) -> (Slug, Slug) {
        let old = source.id.clone();
        if let Some(known) = self.sources.iter().find(|known| is_same(known, &source)) {
            return (old, known.id.clone());
        }
        let taken = |id: &Slug| self.sources.iter().any(|known| known.id == *id);
        let mut number = 2;
        while taken(&source.id) {
            source.id = old.numbered(number);
            number += 1;
        }
        let new = source.id.clone();
        self.sources.push(source);
        (old, new)
    }
}

/// Returns whether two sources are the same. Sources without any content are the same when their
/// ids are.
fn is_same(one: &Source, other: &Source) -> bool {
    let is_bare = *one == Source::new(one.id.clone());
    if is_bare {
        return one == other;
    }
    *one == Source {
        id: one.id.clone(),
        ..other.clone()
    }
}

fn with_renamed_sources(claim: Claim, renamed: &[(Slug, Slug)]) -> Claim {
    let new_id = |id: Slug| match renamed.iter().find(|(old, _)| *old == id) {
        Some((_, new)) => new.clone(),
        None => id,
    };
    Claim {
        sources: claim.sources.into_iter().map(new_id).collect(),
        ..claim
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::{Kind, Status, Verdict};

    fn slug(text: &str) -> Slug {
        Slug::parse(text).expect(text)
    }

    fn source(id: &str, title: &str) -> Source {
        Source {
            title: title.into(),
            ..Source::new(slug(id))
        }
    }

    fn claim(text: &str, source: &str) -> Claim {
        Claim {
            field_path: "date".into(),
            claim: text.into(),
            sources: vec![slug(source)],
            verdict: Verdict::Disputed,
            note: String::new(),
        }
    }

    fn event(sources: Vec<Source>, claims: Vec<Claim>) -> EventContent {
        let only = source("unused", "");
        let event = EventContent::new(Kind::Meeting, Status::Occurred, "A council", only);
        EventContent {
            sources,
            claims,
            ..event
        }
    }

    fn ids(event: &EventContent) -> Vec<&str> {
        event
            .sources
            .iter()
            .map(|source| source.id.as_str())
            .collect()
    }

    #[test]
    fn a_source_with_a_taken_id_is_renamed_and_its_claims_follow() {
        let mut event = event(
            vec![source("press", "A"), source("press-2", "B")],
            vec![claim("May", "press")],
        );
        event.absorb(self::event(
            vec![source("press", "C")],
            vec![claim("May", "press")],
        ));
        assert_eq!(ids(&event), ["press", "press-2", "press-3"]);
        assert_eq!(
            event.claims,
            [claim("May", "press"), claim("May", "press-3")]
        );
    }

    #[test]
    fn sources_that_have_only_an_id_stay_apart() {
        let mut event = event(vec![source("press", "")], vec![]);
        event.absorb(self::event(
            vec![source("ministry", ""), source("press", "")],
            vec![claim("May", "ministry")],
        ));
        assert_eq!(ids(&event), ["press", "ministry"]);
        assert_eq!(event.claims, [claim("May", "ministry")]);
    }

    #[test]
    fn the_same_source_is_listed_once_whatever_its_id() {
        let mut event = event(vec![source("press", "A")], vec![claim("May", "press")]);
        let other = vec![source("nikkei", "A"), source("press", "A")];
        event.absorb(self::event(
            other,
            vec![claim("May", "nikkei"), claim("June", "nikkei")],
        ));
        assert_eq!(ids(&event), ["press"]);
        assert_eq!(
            event.claims,
            [claim("May", "press"), claim("June", "press")]
        );
    }

    #[test]
    fn absorbing_twice_changes_nothing_more() {
        let duplicate = event(vec![source("press", "C")], vec![claim("May", "press")]);
        let mut once = event(vec![source("press", "A")], Vec::new());
        once.absorb(duplicate.clone());
        let mut twice = once.clone();
        twice.absorb(duplicate);
        assert_eq!(twice, once);
    }
}
