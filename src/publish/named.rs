//! The partnerships and bodies that new content names.

use std::sync::RwLockReadGuard;

use super::{Publisher, revision::Revision};
use crate::{
    domain::{BodyKind, ResourceName, Violations},
    index::{Index, Position},
    store::Store,
    wire::RecordMessage,
};

/// What can be named at a position.
pub(super) struct Named<'a> {
    index: RwLockReadGuard<'a, Index>,
    head: Position,
}

impl Named<'_> {
    /// What can be named at the head.
    pub(super) fn of(store: &Store) -> Named<'_> {
        let head = store.head().position;
        Named {
            index: store.index(),
            head,
        }
    }

    /// Returns the newest revision of a resource, or why it cannot be named. A redacted one can be where it
    /// was named before it was redacted.
    pub(super) fn usable(
        &self,
        name: &ResourceName,
        is_kept: impl FnOnce() -> bool,
    ) -> Result<Position, String> {
        match self.newest(name) {
            None => Err(format!("there is no {name}; create it first")),
            Some(at) if self.index.is_redacted(at) && !is_kept() => Err(redacted(name)),
            Some(at) => Ok(at),
        }
    }

    /// Whether the revision at a position is one of a body of this kind.
    pub(super) fn is_of_kind(&self, kind: BodyKind, position: Position) -> bool {
        self.index.is_of_kind(kind, position)
    }

    /// Returns the code of the union whose body has its revision at a position; empty if it has none.
    pub(super) fn union_code(&self, position: Position) -> &str {
        self.index.union_code(position)
    }

    fn is_redacted(&self, name: &ResourceName) -> bool {
        let newest = self.newest(name);
        newest.is_some_and(|at| self.index.is_redacted(at))
    }

    fn newest(&self, name: &ResourceName) -> Option<Position> {
        self.index.newest_as_of(&name.to_string(), self.head)
    }
}

impl Publisher {
    /// Refuses the content of a partnership or body that names a redacted one, unless the revision before
    /// names it. One that is not there may be published later.
    pub(super) fn check_named<M: RecordMessage>(
        &self,
        content: M::Content,
        before: Option<(&Revision<M>, &ResourceName)>,
    ) -> Result<M::Content, Violations> {
        let mut redacted = M::references(&content);
        if redacted.is_empty() {
            return Ok(content);
        }
        let named = self.named();
        redacted.retain(|(_, name)| named.is_redacted(name));
        drop(named);
        if let (false, Some((before, name))) = (redacted.is_empty(), before) {
            let before = before.message.clone().content(name);
            let kept = before.map_or_else(|_| Vec::new(), |before| M::references(&before));
            redacted.retain(|(_, name)| !kept.iter().any(|(_, kept)| kept == name));
        }
        let mut violations = Violations::default();
        for (field, name) in redacted {
            violations.add(&field, self::redacted(&name));
        }
        violations.into_result(content)
    }
}

fn redacted(name: &ResourceName) -> String {
    format!("{name} is redacted; name another one, or leave it out")
}
