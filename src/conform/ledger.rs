use std::{
    collections::BTreeMap,
    sync::{Mutex, PoisonError},
};

/// What was seen, in whatever check, that breaks a rule of all streams or answers. By number.
#[derive(Debug, Default)]
pub(super) struct Ledger {
    noted: Mutex<BTreeMap<&'static str, Noted>>,
}

#[derive(Clone, Debug)]
struct Noted {
    first: String,
    count: usize,
}

impl Ledger {
    /// Notes that the rule `number` was seen broken.
    pub(super) fn note(&self, number: &'static str, what: String) {
        let mut noted = self.noted.lock().unwrap_or_else(PoisonError::into_inner);
        let entry = noted.entry(number).or_insert(Noted {
            first: what,
            count: 0,
        });
        entry.count += 1;
    }

    /// Notes it unless it holds.
    pub(super) fn expect(&self, number: &'static str, holds: bool, what: impl FnOnce() -> String) {
        if !holds {
            self.note(number, what());
        }
    }

    /// What was seen against `number`, if anything.
    pub(super) fn of(&self, number: &str) -> Option<String> {
        let noted = self.noted.lock().unwrap_or_else(PoisonError::into_inner);
        let Noted { first, count } = noted.get(number)?.clone();
        match count {
            1 => Some(first),
            more => Some(format!("{first} (and {} more)", more - 1)),
        }
    }
}
