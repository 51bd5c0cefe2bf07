use std::{
    sync::{PoisonError, RwLock, RwLockWriteGuard},
    thread,
};

use crate::index::Index;

/// Writes after which others who need the index are let in: a third of a millisecond.
const HELD_LEN_MAX: usize = 32;

/// The index as the writer, who alone changes it, uses it while it adds to a group: held for several
/// short writes, as whoever waits for it sleeps and is woken by a system call, which would be once
/// for each.
pub(crate) struct Held<'a> {
    index: &'a RwLock<Index>,
    guard: Option<RwLockWriteGuard<'a, Index>>,
    len: usize,
}

impl<'a> Held<'a> {
    /// Not held yet.
    pub(crate) fn new(index: &'a RwLock<Index>) -> Held<'a> {
        let (guard, len) = (None, 0);
        Held { index, guard, len }
    }

    /// Holds it for one write more, and until it is released.
    pub(crate) fn hold(&mut self) {
        if self.len == HELD_LEN_MAX {
            self.release();
            // Otherwise it would be taken again before anybody who was woken has come to it.
            thread::yield_now();
        }
        self.len += 1;
        let index = self.index;
        self.guard
            .get_or_insert_with(|| index.write().unwrap_or_else(PoisonError::into_inner));
    }

    /// Lets others in.
    pub(crate) fn release(&mut self) {
        self.guard = None;
        self.len = 0;
    }

    /// Asks it. When it is not held, others may ask meanwhile.
    pub(crate) fn ask<T>(&self, question: impl FnOnce(&Index) -> T) -> T {
        match &self.guard {
            Some(index) => question(index),
            None => question(&self.index.read().unwrap_or_else(PoisonError::into_inner)),
        }
    }

    /// Changes it.
    pub(crate) fn change(&mut self, change: impl FnOnce(&mut Index)) {
        match &mut self.guard {
            Some(index) => change(index),
            None => change(&mut self.index.write().unwrap_or_else(PoisonError::into_inner)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn others_ask_it_whenever_it_is_not_held() {
        let index = RwLock::new(Index::default());
        let can_ask = || index.try_read().is_ok();
        let mut held = Held::new(&index);
        assert!(held.ask(|_| can_ask()));
        held.hold();
        assert!(!held.ask(|_| can_ask()));
        held.change(|_| ());
        assert!(!can_ask());
        held.release();
        held.change(|_| assert!(!can_ask()));
        assert!(can_ask());
    }
}
