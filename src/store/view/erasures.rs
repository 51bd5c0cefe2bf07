use std::collections::BTreeMap;

use crate::store::{
    error::StoreError,
    record::{Position, Record},
};

/// The resources whose redacted records were read, and their redactions not yet, while a log is read in
/// order.
///
/// A redacted record is valid only if a later change redacts its resource. That change has its
/// content, and so a digest that can be checked.
#[derive(Clone, Debug, Default)]
pub struct Erasures {
    /// The last redacted record of each resource.
    open: BTreeMap<String, Position>,
}

impl Erasures {
    /// Takes in the next record.
    pub fn add(&mut self, record: &Record) {
        if record.redacted {
            let name = record.name().unwrap_or_default();
            self.open.insert(name, record.position);
        } else if let Some(name) = record.redacted_name() {
            self.open.remove(&name);
        }
    }

    /// Fails, at the end of the log, if a record claims to be redacted and no later change redacts it.
    pub fn check_complete(&self) -> Result<(), StoreError> {
        let Some((name, position)) = self.open.iter().min_by_key(|(_, position)| *position) else {
            return Ok(());
        };
        Err(StoreError::Damaged {
            position: *position,
            what: format!("it claims to be redacted, and no later change redacts {name}"),
        })
    }

    /// Returns the resources without a redaction so far, each with its last redacted record.
    pub fn open(&self) -> impl Iterator<Item = (&str, Position)> {
        self.open
            .iter()
            .map(|(name, position)| (name.as_str(), *position))
    }
}
