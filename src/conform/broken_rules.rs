use std::{
    collections::BTreeMap,
    sync::{Mutex, PoisonError},
};

/// The rules of all streams and answers that some check saw broken, by number.
#[derive(Debug, Default)]
pub(super) struct BrokenRules {
    noted: Mutex<BTreeMap<&'static str, RuleBreak>>,
}

#[derive(Clone, Debug)]
struct RuleBreak {
    first: String,
    count: usize,
}

impl BrokenRules {
    /// Records that the rule `number` was broken.
    pub(super) fn note(&self, number: &'static str, what: String) {
        let mut noted = self.noted.lock().unwrap_or_else(PoisonError::into_inner);
        let entry = noted.entry(number).or_insert(RuleBreak {
            first: what,
            count: 0,
        });
        entry.count += 1;
    }

    /// Records that the rule `number` was broken, unless it holds.
    pub(super) fn expect(&self, number: &'static str, holds: bool, what: impl FnOnce() -> String) {
        if !holds {
            self.note(number, what());
        }
    }

    /// Describes how the rule `number` was broken, if it was.
    pub(super) fn describe(&self, number: &str) -> Option<String> {
        let noted = self.noted.lock().unwrap_or_else(PoisonError::into_inner);
        let RuleBreak { first, count } = noted.get(number)?.clone();
        match count {
            1 => Some(first),
            more => Some(format!("{first} (and {} more)", more - 1)),
        }
    }
}
